-- Sessions between us and others, and what the HTTPS client does by itself.

local contexts = require("spec.support.contexts")
local https = require("luatls.https")
local peer = require("spec.support.peer")
local pki = require("spec.support.pki")
local process = require("spec.support.process")
local tls = require("luatls")
local web = require("spec.support.web")

-- A connection to a server of other people, until it has said something.
local function visit(port, context, session)
  local stream <close> = assert(tls.connect("127.0.0.1", port, {
    context = context,
    name = "localhost",
    session = session,
    timeout = 10,
  }))
  stream:write("GET / HTTP/1.0\r\n\r\n")
  assert(stream:read("l"))
  return stream:info(), stream:session()
end

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("resumption in TLS " .. version, function()
    after_each(function()
      web.stop_all()
      process.stop_all()
    end)

    it("works with openssl s_server", function()
      local args = { "-www", "-naccept", "4" }
      local _, port =
        peer.openssl_server({ identity = pki.server(), version = version, args = args })
      local context = contexts.client(version)
      local first, session = visit(port, context)
      assert.is_false(first.resumed)
      assert.is_truthy(session)
      local second = visit(port, context, session)
      assert.is_true(second.resumed)
      assert.is_true(second.verified)
    end)

    -- Without tickets GnuTLS' server knows sessions by their ids.
    for _, tickets in ipairs(version == "1.2" and { true, false } or { true }) do
      it(("works with gnutls-serv, tickets: %s"):format(tickets), function()
        local options = { identity = pki.server(), version = version, tickets = tickets }
        local _, port = peer.gnutls_server(options)
        local context = contexts.client(version)
        local _, session = visit(port, context)
        assert.is_true(visit(port, context, session).resumed)
      end)
    end

    it("works with openssl s_client", function()
      local url = web.serve(function()
        return "hello"
      end, { min_version = version, max_version = version })
      local port, file = url:match(":(%d+)"), pki.file("")
      local function ask(option)
        local args = {
          "-c",
          (
            "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -ign_eof "
            .. "-connect 127.0.0.1:%s -CAfile %s -servername localhost %s %s"
          ):format(port, pki.root():chain_path(), option, file),
        }
        local _, text = process.start("sh", args):wait()
        assert.matches("hello", text)
        return text
      end
      assert.matches("New, TLSv1", ask("-sess_out"))
      assert.matches("Reused, TLSv1", ask("-sess_in"))
    end)

    it("is what the HTTPS client does by itself", function()
      local url = web.serve(function()
        return "hello"
      end, { min_version = version, max_version = version })
      local options = { trust = pki.root().chain, timeout = 10 }
      local seen = {}
      for i = 1, 4 do
        local response = assert(https.get(url, options))
        assert.equal("hello", response:text())
        assert.is_true(response.tls.verified)
        assert.is_true(response.peer_chain[1] == pki.server().certificate)
        seen[i] = response.tls.resumed
      end
      assert.same({ false, true, true, true }, seen)
      options.profile = "rfc5280"
      assert.is_false(assert(https.get(url, options)).tls.resumed)
    end)
  end)
end

describe("many tickets of openssl s_server", function()
  after_each(process.stop_all)

  it("are kept up to four, the newest, and each resumes", function()
    local args = { "-www", "-naccept", "6", "-num_tickets", "6" }
    local _, port = peer.openssl_server({ identity = pki.server(), version = "1.3", args = args })
    local context = contexts.client("1.3")
    local stream = assert(tls.connect("127.0.0.1", port, {
      context = context,
      name = "localhost",
      timeout = 10,
    }))
    stream:write("GET / HTTP/1.0\r\n\r\n")
    assert(stream:read("l"))
    local kept = {}
    for session in stream.session, stream do
      kept[#kept + 1] = session
    end
    stream:close()
    assert.equal(4, #kept)
    for _, session in ipairs(kept) do
      assert.is_true(visit(port, context, session).resumed)
    end
  end)
end)

describe("single-use tickets", function()
  after_each(process.stop_all)

  for _, version in ipairs({ "1.2", "1.3" }) do
    it("are taken once from openssl s_client in TLS " .. version, function()
      local identity = pki.server()
      local listener <close> = assert(tls.listen("127.0.0.1", 0, {
        certificate = identity.chain,
        key = identity.key,
        max_version = version,
        single_use_tickets = true,
        timeout = 20,
      }))
      local function ask(old, new)
        local args = { "s_client", "-connect", "127.0.0.1:" .. listener:port(), "-sess_out", new }
        table.move(old and { "-sess_in", old } or {}, 1, 2, #args + 1, args)
        local client = process.start("openssl", args)
        local stream <close> = assert(listener:accept(20))
        stream:write("that is all\n")
        local resumed = stream:info().resumed
        client:expect("that is all")
        client:finish_input()
        client:wait()
        return resumed
      end
      local first, second, third = pki.file(""), pki.file(""), pki.file("")
      assert.is_false(ask(nil, first))
      assert.is_true(ask(first, second))
      assert.is_false(ask(first, third))
      -- In TLS 1.2 s_client writes no file for a ticket that was renewed.
      if version == "1.3" then assert.is_true(ask(second, third)) end
    end)
  end
end)
