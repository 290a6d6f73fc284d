-- Contexts that follow their files, on real files. A look happens at every call
-- of `watched:context()`: the interval is shorter than the clock can tell.

local contexts = require("spec.support.contexts")
local pair = require("spec.support.pair")
local pki = require("spec.support.pki")
local renewal = require("spec.support.renewal")
local tls = require("luatls")

-- A watch of the files of `site`, and what it tells.
local function follow(site, options)
  local errors, changes = {}, {}
  local complete = {
    certificate = site.certificate,
    key = site.key,
    interval = 1e-9,
    on_error = function(err)
      table.insert(errors, err)
    end,
    on_change = function(context)
      table.insert(changes, context)
    end,
  }
  for name, value in pairs(options or {}) do
    complete[name] = value
  end
  return assert(tls.watch(complete)), errors, changes
end

-- The subject of the certificate that a context's clients see.
local function shown(context)
  local client = contexts.client("1.3")
  local two = pair.join(client:connection({ name = "localhost" }), context:connection())
  assert.is_true((two:handshake()))
  return two.client:peer_chain()[1]:subject()
end

local function expect(identity, watched)
  assert.equal(identity.certificate:subject(), shown(watched:context()))
end

-- After a change: one look sees it, the next one that it is over.
local function settle(watched)
  watched:context()
  return watched:context()
end

describe("a watch", function()
  local first, second = renewal.identity(), renewal.identity()

  it("keeps its context while nothing changes", function()
    local watched, errors, changes = follow(renewal.folder(first))
    local context = watched:context()
    for _ = 1, 5 do
      assert.is_true(rawequal(context, watched:context()))
    end
    assert.same({ {}, {} }, { errors, changes })
    assert.equal("luatls.watch (server)", tostring(watched))
  end)

  for _, how in ipairs({ "write", "rename", "link", "link_folder" }) do
    it("takes files that were replaced (" .. how .. ")", function()
      local site = renewal.folder(first, how)
      local watched, errors, changes = follow(site)
      for _, identity in ipairs({ second, first, second }) do
        site[how](site, identity)
        settle(watched)
        expect(identity, watched)
      end
      assert.same({}, errors)
      assert.equal(3, #changes)
      assert.is_true(rawequal(changes[3], watched:context()))
    end)
  end

  it("takes the files of one of several certificates", function()
    local site = renewal.folder(first)
    local rsa = pki.server("rsa")
    local watched, errors, changes = follow({}, {
      certificates = {
        { certificate = site.certificate, key = site.key },
        { certificate = rsa.chain, key = rsa.key },
      },
    })
    expect(first, watched)
    site:write(second)
    settle(watched)
    expect(second, watched)
    assert.same({ 0, 1 }, { #errors, #changes })
  end)

  it("waits until the files are still", function()
    local site = renewal.folder(first)
    local watched, _, changes = follow(site)
    for i = 1, 5 do
      site:write(i % 2 == 1 and second or first)
      watched:context()
    end
    assert.same({}, changes)
    settle(watched)
    expect(second, watched)
  end)

  for _, how in ipairs({ "rename", "link" }) do
    it("takes no half of a pair (" .. how .. ")", function()
      local site = renewal.folder(first, how)
      local watched, errors = follow(site)
      site[how](site, second, function()
        for _ = 1, 5 do
          watched:context()
        end
        expect(first, watched)
      end)
      assert.equal(1, #errors)
      assert.matches("the key is not the certificate's", errors[1].message)
      settle(watched)
      expect(second, watched)
      assert.equal(1, #errors)
    end)
  end

  it("takes no half of a file", function()
    local site = renewal.folder(first)
    local watched, errors = follow(site)
    local text = second.chain:pem()
    site:write(second)
    site:spoil("certificate", text:sub(1, #text // 2))
    settle(watched)
    expect(first, watched)
    assert.equal("parse", errors[1].cause.kind)
    site:spoil("certificate", text)
    settle(watched)
    expect(second, watched)
  end)

  it("goes on after files were away", function()
    local site = renewal.folder(first)
    local watched, errors = follow(site)
    os.remove(site.certificate)
    os.remove(site.key)
    settle(watched)
    expect(first, watched)
    assert.equal("io", errors[1].cause.kind)
    site:write(first)
    settle(watched)
    assert.equal(1, #errors)
    expect(first, watched)
  end)

  local client_only = renewal.identity({ usage = "client" })
  local spoils = {
    { "an empty certificate", "certificate", "" },
    { "no certificate", "certificate", "hello" },
    { "a key for a certificate", "certificate", second.key:pem() },
    { "a chain of another key", "certificate", second.chain:pem() },
    { "an empty key", "key", "" },
    { "a certificate for a key", "key", second.chain:pem() },
    { "another key", "key", second.key:pem() },
    { "a public key", "key", first.key:public():pem() },
    {
      "a chain that ends in nonsense",
      "certificate",
      first.chain:pem() .. "-----BEGIN CERTIFICATE-----\nAAAA\n",
    },
  }

  local function refuse(watched, errors)
    for _ = 1, 4 do
      watched:context()
    end
    expect(first, watched)
    assert.equal(1, #errors, "told once")
    assert.equal("config", errors[1].kind)
    assert.matches("^the changed files are not taken: .", errors[1].message)
    assert.equal(errors[1].cause.hint, errors[1].hint)
  end

  for _, case in ipairs(spoils) do
    it("does not take " .. case[1] .. ", tells it once, and takes good files then", function()
      local site = renewal.folder(first)
      local watched, errors = follow(site)
      site:spoil(case[2], case[3])
      refuse(watched, errors)
      site:write(second)
      settle(watched)
      expect(second, watched)
    end)
  end

  it("does not take a pair that is not for servers", function()
    local site = renewal.folder(first)
    local watched, errors = follow(site)
    site:write(client_only)
    refuse(watched, errors)
  end)

  it("tells each state of the files that is wrong", function()
    local site = renewal.folder(first)
    local watched, errors = follow(site)
    for i, text in ipairs({ "", "x", "" }) do
      site:spoil("key", text)
      settle(watched)
      assert.equal(i, #errors)
    end
    site:write(first)
    settle(watched)
    assert.equal(3, #errors)
  end)

  it("tries again what did not fail because of the files", function()
    local site = renewal.folder(first)
    local refuses = false
    local watched, errors = follow(site)
    local make = package.loaded["luatls.context"].new
    package.loaded["luatls.context"].new = function(given)
      if refuses then return nil, tls.error.new("io", "too many open files") end
      return make(given)
    end
    finally(function()
      package.loaded["luatls.context"].new = make
    end)
    refuses = true
    site:write(second)
    settle(watched)
    assert.matches("too many open files$", errors[1].message)
    expect(first, watched)
    refuses = false
    watched:context()
    expect(second, watched)
    assert.equal(1, #errors)
  end)

  it("looks once in an interval", function()
    local site = renewal.folder(first)
    local watched = follow(site, { interval = 3600 })
    assert.is_true(watched:remaining() > 3500)
    site:write(second)
    settle(watched)
    expect(first, watched)
  end)

  it("follows who is trusted, too", function()
    local site = renewal.folder(first)
    local roots = pki.file(pki.stranger().chain:pem())
    local watched = follow(site, { client_auth = "required", trust = roots })
    local me = pki.client()
    local function is_welcome()
      local client = contexts.client("1.2", { certificate = me.chain, key = me.key })
      local two =
        pair.join(client:connection({ name = "localhost" }), watched:context():connection())
      return (two:handshake())
    end
    assert.is_false(is_welcome())
    renewal.write(roots, pki.root().chain:pem())
    settle(watched)
    assert.is_true(is_welcome())
  end)

  it("works for clients", function()
    local me = pki.client()
    local site = renewal.folder(me)
    local watched = follow(site, { role = "client", trust = pki.root():chain_path() })
    assert.equal("client", watched:role())
    local context = watched:context()
    assert.equal("client", context:role())
    site:write(me)
    assert.is_false(rawequal(context, settle(watched)))
  end)

  it("reads certificate and key from one file", function()
    local site = renewal.folder(first)
    site.key = site.certificate
    renewal.write(site.certificate, first.key:pem() .. first.chain:pem())
    local watched = follow(site)
    renewal.write(site.certificate, second.key:pem() .. second.chain:pem())
    settle(watched)
    expect(second, watched)
  end)

  -- What `fn` writes to stderr.
  local function stderr_of(fn)
    local lines, real = {}, io.stderr
    rawset(io, "stderr", {
      write = function(_, ...)
        table.insert(lines, table.concat({ ... }))
      end,
    })
    local ok, message = pcall(fn)
    rawset(io, "stderr", real)
    assert(ok, message)
    return table.concat(lines)
  end

  it("outlives functions that raise", function()
    local site = renewal.folder(first)
    local function raise()
      error("no", 0)
    end
    local watched = follow(site, { on_change = raise, on_error = raise })
    local text = stderr_of(function()
      site:spoil("key", "")
      settle(watched)
      site:write(second)
      settle(watched)
    end)
    assert.equal(("luatls: watch: no\n"):rep(2), text)
    expect(second, watched)
  end)

  it("says on stderr what nobody else is told", function()
    local site = renewal.folder(first)
    local options = { certificate = site.certificate, key = site.key, interval = 1e-9 }
    local watched = assert(tls.watch(options))
    site:spoil("key", second.key:pem())
    local text = stderr_of(function()
      settle(watched)
    end)
    assert.matches("^luatls: the changed files are not taken: the key is not .*\n$", text)
  end)

  it("says what is wrong at the start", function()
    local site = renewal.folder(first)
    site:spoil("key", second.key:pem())
    local watched, err = tls.watch({ certificate = site.certificate, key = site.key })
    assert.is_nil(watched)
    assert.equal("config", err.kind)
    watched, err = tls.watch({ certificate = "/no/such/file", key = site.key })
    assert.is_nil(watched)
    assert.equal("io", err.kind)
  end)

  it("refuses misuse", function()
    local site = renewal.folder(first)
    local cases = {
      { {}, "nothing to watch: certificate, key and trust are no paths" },
      { { certificate = first.chain, key = first.key:pem() }, "nothing to watch" },
      { { certificate = site.certificate, key = site.key, intervall = 1 }, 'nearest: "interval"' },
      { { certificate = site.certificate, key = site.key, interval = 0 }, "must be positive" },
      { { certificate = site.certificate, key = site.key, on_error = 1 }, "function expected" },
    }
    for _, case in ipairs(cases) do
      assert.error_matches(function()
        tls.watch(case[1])
      end, case[2])
    end
  end)
end)

describe("a watch of hosts", function()
  local function identity(name)
    return renewal.identity({ names = { name } })
  end

  -- Two hosts and the server's own name, each with its files.
  local function prepare(options)
    local names = { "localhost", "a.example", "b.example" }
    local sites, hosts = {}, {}
    for _, name in ipairs(names) do
      sites[name] = renewal.folder(identity(name))
      hosts[name] = { certificate = sites[name].certificate, key = sites[name].key }
    end
    hosts.localhost = nil
    options = options or {}
    options.hosts = hosts
    local watched, errors, changes = follow(sites.localhost, options)
    return watched, sites, errors, changes
  end

  local function join(context, name, session)
    local client = contexts.client("1.2")
    local two =
      pair.join(client:connection({ name = name, session = session }), context:connection())
    assert.is_true((two:handshake()))
    return two.client
  end

  local function shown_to(watched, name)
    return join(watched:context(), name):peer_chain()[1]:subject()
  end

  local function renew(sites, name)
    local new_one = identity(name)
    sites[name]:write(new_one)
    return new_one.certificate:subject()
  end

  for _, name in ipairs({ "localhost", "a.example", "b.example" }) do
    it("renews " .. name, function()
      local watched, sites, errors, changes = prepare()
      local expected = renew(sites, name)
      settle(watched)
      assert.equal(expected, shown_to(watched, name))
      assert.same({ 0, 1 }, { #errors, #changes })
    end)
  end

  it("renews each though another one is broken", function()
    for _, broken in ipairs({ "localhost", "a.example", "b.example" }) do
      local watched, sites, errors = prepare()
      local before = shown_to(watched, broken)
      for name, site in pairs(sites) do
        if name == broken then
          site:spoil("certificate", "")
        else
          local expected = renew(sites, name)
          settle(watched)
          assert.equal(expected, shown_to(watched, name))
        end
      end
      settle(watched)
      assert.equal(before, shown_to(watched, broken))
      assert.equal(1, #errors)
      assert.equal(broken ~= "localhost" and broken or nil, errors[1].host)
      assert.equal(sites[broken].certificate, errors[1].cause.path)
      local expected = renew(sites, broken)
      settle(watched)
      assert.equal(expected, shown_to(watched, broken))
    end
  end)

  it("leaves sessions to the hosts that were not renewed, and to those that were", function()
    local watched, sites = prepare()
    local session = join(watched:context(), "a.example"):session()
    renew(sites, "b.example")
    renew(sites, "localhost")
    settle(watched)
    assert.is_true(join(watched:context(), "a.example", session):info().resumed)
    sites["a.example"]:spoil("certificate", "")
    settle(watched)
    assert.is_true(join(watched:context(), "a.example", session):info().resumed)
  end)

  it("keeps hosts that have no files", function()
    local me, site = identity("a.example"), renewal.folder(identity("localhost"))
    local own = { role = "server", certificate = me.chain, key = me.key }
    local watched = follow(site, {
      hosts = {
        ["a.example"] = assert(tls.context(own)),
        ["b.example"] = { certificate = me.chain, key = me.key },
      },
    })
    local session = join(watched:context(), "a.example"):session()
    site:write(identity("localhost"))
    settle(watched)
    assert.is_true(join(watched:context(), "a.example", session):info().resumed)
  end)

  it("needs no certificate of the server itself", function()
    local site = renewal.folder(identity("a.example"))
    local watched = assert(tls.watch({
      interval = 1e-9,
      hosts = { ["a.example"] = { certificate = site.certificate, key = site.key } },
    }))
    local expected = renew({ ["a.example"] = site }, "a.example")
    settle(watched)
    assert.equal(expected, shown_to(watched, "a.example"))
  end)

  it("says which host is wrong at the start", function()
    local site = renewal.folder(identity("localhost"))
    local watched, err = tls.watch({
      certificate = site.certificate,
      key = site.key,
      hosts = { ["a.example"] = { certificate = "/no/such/file", key = site.key } },
    })
    assert.is_nil(watched)
    assert.equal("a.example", err.host)
    assert.equal("io", err.kind)
  end)
end)
