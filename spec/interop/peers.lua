--- Everybody that we talk to, in the order of the table.

local program = require("spec.interop.program")

return {
  require("spec.interop.openssl"),
  require("spec.interop.gnutls"),
  require("spec.interop.nss"),
  program.new("Go", "build/interop/peer-go", {}),
  program.new("Java", "java", { "-cp", "build/interop", "Peer" }),
  program.new("Python", "python3", { "spec/interop/peers/peer.py" }),
  program.new("Node", "node", { "spec/interop/peers/peer.mjs" }),
  require("spec.interop.nginx"),
  (require("spec.interop.curl")),
}
