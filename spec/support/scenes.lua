--- Handshakes to be spoiled: one of every kind, with a middleman who changes one
--- message, and what must hold whatever he does to it.

local middleman = require("spec.support.middleman")
local pki = require("spec.support.pki")

local scenes = {}

---@class spec.Scene
---@field name string
---@field version "1.2"|"1.3"
---@field options table of the stage
---@field terms { is_resumed?: boolean, early_data?: string } the client's
---@field own? table<string, true> messages that the scenes before it do not have
local Scene = {}
Scene.__index = Scene

local function set(...)
  local members = {}
  for _, member in ipairs({ ... }) do
    members[member] = true
  end
  return members
end

local function plain()
  return { client = { alpn = { "h2", "http/1.1" } }, server = { alpn = { "h2" } } }
end

local function mutual()
  local options = plain()
  options.client.certificate, options.client.key = pki.client().chain, pki.client().key
  options.server.client_auth, options.server.trust = "required", pki.root().chain
  return options
end

local function retry()
  local options = plain()
  options.client.groups = { "x25519", "secp256r1" }
  options.server.groups = { "secp256r1" }
  return options
end

local PSK_SUITES <const> = {
  ["1.2"] = { "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256" },
  ["1.3"] = { "TLS_CHACHA20_POLY1305_SHA256" },
  all = { "TLS_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256" },
}

-- Both would take certificates too.
local function pre_shared(version)
  local key, options = ("k"):rep(32), plain()
  local client, server = options.client, options.server
  client.psk = { identity = "device", key = key, or_certificate = true }
  client.cipher_suites = PSK_SUITES[version]
  server.psk, server.client_auth = { device = key }, "none"
  server.cipher_suites = PSK_SUITES.all
  return options
end

local PSK <const> = set(
  "client client_hello",
  "server server_hello",
  "server server_key_exchange",
  "client client_key_exchange"
)

local RESUMED <const> =
  set("client client_hello", "server server_hello", "server finished", "client finished")

local MUTUAL <const> =
  set("server certificate_request", "client certificate", "client certificate_verify")

local function with_early_data()
  local options = plain()
  options.server.early_data = 100
  return options
end

local EARLY <const> = set("server encrypted_extensions", "client end_of_early_data")

-- Its first ClientHello is as all others.
local RETRIED <const> =
  set("server hello_retry_request", "client client_hello 2", "server server_hello")

--- All of them, by name.
---@return spec.Scene[]
function scenes.all()
  local list = {}
  for _, version in ipairs({ "1.2", "1.3" }) do
    local function add(name, options, own, terms)
      local scene = { version = version, options = options, own = own, terms = terms or {} }
      scene.name = ("TLS %s, %s"):format(version, name)
      list[#list + 1] = setmetatable(scene, Scene)
    end
    add("a full handshake", plain(), nil)
    add("with a client certificate", mutual(), MUTUAL)
    add("resumed", plain(), RESUMED, { is_resumed = true })
    add("with a pre-shared key", pre_shared(version), PSK)
    if version == "1.3" then
      add("with a HelloRetryRequest", retry(), RETRIED)
      add("with early data", with_early_data(), EARLY, { early_data = "early" })
    end
  end
  return list
end

-- What the client comes with: a session is good for early data once.
function Scene:offer()
  local function session()
    return assert(self.stage:play().client.conn:session())
  end
  local early = self.terms.early_data
  if early then return { session = session(), early_data = early } end
  if self.terms.is_resumed then self.session = self.session or session() end
  return { session = self.session }
end

--- The stage of a scene, made once.
function Scene:ready()
  if self.stage then return end
  self.stage = middleman.stage(self.version, self.options)
  self.good = self.stage:play(nil, self:offer())
  assert(self.good.good, self.name)
  assert(self.good.server.early == (self.terms.early_data or ""), self.name)
end

--- What is said when nobody changes it, without data.
---@param everything? boolean also what scenes before this one have
---@return spec.Message[]
function Scene:messages(everything)
  self:ready()
  local list, seen = {}, {}
  for _, message in ipairs(self.good.script) do
    local key = message.from .. " " .. message.name
    seen[key] = (seen[key] or 0) + 1
    if seen[key] > 1 then key = key .. " " .. seen[key] end
    local is_own = not self.own or self.own[key]
    if message.name ~= "data" and (everything or is_own) then list[#list + 1] = message end
  end
  return list
end

--- Play it with a middleman.
---@param alter fun(message: spec.Message): (string|table)[]? as for a stage
---@return spec.Play
function Scene:play_with(alter)
  self:ready()
  return self.stage:play(alter, self:offer())
end

--- Play it with one message changed.
---@param which spec.Message of those above
---@param change fun(bytes: string, message: spec.Message): (string|table)[] what takes its place
---@return spec.Play
function Scene:play(which, change)
  return self:play_with(function(message)
    if message.from == which.from and message.number == which.number then
      return change(message.bytes, message)
    end
  end)
end

-- What must hold ------------------------------------------------------------------

local REFUSALS <const> = { protocol = true, verify = true }

local function describe(one)
  local err = one.err
  if not err then return one.done and "done" or "nothing" end
  local alert = err.alert and (err.alert.direction .. " " .. err.alert.name) or "no alert"
  return ("%s (%s, in step %s): %s"):format(err.kind, alert, tostring(err.step), err.message)
end

--- What came of it, for a failed spec.
---@param play spec.Play
---@return string
function scenes.describe(play)
  return ("client: %s\nserver: %s"):format(describe(play.client), describe(play.server))
end

-- One side has refused, with a sentence and an alert that it has sent.
local function check_refusal(one)
  local err = one.err
  assert(err.alert and err.alert.direction == "sent", "no alert was sent")
  assert(not err.message:find("mbedTLS"), "no sentence")
  assert(one.done or type(err.step) == "string", "no step")
  return err.alert.name
end

-- The other side was told, unless it has refused as well.
local function check_told(one, alert)
  if one.err and REFUSALS[one.err.kind] then return check_refusal(one) end
  assert(one.err and one.err.kind == "alert", "the peer could not read the alert")
  assert(one.err.alert.direction == "received" and one.err.alert.name == alert, "another alert")
end

--- Nothing was agreed. Who found out told the other by an alert; or nobody did,
--- because both wait for more.
---@param play spec.Play
---@return string alert or "waits"
---@return "client"|"server"|nil who
function scenes.outcome(play)
  assert(not play.good, "nobody has noticed")
  for from, to in pairs({ client = "server", server = "client" }) do
    local err = play[from].err
    if err and REFUSALS[err.kind] then
      local alert = check_refusal(play[from])
      check_told(play[to], alert)
      return alert, from
    end
  end
  for _, role in ipairs({ "client", "server" }) do
    assert(play[role].waited and play[role].err.kind == "truncated", "no sane end")
  end
  return "waits"
end

--- The same, with the alerts that are right.
---@param play spec.Play
---@param allowed string the names, and "waits", between spaces
---@param case string what was done, for a failed spec
function scenes.refused(play, allowed, case)
  local ok, alert = pcall(scenes.outcome, play)
  if not ok then error(("%s: %s\n%s"):format(case, alert, scenes.describe(play)), 2) end
  if not (" " .. allowed .. " "):find(" " .. alert .. " ", 1, true) then
    error(("%s: %s, not %s\n%s"):format(case, alert, allowed, scenes.describe(play)), 2)
  end
end

return scenes
