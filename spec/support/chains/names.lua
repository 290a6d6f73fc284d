--- What is asked for, against what the leaf is for: hosts with and without
--- wildcards, addresses, mailboxes. RFC 9525, 6; RFC 5280, 4.2.1.6.

local x509v3 = require("spec.support.x509v3")

local bytes = x509v3.bytes
local cases = {}

local function add(title, names, terms, is_good, subject)
  cases[#cases + 1] = {
    title,
    broken = not is_good and "name" or nil,
    leaf = { subject = subject, ext = { names = names }, names = false },
    terms = terms,
  }
end

-- Hosts ----------------------------------------------------------------------

for _, row in ipairs({
  { "www.example.com", "www.example.com", true },
  { "www.example.com", "WWW.Example.COM", true },
  { "WWW.EXAMPLE.COM", "www.example.com", true },
  { "www.example.com", "www.example.com.", true },
  { "www.example.com", "example.com", false },
  { "example.com", "www.example.com", false },
  { "www.example.com", "xwww.example.com", false },
  { "www.example.com", "www.example.co", false },
  { "www.example.com", "www.example.comm", false },
  { "localhost", "localhost", true },
  { "xn--bcher-kva.example", "xn--bcher-kva.example", true },
  { "a_b.example.com", "a_b.example.com", true },
  { "*.example.com", "www.example.com", true },
  { "*.example.com", "WWW.EXAMPLE.COM", true },
  { "*.EXAMPLE.com", "www.example.com", true },
  { "*.example.com", "www.example.com.", true },
  { "*.example.com", "example.com", false },
  { "*.example.com", "a.b.example.com", false },
  { "*.example.com", ".example.com", false },
  { "*.example.com", "www.example.org", false },
  { "*.example.com", "xn--bcher-kva.example.com", true },
  { "*.a.example.com", "b.a.example.com", true },
  { "*.a.example.com", "b.c.example.com", false },
  { "*.com", "example.com", false },
  { "*", "localhost", false },
  { "*", "example.com", false },
  { "*.", "example.", false },
  { "*.*.example.com", "a.b.example.com", false },
  { "www.*.com", "www.example.com", false },
  { "www.*", "www.example", false },
  { "**.example.com", "www.example.com", false },
  { "w*.example.com", "www.example.com", false },
  { "*w.example.com", "www.example.com", false },
  { "w*w.example.com", "www.example.com", false },
  { "xn--*.example.com", "xn--bcher-kva.example.com", false },
  { "xn--w*.example.com", "xn--www.example.com", false },
  { "", "www.example.com", false },
  { "www.example.com\0.evil.example", "www.example.com", false },
  { "www.example.com\0", "www.example.com", false },
  { "\0www.example.com", "www.example.com", false },
  { " www.example.com", "www.example.com", false },
  { "www.example.com ", "www.example.com", false },
}) do
  local pattern, host, is_good = table.unpack(row)
  local title = ("host %q for %q"):format(pattern, host):gsub("\\\n", "\\n"):gsub("\0", "\\0")
  add(title, { { "dns", pattern } }, { name = host }, is_good)
end

add("second of two hosts", {
  { "dns", "a.example.com" },
  { "dns", "b.example.com" },
}, { name = "b.example.com" }, true)
add("host that is only in a name of another type", {
  { "uri", "https://www.example.com" },
  { "email", "www.example.com" },
}, { name = "www.example.com" }, false)

-- Addresses are compared as bytes, never as text -----------------------------

local V6 <const> = "\x20\x01\x0d\xb8" .. ("\0"):rep(11) .. "\1"
for _, row in ipairs({
  { { "ip", bytes(192, 0, 2, 1) }, "192.0.2.1", true },
  { { "ip", bytes(192, 0, 2, 1) }, "192.0.2.2", false },
  { { "ip", V6 }, "2001:db8::1", true },
  { { "ip", V6 }, "2001:DB8:0:0:0:0:0:1", true },
  { { "ip", V6 }, "2001:db8:0000::0001", true },
  { { "ip", V6 }, "2001:db8::2", false },
  { { "ip", ("\0"):rep(10) .. "\xff\xff" .. bytes(192, 0, 2, 1) }, "192.0.2.1", false },
  { { "ip", ("\0"):rep(12) .. bytes(192, 0, 2, 1) }, "192.0.2.1", false },
  { { "dns", "192.0.2.1" }, "192.0.2.1", false },
  { { "dns", "*.0.2.1" }, "192.0.2.1", false },
  { { "dns", "2001:db8::1" }, "2001:db8::1", false },
  { { "uri", "https://192.0.2.1" }, "192.0.2.1", false },
}) do
  local name, asked, is_good = table.unpack(row)
  local shown = name[1] == "ip" and ("%02x"):rep(#name[2]):format(name[2]:byte(1, -1)) or name[2]
  add(("address %s %s for %s"):format(name[1], shown, asked), { name }, { name = asked }, is_good)
end

-- Mailboxes ------------------------------------------------------------------

for _, row in ipairs({
  { "me@example.com", "me@example.com", true },
  { "me@EXAMPLE.com", "me@example.com", true },
  { "Me@example.com", "me@example.com", false },
  { "me@example.com", "me@example.org", false },
  { "me@example.com", "you@example.com", false },
  { "example.com", "me@example.com", false },
  { "me@example.com\0.org", "me@example.com", false },
}) do
  local mailbox, asked, is_good = table.unpack(row)
  local title = ("mailbox %q for %s"):format(mailbox, asked):gsub("\0", "\\0")
  add(title, { { "email", mailbox } }, { email = asked }, is_good)
end

-- Common names (RFC 9525, 6.4.4 is gone: they never count) -------------------

add("common name alone", false, { name = "www.example.com" }, false, "CN=www.example.com")
add("common name beside another host", {
  { "dns", "other.example.com" },
}, { name = "www.example.com" }, false, "CN=www.example.com")
add("common name beside a mailbox", {
  { "email", "me@example.com" },
}, { name = "www.example.com" }, false, "CN=www.example.com")
add("address as a common name", false, { name = "192.0.2.1" }, false, "CN=192.0.2.1")
add("mailbox in the subject", false, {
  email = "me@example.com",
}, false, "CN=x,emailAddress=me@example.com")

return cases
