--- TLS for Lua. The front door: names and version, no logic.
---
--- Streams, which wait; inside a task of a loop they yield meanwhile:
---
--- - `tls.connect(host, port, options)`: a client
---   ([connect](luatls.connect.md))
--- - `tls.listen(host, port, options)`: a server
---   ([listener](luatls.listener.md))
--- - `tls.wrap(socket, context, options)`: on a socket that is connected
---   already ([connect](luatls.connect.md))
--- - `read`, `write`, `shutdown`, `close`, `info` and other methods of what
---   these give ([stream](luatls.stream.md))
---
--- Settings: most options of the three are those of contexts
--- ([list](luatls.core.md#luatlscontextoptions-a-luatlsverifyprofile)).
---
--- - `tls.context(options)`: made once, for many connections
---   ([context](luatls.context.md))
--- - `tls.watch(options)`: a context that follows its files
---   ([watch](luatls.watch.md))
---
--- The engine, which does no input or output:
---
--- - `context:connection(options)` ([core](luatls.core.md#luatlsconnection))
---
--- Values:
---
--- - `tls.certificate`, `tls.chain`, `tls.csr`, `tls.key`: `parse`, `load`,
---   `issue`, `generate` ([core](luatls.core.md#luatlscore))
--- - `tls.session.load(bytes, key)`, `tls.random(count)`
---   ([core](luatls.core.md#luatlscore))
--- - `tls.verify(chain, options)`, `tls.system_trust()`
---   ([trust](luatls.trust.md))
--- - `tls.error`: kind, message, hint of what failed ([error](luatls.error.md))
--- - `tls.features`: what this build can
---   ([list](luatls.core.md#luatlsfeatures))
--- - `tls.VERSION`

local connect = require("luatls.connect")
local context = require("luatls.context")
local core = require("luatls.core")
local errors = require("luatls.error")
local listener = require("luatls.listener")
local trust = require("luatls.trust")
local watch = require("luatls.watch")

---@class luatls
local tls = {
  VERSION = core.VERSION,
  features = core.features,

  -- values
  chain = core.chain,
  certificate = core.certificate,
  key = core.key,
  csr = core.csr,
  random = core.random,
  session = core.session,
  error = errors,
  system_trust = trust.system,
  verify = trust.verify,

  -- the engine
  context = context.new,
  watch = watch.new,

  -- streams
  connect = connect.connect,
  listen = listener.listen,
  wrap = connect.wrap,
}

return tls
