--- Keys and certificates that targets and seeds share. They are the same in
--- every run, so that conversations recorded once go on making sense.

local core = require("luatls.core")
local random = require("fuzz.random")

local world = {}

random.stream(0)

world.root_key = assert(core.key.generate())
world.root = assert(core.certificate.issue({
  subject = "CN=Fuzz Root",
  key = world.root_key,
  usage = "ca",
  days = 3650,
}))

world.HOST = "www.example.org"

local function leaf(options)
  local key = assert(core.key.generate())
  options.key, options.days = key, 3650
  options.issuer, options.issuer_key = world.root, world.root_key
  return assert(core.certificate.issue(options)), key
end

world.server, world.server_key = leaf({
  subject = "CN=Fuzz Server",
  names = { world.HOST, "*.wild.example", "192.0.2.7", "2001:db8::7" },
})

world.client, world.client_key =
  leaf({ subject = "CN=Fuzz Client", usage = "client" })

world.trust = assert(core.chain.parse(world.root:pem()))
world.server_chain = assert(core.chain.parse(world.server:pem()))
world.client_chain = assert(core.chain.parse(world.client:pem()))

local VERSIONS <const> = { "1.2", "1.3" }

local function context(options, version)
  options.max_version = version
  options.alpn = { "h2", "http/1.1" }
  return assert(core.context(options))
end

--- Contexts of clients, by highest version and whether they have a
--- certificate.
world.clients = { plain = {}, known = {} }

--- Contexts of servers, by highest version and whether they want one.
world.servers = { plain = {}, known = {} }

for _, version in ipairs(VERSIONS) do
  world.clients.plain[version] =
    context({ role = "client", trust = world.trust }, version)
  world.clients.known[version] = context({
    role = "client",
    trust = world.trust,
    certificate = world.client_chain,
    key = world.client_key,
  }, version)
  world.servers.plain[version] = context({
    role = "server",
    certificate = world.server_chain,
    key = world.server_key,
  }, version)
  world.servers.known[version] = context({
    role = "server",
    certificate = world.server_chain,
    key = world.server_key,
    client_auth = "optional",
    trust = world.trust,
  }, version)
end

random.rewind()

return world
