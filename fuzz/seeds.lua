--- Writes the inputs that fuzzing starts from to fuzz/corpus: whole
--- conversations of both versions, heard by either side; certificates, keys and
--- requests; HTTP and URLs. "make fuzz-seeds" runs it inside the harness, whose
--- random bytes make the conversations fit in every later run.

local core = require("luatls.core")
local corpus = require("fuzz.seeds.corpus")
local extensions = require("spec.support.extensions")
local hellos = require("spec.support.hellos")
local kinds = require("fuzz.support.kinds")
local meeting = require("fuzz.support.meeting")
local mime = require("mime")
local random = require("fuzz.random")
local world = require("fuzz.support.world")

require("fuzz.seeds.conversations")
require("fuzz.seeds.datagrams")

-- Certificates, keys, requests ------------------------------------------------

random.stream(0)

local rsa = assert(core.key.generate({ type = "rsa" }))
local odd = assert(core.certificate.issue({
  subject = "C=CH,O=Fuzz\\, Inc,DC=example,DC=org,CN=odd",
  names = {
    "a.example",
    "*.b.example",
    "192.0.2.1",
    "::1",
    "https://c/",
    "d@e",
  },
  key = rsa,
  usage = { "server", "client", "ca" },
  path_length = 3,
  hash = "sha512",
  not_after = 4102444800,
}))

local full = assert(core.certificate.issue({
  subject = "C=CH,O=Söhne+OU=a,CN=full",
  key = rsa,
  extensions = extensions.all(),
  not_after = 4102444800,
}))

corpus.save("certificate", "full.der", full:der())
corpus.save("certificate", "root.der", world.root:der())
corpus.save("certificate", "server.der", world.server:der())
corpus.save("certificate", "odd.der", odd:der())
corpus.save("certificate", "client.pem", world.client:pem())

corpus.save("chain", "good.pem", world.server:pem() .. world.root:pem())
corpus.save("chain", "odd.pem", odd:pem() .. world.client:pem())
corpus.save("chain", "server.der", world.server:der())

-- Chains for the search of paths: extensions in hex, as RFC 5280 has them.
local EXTENSIONS <const> = {
  names = { "2.5.29.30", "3014a012300a82086578616d706c652e300482026578" },
  policies = { "2.5.29.32", "300c300406022a03300406022a04" },
  any_policy = { "2.5.29.32", "300630040602551d" },
  mappings = { "2.5.29.33", "300a300806022a0306022a04" },
  constraints = { "2.5.29.36", "3006800100810100" },
  inhibit = { "2.5.29.54", "020100" },
}

local function raw_extensions(names)
  local list = {}
  for i, name in ipairs(names) do
    local oid, hex = table.unpack(EXTENSIONS[name])
    local value = hex:gsub("%x%x", function(byte)
      return string.char(tonumber(byte, 16))
    end)
    list[i] = { oid = oid, critical = name ~= "policies", value = value }
  end
  return list
end

local function authority(subject, issuer, names)
  local key = assert(core.key.generate())
  local made = assert(core.certificate.issue({
    subject = subject,
    key = key,
    issuer = issuer and issuer.certificate,
    issuer_key = issuer and issuer.key,
    usage = "ca",
    days = 365,
    extensions = raw_extensions(names),
  }))
  return { certificate = made, key = key }
end

local function save_path(name, ...)
  local root = authority("CN=Root", nil, {})
  local middle = authority("CN=Middle", root, { ... })
  local leaf = assert(core.certificate.issue({
    subject = "CN=a,emailAddress=a@a.example",
    names = { "a.example", "192.0.2.1", "b@a.example", "https://a.example/" },
    key = world.server_key,
    issuer = middle.certificate,
    issuer_key = middle.key,
    extensions = raw_extensions({ "policies" }),
  }))
  local text = leaf:der() .. middle.certificate:der() .. root.certificate:der()
  corpus.save("verify", name, "\216" .. text)
end

save_path("plain")
save_path("names", "names")
save_path("policies", "policies", "mappings", "constraints", "inhibit")

local function der(pem)
  local text = pem:gsub("%-%-%-%-%-[^\n]+\n", ""):gsub("%s", "")
  return assert(mime.unb64(text))
end

for name, key in pairs({ ec = world.server_key, rsa = rsa }) do
  corpus.save("key", name .. ".pem", key:pem())
  corpus.save("key", name .. ".der", der(key:pem()))
  corpus.save("key", name .. "_public.pem", key:public():pem())
end

local request = assert(world.client_key:csr({
  subject = "O=Fuzz,CN=www.example.net",
  names = { "www.example.net", "192.0.2.9" },
}))
corpus.save("csr", "names.der", request:der())
corpus.save("csr", "names.pem", request:pem())
corpus.save("csr", "rsa.der", assert(rsa:csr({ subject = "CN=r" })):der())

-- ClientHellos --------------------------------------------------------------

for number, version in ipairs({ "1.3", "1.2" }) do
  random.rewind()
  random.stream(1)
  local conn = kinds.connect(kinds.of(number - 1), "client")
  conn:handshake()
  local bytes = conn:drain()
  local message = assert(hellos.unwrap(bytes))
  corpus.save("hello", "own" .. version, message)
  -- What is answered, and in which pieces the rest comes.
  corpus.save("reception", "own" .. version, "\1\255" .. bytes)
  local cut = message:gsub(".", "\22\3\1\0\1%0")
  corpus.save("reception", "cut" .. version, "\0\1" .. cut)
end

corpus.save("hello", "full", (hellos.full()))
corpus.save("hello", "bare", (hellos.make({ extensions = false })))
corpus.save("hello", "odd", (hellos.make({
  version = 0x0301,
  suites = { 0x5600, 0xfafa, 0x0005 },
  compression = "\1\0",
  extensions = {
    { hellos.extension.raw(0, "\0\12\7\0\3odd\0\0\3a.b") },
    { hellos.extension.key_share() },
    { hellos.extension.alpn("\x0a\x0a", "\xab") },
  },
})))

-- Names, URLs, HTTP -----------------------------------------------------------

local function save_all(target, list)
  for index, text in ipairs(list) do
    corpus.save(target, ("%02d"):format(index), text)
  end
end

save_all("name", {
  "www.example.org",
  "WWW.example.ORG.",
  "a.wild.example",
  "a.b.wild.example",
  "192.0.2.7",
  "2001:db8::7",
  "2001:0DB8:0:0:0:0:0.0.0.7",
})

save_all("url", {
  "https://user:p%20w@www.example.org:8443/a/../b/./c;d?e=f&g=h+i%2B#j",
  "http://[2001:db8::7]/",
  "//other.example?x",
  "../../up?a b",
  "mailto:somebody@example.org",
  "HTTP://EXAMPLE.org:80",
})

save_all("http_request", {
  "GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n"
    .. "GET / HTTP/1.0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    .. "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    .. "5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
  "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nz",
  "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
    .. "Content-Length: 1\r\n\r\nx",
})

save_all("http_response", {
  "\0HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "\0HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    .. "5\r\nhello\r\n0\r\nX: y\r\n\r\n",
  "\3HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
  "\0HTTP/1.0 200 OK\n\nhello",
  "\1HTTP/1.1 304 Not Modified\r\nX: a\r\n b\r\n\r\n",
  "\2HTTP/1.1 200 OK\r\n\r\ntunnel",
  "\4HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
    .. "Upgrade: x\r\n\r\nz",
})

-- Sessions and tickets --------------------------------------------------------

for _, version in ipairs({ "1.2", "1.3" }) do
  for _, family in ipairs({ "plain", "known" }) do
    local name = "tls" .. version .. "_" .. family
    local context = world.clients[family][version]
    local server = world.servers[family][version]
    local session = meeting.session(context, server)
    corpus.save("session", name, session:save())
    corpus.save("session", name .. "_sealed", session:save(meeting.KEY))
    local content = meeting.content(context, session)
    corpus.save("ticket", name, (family == "known" and "\1" or "\0") .. content)
  end
end
