local pair = require("spec.support.pair")

local function lines_of(options)
  local lines = {}
  options.client.keylog = function(line)
    table.insert(lines, line)
  end
  local two = pair.new(options)
  local done = two:handshake()
  return lines, done, two
end

describe("option keylog", function()
  it("gets the master secret of TLS 1.2", function()
    local lines, done = lines_of({ client = { max_version = "1.2" } })
    assert.is_true(done)
    assert.equal(1, #lines)
    local random, secret = lines[1]:match("^CLIENT_RANDOM (%x+) (%x+)$")
    assert.same({ 64, 96 }, { #random, #secret })
  end)

  it("gets the traffic secrets of TLS 1.3, the same as the other side", function()
    local theirs = {}
    local lines = lines_of({
      client = {},
      server = {
        keylog = function(line)
          table.insert(theirs, line)
        end,
      },
    })
    table.sort(lines)
    table.sort(theirs)
    assert.equal(4, #lines)
    assert.matches("^CLIENT_HANDSHAKE_TRAFFIC_SECRET %x+ %x+$", lines[1])
    assert.matches("^SERVER_TRAFFIC_SECRET_0 %x+ %x+$", lines[4])
    assert.same(lines, theirs)
  end)

  it("may raise: the error reaches who called, the connection goes on", function()
    local raised = 0
    local two = pair.new({
      client = {
        keylog = function()
          raised = raised + 1
          error("no disk")
        end,
      },
    })
    local function try(conn)
      local ok, done = pcall(conn.handshake, conn)
      return ok and done
    end
    local done
    for _ = 1, 20 do
      done = try(two.client) and try(two.server)
      try(two.server)
      two:carry()
      if done then break end
    end
    assert.is_true(done)
    assert.equal(4, raised)
  end)
end)
