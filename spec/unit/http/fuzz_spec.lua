--- Valid messages, damaged at random but always in the same way: whatever
--- comes, the machine neither raises nor loops, and its answer does not depend
--- on how the bytes were cut.

local play = require("spec.unit.http.play")

local SEED <const>, ROUNDS <const> = 20240229, 4000

local REQUESTS <const> = {
  "GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    .. "5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
  "GET / HTTP/1.0\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
}

local RESPONSES <const> = {
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  "HTTP/1.0 200 OK\n\nhello",
  "HTTP/1.1 304 Not Modified\r\nX: a\r\n b\r\n\r\n",
}

local SPICE <const> = {
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  ",",
  "0",
  "-",
  "+",
  "ffffffffffffffff",
  "\xff",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Host: b\r\n",
  "\r\n\r\n",
  ";",
}

local function pick(list)
  return list[math.random(#list)]
end

local damages = {
  function(text, place)
    return text:sub(1, place) .. text:sub(place + 2)
  end,
  function(text, place)
    return text:sub(1, place) .. pick(SPICE) .. text:sub(place + 1)
  end,
  function(text, place)
    return text:sub(1, place) .. string.char(math.random(0, 255)) .. text:sub(place + 2)
  end,
  function(text, place)
    return text:sub(1, place)
  end,
  function(text, place)
    return text:sub(place + 1)
  end,
  function(text, place)
    return text:sub(1, place) .. text:sub(math.random(#text + 1))
  end,
}

local function damage(text)
  for _ = 1, math.random(0, 4) do
    text = pick(damages)(text, math.random(0, #text))
  end
  return text
end

local function cut(text)
  local pieces, first = {}, 1
  while first <= #text do
    local last = first + math.random(0, 20)
    pieces[#pieces + 1] = text:sub(first, last)
    first = last + 1
  end
  return pieces
end

local function check(make, messages)
  math.randomseed(SEED)
  local refused = 0
  for _ = 1, ROUNDS do
    local text = damage(pick(messages)) .. damage(pick(messages))
    local log, problem = play.pieces(make(), { text })
    local other, other_problem = play.pieces(make(), cut(text))
    assert.same(log, other, ("%q"):format(text))
    assert.same(problem, other_problem, ("%q"):format(text))
    if problem then refused = refused + 1 end
  end
  -- Neither all nor none: the damage is neither hopeless nor harmless.
  assert.is_true(refused > ROUNDS / 10 and refused < ROUNDS, refused)
end

describe("damaged bytes", function()
  it("neither break a server nor divide it against itself", function()
    check(play.server, REQUESTS)
  end)

  it("neither break a client nor divide it against itself", function()
    check(play.client, RESPONSES)
  end)

  it("of no HTTP at all break neither", function()
    math.randomseed(SEED)
    for _ = 1, ROUNDS do
      local bytes = {}
      for index = 1, math.random(1, 60) do
        bytes[index] = math.random(2) == 1 and string.char(math.random(0, 255)) or pick(SPICE)
      end
      local text = table.concat(bytes)
      play.pieces(play.server(), cut(text))
      play.pieces(play.client(), cut("HTTP/1.1 200 OK\r\n" .. text))
    end
  end)
end)
