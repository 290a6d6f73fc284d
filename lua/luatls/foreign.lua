--- Options as other libraries name them (LuaSec, Python's ssl, Node, curl), and
--- what to say here. For messages: no such name is ever taken for ours.

local foreign = {}

-- By word: our option, or what to do instead.
local OURS <const> = {
  ca = "trust",
  ca_file = "trust",
  ca_certs = "trust",
  cacert = "trust",
  cafile = "trust",
  capath = "trust",
  roots = "trust",
  cert = "certificate",
  cert_file = "certificate",
  certfile = "certificate",
  keyfile = "key",
  key_file = "key",
  private_key = "key",
  passphrase = "password",
  ciphers = "cipher_suites",
  ciphersuites = "cipher_suites",
  curve = "groups",
  curves = "groups",
  curveslist = "groups",
  sigalgs = "signature_algorithms",
  minimum_version = "min_version",
  maximum_version = "max_version",
  protocols = "alpn",
  alpn_protocols = "alpn",
  hostname = "name",
  server_hostname = "name",
  server_name = "name",
  servername = "name",
  sni_callback = "on_client_hello",
  max_fragment_length = "record_size_limit",
  cert_reqs = "client_auth",
  requestcert = "client_auth",
  ctx = "context",
  ssl_context = "context",
  data = "body",
}

local ADVICE <const> = {
  mode = "who connects is a client, who listens a server; contexts have a role",
  role = "who connects is a client, who listens a server",
  protocol = 'give min_version or max_version, as "1.3"',
  verify = "servers are always verified; client_auth is what they ask for",
  check_hostname = "the name is always checked",
  options = "what they switch off is not there, or off",
  verify_depth = "chains of any depth are verified",
  depth = "chains of any depth are verified",
}

--- What to say instead of `word`, where options `known` are taken.
---@param word string
---@param known table<string, any>
---@return string? advice nil: nobody else says so either
function foreign.advice(word, known)
  local lower = word:lower()
  local ours = OURS[lower]
  if ours and known[ours] then return ('say "%s"'):format(ours) end
  return ADVICE[lower]
end

return foreign
