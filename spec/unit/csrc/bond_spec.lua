-- What a context demands and negotiates: a session is resumed only where it is
-- the same.

local contexts = require("spec.support.contexts")
local core = require("luatls.core")
local pki = require("spec.support.pki")
local resumption = require("spec.support.resumption")

local both = pki.root().certificate:pem() .. pki.stranger().certificate:pem()

-- Options of a client that refuse a session of another one: title, and options.
local CLIENTS <const> = {
  { "more trust", { trust = both } },
  { "another profile", { profile = "rfc5280" } },
  { "common names", { insecure_common_name = true } },
  { "policies", { policies = { "1.2.3" } } },
  { "another policy", { policies = { "1.2.4" } } },
  { "a policy that is required", { inhibit_any_policy = true } },
  { "mapping inhibited", { inhibit_policy_mapping = true } },
  { "public suffixes", { public_suffixes = "com\norg\n" } },
  { "no verification", { insecure_skip_verify = true } },
  { "no name", { insecure_skip_name = true } },
  { "another order of groups", { groups = { "secp256r1", "x25519" } } },
  { "fewer groups", { groups = { "x25519", "secp256r1" } } },
  { "fewer signatures", { signature_algorithms = { "ecdsa_secp256r1_sha256" } } },
  { "policy compatible", { policy = "compatible" } },
  {
    "an identity of its own",
    { certificate = pki.client().chain, key = pki.client().key },
  },
}

local SERVERS <const> = {
  { "another certificate", { certificate = pki.server("rsa").chain, key = pki.server("rsa").key } },
  { "fewer groups", { groups = { "x25519", "secp256r1" } } },
  { "policy compatible", { policy = "compatible" } },
  { "clients asked", { client_auth = "optional", trust = pki.root().chain } },
}

for _, version in ipairs({ "1.2", "1.3" }) do
  describe("a session of TLS " .. version, function()
    local secret = core.random(32)
    local client = contexts.client(version)
    local server = contexts.server({ ticket_secret = secret })

    it("is resumed by another context that demands the same", function()
      local session = resumption.session(client, server)
      assert.is_true(resumption.works(contexts.client(version), server, session))
      session = resumption.session(client, server)
      local twin = contexts.server({ ticket_secret = secret })
      assert.is_true(resumption.works(client, twin, session))
    end)

    for _, case in ipairs(CLIENTS) do
      it("is not offered by a client with " .. case[1], function()
        local other = contexts.client(version, case[2])
        local session = resumption.session(client, server)
        assert.is_false(resumption.works(other, server, session))
        session = resumption.session(other, server)
        assert.is_true(resumption.works(contexts.client(version, case[2]), server, session))
        session = resumption.session(other, server)
        assert.is_false(resumption.works(client, server, session))
      end)
    end

    for _, case in ipairs(SERVERS) do
      it("is not taken by a server with " .. case[1], function()
        local options = { ticket_secret = secret }
        for name, value in pairs(case[2]) do
          options[name] = value
        end
        local other = contexts.server(options)
        local session = resumption.session(client, server)
        assert.is_false(resumption.works(client, other, session))
        session = resumption.session(client, other)
        assert.is_true(resumption.works(client, contexts.server(options), session))
        session = resumption.session(client, other)
        assert.is_false(resumption.works(client, server, session))
      end)
    end

    it("is not resumed with other suites", function()
      local suites = version == "1.2"
          and {
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          }
        or { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384" }
      local other = contexts.client(version, { cipher_suites = suites })
      local session = resumption.session(other, server)
      assert.is_true(resumption.works(other, server, session))
      session = resumption.session(other, server)
      assert.is_false(resumption.works(client, server, session))
      session = resumption.session(client, server)
      assert.is_false(resumption.works(other, server, session))
    end)

    it("is not resumed with other versions", function()
      local session = resumption.session(client, server)
      local wide = contexts.client("1.2", { max_version = "1.3" })
      assert.is_false(resumption.works(wide, server, session))
    end)

    it("is resumed with other ALPN, which is negotiated every time", function()
      local session = resumption.session(client, server)
      local other = contexts.client(version, { alpn = { "h2" } })
      assert.is_true(resumption.works(other, server, session))
    end)

    describe("where there is on_verify", function()
      local answer, asked
      local function on_verify(chain, name)
        asked[#asked + 1] = { #chain, chain[1] == pki.server().certificate, name }
        if answer == "raise" then error("no") end
        return answer
      end

      before_each(function()
        answer, asked = true, {}
      end)

      it("is offered when it accepts the chain once more", function()
        local wary = contexts.client(version, { on_verify = on_verify })
        local session = resumption.session(client, server)
        assert.is_true(resumption.works(wary, server, session))
        assert.same({ { 1, true, "localhost" } }, asked)
        session = resumption.session(wary, server)
        assert.is_true(resumption.works(client, server, session))
        assert.equal(2, #asked)
      end)

      it("is not offered when it does not", function()
        local wary = contexts.client(version, { on_verify = on_verify })
        for _, bad in ipairs({ false, "raise" }) do
          local session = resumption.session(client, server)
          answer = bad
          local conn = wary:connection({ name = "localhost", session = session })
          assert.equal(1, #asked)
          answer = true
          local pair = require("spec.support.pair").join(conn, server:connection())
          assert.is_true((pair:handshake()))
          assert.is_false(resumption.resumed(pair))
          assert.equal(2, #asked)
          asked = {}
        end
      end)
    end)
  end)
end
