--- Run by luatls-guard, whose clock can be put forward: handshakes over a network
--- that loses, doubles, delays and damages datagrams. Prints what it found.

local datagrams = require("spec.support.datagrams")
local guard = require("guard")
local network = require("spec.support.network")
local pki = require("spec.support.pki")

local what = ...
local client, server = datagrams.client(), datagrams.server()
-- All messages of the handshake in several datagrams, and certificates of both.
local small = pki.client()
local pairs_of = {
  { client, server },
  {
    datagrams.client({ mtu = 508, certificate = small.chain, key = small.key }),
    datagrams.server({ mtu = 508, client_auth = "required", trust = pki.root().chain }),
  },
}
local count = 0

-- A handshake that must be done in the end, and then work. Returns it.
local function succeed(both, fate, session)
  local options = { contexts = both, fate = fate, pass = guard.pass, session = session }
  local net = network.new(options)
  local done, ours, theirs = net:handshake()
  if not done then error(tostring(ours or theirs or "it is not done"), 2) end
  net.sent = net.count
  net.fate = function(_, datagram)
    return datagram
  end
  net:check()
  count = count + 1
  return net
end

local cases = {}

-- Every single one is lost once, in a resumed handshake too.
function cases.lost()
  for _, both in ipairs(pairs_of) do
    local whole = succeed(both)
    local session = whole.client:session()
    for _, resumed in ipairs({ false, session }) do
      local all = succeed(both, nil, resumed or nil).sent
      for lost = 1, all do
        local net = succeed(both, function(n, datagram)
          if n ~= lost then return datagram end
        end, resumed or nil)
        if net.waits == 0 then error(("datagram %d of %d was not missed"):format(lost, all)) end
        if net.client:info().resumed ~= (resumed and true) then error("resumed or not") end
      end
    end
  end
end

function cases.doubled()
  for _, both in ipairs(pairs_of) do
    succeed(both, function(_, datagram)
      return datagram, datagram, datagram
    end)
  end
end

-- Each datagram comes after the one that was sent behind it.
function cases.late()
  for _, both in ipairs(pairs_of) do
    local held = {}
    succeed(both, function(_, datagram, from)
      local before = held[from]
      held[from] = not before and datagram or nil
      if before then return datagram, before end
    end)
  end
end

local function spoil(datagram, place)
  local wrong = string.char(datagram:byte(place) ~ 0x10)
  return datagram:sub(1, place - 1) .. wrong .. datagram:sub(place + 1, -1)
end

-- A damaged one comes first: each byte in turn of the first record's header that
-- says what it is; and of what is encrypted, the last byte.
function cases.damaged()
  local CLIENT_FINISHED <const>, SERVER_FINISHED <const> = 5, 6
  local function damage(victim, place)
    succeed(pairs_of[1], function(n, datagram)
      if n ~= victim then return datagram end
      return spoil(datagram, place or #datagram), datagram
    end)
  end
  for victim = 1, succeed(pairs_of[1]).sent do
    for _, place in ipairs({ 1, 2, 5, 12 }) do -- type, version, epoch, length
      damage(victim, place)
    end
  end
  damage(CLIENT_FINISHED)
  damage(SERVER_FINISHED)
end

-- What is no DTLS, before and after each datagram: from either side and of any
-- length. The seed is fixed.
function cases.garbage()
  math.randomseed(6347)
  local function noise()
    local bytes = {}
    for i = 1, math.random(0, 80) do
      bytes[i] = string.char(math.random(0, 255))
    end
    return table.concat(bytes)
  end
  for _ = 1, 5 do
    succeed(pairs_of[1], function(_, datagram)
      return noise(), datagram, noise(), "", ("x"):rep(17000)
    end)
  end
end

-- A fifth is lost and a fifth doubled, either way, by fixed seeds.
function cases.bad()
  for seed = 1, 12 do
    math.randomseed(seed)
    succeed(pairs_of[1 + seed % 2], function(_, datagram)
      local dice = math.random(5)
      if dice == 1 then return end
      return datagram, dice == 2 and datagram or ""
    end)
  end
end

-- Waiting times, until it is given up.
function cases.silence()
  local net = network.new({ contexts = pairs_of[1], fate = function() end })
  local waited = {}
  local done, err = net.client:handshake()
  while done == false do
    assert(net:carry(), "nothing was sent again")
    waited[#waited + 1] = string.format("%.0f", net.client:deadline())
    guard.pass(math.ceil(net.client:deadline()))
    done, err = net.client:handshake()
  end
  print(table.concat(waited, " "), err.kind, (net.client:deadline()))
end

cases[what]()
print(count .. " handshakes")
