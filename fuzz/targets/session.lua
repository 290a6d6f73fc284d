--- A session that was saved, by anybody: loaded, asked, offered, saved again.

local core = require("luatls.core")
local meeting = require("fuzz.support.meeting")
local outcome = require("fuzz.support.outcome")
local world = require("fuzz.support.world")

local function text_of(session)
  local chain = session:peer_chain()
  return table.concat({
    outcome.string("tostring", tostring(session)),
    outcome.string("version", session:version()),
    outcome.string("chain", chain and chain:pem() or "none"),
    ("%d"):format(session:expiry()),
  }, "\n")
end

local function offer(session, context)
  local conn = context:connection({ name = world.HOST, session = session })
  outcome.check("handshake", conn:handshake())
  outcome.string("drain", conn:drain())
end

return function(data)
  local session = outcome.check("load", core.session.load(data))
    or outcome.check("load", core.session.load(data, meeting.KEY))
  if not session then return end
  for _, version in ipairs({ "1.2", "1.3" }) do
    offer(session, world.clients.plain[version])
    offer(session, world.clients.known[version])
  end
  local again = core.session.load(session:save())
  if text_of(again) ~= text_of(session) then error("it is another") end
end
