-- The rock of the working tree. MBEDTLS_DIR names an mbedTLS 3.6.7 or newer,
-- for example what "make deps" built: luarocks make MBEDTLS_DIR=build/mbedtls
-- rockspec/luatls-scm-1.rockspec

rockspec_format = "3.0"
package = "luatls"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "TLS and HTTPS on mbedTLS: engine, streams, client, server",
  license = "MIT",
}
supported_platforms = { "unix" }
dependencies = { "lua >= 5.4", "luv >= 1.44" }
external_dependencies = {
  MBEDTLS = { header = "mbedtls/ssl.h", library = "mbedtls" },
}
build = {
  type = "builtin",
  modules = {
    ["luatls.core"] = {
      sources = {
        "csrc/object.c",
        "csrc/failure.c",
        "csrc/mbed.c",
        "csrc/names.c",
        "csrc/bytes.c",
        "csrc/random.c",
        "csrc/options.c",
        "csrc/key.c",
        "csrc/name.c",
        "csrc/certificate.c",
        "csrc/chain.c",
        "csrc/csr.c",
        "csrc/issue.c",
        "csrc/verify.c",
        "csrc/tap.c",
        "csrc/transport.c",
        "csrc/trampoline.c",
        "csrc/keylog.c",
        "csrc/context.c",
        "csrc/engine.c",
        "csrc/outcome.c",
        "csrc/info.c",
        "csrc/connection.c",
        "csrc/core.c",
      },
      defines = { "_POSIX_C_SOURCE=200809L" },
      incdirs = { "$(MBEDTLS_INCDIR)" },
      libdirs = { "$(MBEDTLS_LIBDIR)" },
      libraries = { "mbedtls", "mbedx509", "mbedcrypto", "pthread" },
    },
    ["luatls.channel"] = "lua/luatls/channel.lua",
    ["luatls.connect"] = "lua/luatls/connect.lua",
    ["luatls.context"] = "lua/luatls/context.lua",
    ["luatls.drive"] = "lua/luatls/drive.lua",
    ["luatls.error"] = "lua/luatls/error.lua",
    ["luatls.http.buffer"] = "lua/luatls/http/buffer.lua",
    ["luatls.http.cycle"] = "lua/luatls/http/cycle.lua",
    ["luatls.http.framing"] = "lua/luatls/http/framing.lua",
    ["luatls.http.grammar"] = "lua/luatls/http/grammar.lua",
    ["luatls.http.headers"] = "lua/luatls/http/headers.lua",
    ["luatls.http.heads"] = "lua/luatls/http/heads.lua",
    ["luatls.http.limits"] = "lua/luatls/http/limits.lua",
    ["luatls.http.lines"] = "lua/luatls/http/lines.lua",
    ["luatls.http.machine"] = "lua/luatls/http/machine.lua",
    ["luatls.http.problem"] = "lua/luatls/http/problem.lua",
    ["luatls.http.readers"] = "lua/luatls/http/readers.lua",
    ["luatls.http.states"] = "lua/luatls/http/states.lua",
    ["luatls.http.status"] = "lua/luatls/http/status.lua",
    ["luatls.http.target"] = "lua/luatls/http/target.lua",
    ["luatls.http.url"] = "lua/luatls/http/url.lua",
    ["luatls.http.writers"] = "lua/luatls/http/writers.lua",
    luatls = "lua/luatls/init.lua",
    ["luatls.io"] = "lua/luatls/io/init.lua",
    ["luatls.io.luasocket"] = "lua/luatls/io/luasocket.lua",
    ["luatls.io.luv"] = "lua/luatls/io/luv.lua",
    ["luatls.io.luv.dial"] = "lua/luatls/io/luv/dial.lua",
    ["luatls.io.luv.handle"] = "lua/luatls/io/luv/handle.lua",
    ["luatls.io.luv.server"] = "lua/luatls/io/luv/server.lua",
    ["luatls.io.luv.socket"] = "lua/luatls/io/luv/socket.lua",
    ["luatls.io.luv.task"] = "lua/luatls/io/luv/task.lua",
    ["luatls.io.words"] = "lua/luatls/io/words.lua",
    ["luatls.keylog"] = "lua/luatls/keylog.lua",
    ["luatls.listener"] = "lua/luatls/listener.lua",
    ["luatls.options"] = "lua/luatls/options.lua",
    ["luatls.reader"] = "lua/luatls/reader.lua",
    ["luatls.stream"] = "lua/luatls/stream.lua",
    ["luatls.trust"] = "lua/luatls/trust.lua",
  },
  install = { bin = { luatls = "bin/luatls" } },
}
