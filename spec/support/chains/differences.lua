--- Where `openssl verify -x509_strict` says otherwise than RFC 5280, and why we
--- follow the RFC. docs/verification.md lists the same groups; the matrix fails
--- when one of them begins to agree.

local PLACES <const> = { "root", "middle", "leaf" }

-- A title for each place.
local function at_each(...)
  local titles = {}
  for _, text in ipairs({ ... }) do
    for _, place in ipairs(PLACES) do
      titles[#titles + 1] = place .. " " .. text
    end
  end
  return titles
end

---@class spec.Difference
---@field id string of its section in docs/verification.md
---@field openssl "accepts"|"refuses"
---@field titles string[] of cases

---@type spec.Difference[]
return {
  {
    id = "duplicate extensions",
    openssl = "accepts",
    titles = {
      "root with an unknown extension twice",
      "middle with an unknown extension twice",
      "leaf with an unknown extension twice",
      "root with policies twice",
    },
  },
  {
    id = "undecodable extensions",
    openssl = "accepts",
    titles = at_each(
      "with malformed authority_info",
      "with malformed inhibit_any",
      "with malformed issuer_names",
      "with malformed mappings"
    ),
  },
  {
    id = "something behind the value",
    openssl = "accepts",
    titles = {
      "root with something behind its basic constraints",
      "middle with something behind its basic constraints",
      "leaf with something behind its basic constraints",
      "leaf with something behind its key identifier",
    },
  },
  {
    id = "empty lists of policies and mappings",
    openssl = "accepts",
    titles = at_each("with no policies in the list", "with no mappings in the list"),
  },
  {
    id = "addresses of five bytes",
    openssl = "accepts",
    titles = at_each("with an address of five bytes"),
  },
  {
    id = "version 4",
    openssl = "accepts",
    titles = at_each("of version 4"),
  },
  {
    id = "unknown algorithms of roots",
    openssl = "accepts",
    titles = { "root of a signature algorithm that nobody knows" },
  },
  {
    id = "undecodable extensions of an anchor",
    openssl = "accepts",
    titles = {
      "root with malformed policies",
      "root with malformed policy_constraints",
      "root with an authority_id without key",
    },
  },
  {
    id = "critical policy constraints",
    openssl = "accepts",
    titles = { "policy constraints that are not critical", "any policy inhibited, not critical" },
  },
  {
    id = "empty name constraints",
    openssl = "accepts",
    titles = {
      "malformed: empty",
      "malformed: empty list of permitted",
      "malformed: empty list of excluded",
    },
  },
  {
    id = "name constraints of a leaf",
    openssl = "accepts",
    titles = { "leaf with constraints of its own" },
  },
  {
    id = "leading dot in DNS constraints",
    openssl = "accepts",
    titles = { "malformed: DNS subtree with a leading dot" },
  },
  {
    id = "wildcards in excluded subtrees",
    openssl = "accepts",
    titles = { "wildcard that could be an excluded name" },
  },
  {
    id = "mailboxes of the subject in constraints",
    openssl = "refuses",
    titles = { "e-mail of the subject within example.org, with other names" },
  },
  {
    id = "RSA keys of 2047 bits",
    openssl = "accepts",
    titles = at_each("with a key of rsa2047"),
  },
  {
    id = "only one path",
    openssl = "refuses",
    titles = {
      "cross-signed, first root trusted, sent leaf cross middle",
      "cross-signed, other root trusted, sent leaf middle cross",
      "one without the leaf's names, both trusted, sent leaf middle cross",
      "one for another purpose, sent leaf middle cross",
      "one that is no authority, sent leaf middle cross",
      "one with an unknown critical extension, sent leaf middle cross",
      "one without a right to sign, sent leaf middle cross",
      "one under a policy that is not wanted, sent leaf middle cross",
    },
  },
  {
    id = "partial wildcards",
    openssl = "accepts",
    titles = {
      'host "w*.example.com" for "www.example.com"',
      'host "*w.example.com" for "www.example.com"',
    },
  },
  {
    id = "common names and mailboxes of the subject",
    openssl = "accepts",
    titles = { "common name alone", "common name beside a mailbox", "mailbox in the subject" },
  },
  {
    id = "dots at the ends of a host name",
    openssl = "accepts",
    titles = { 'host "*.example.com" for ".example.com"' },
  },
  {
    id = "dots at the ends of a host name",
    openssl = "refuses",
    titles = {
      'host "www.example.com" for "www.example.com."',
      'host "*.example.com" for "www.example.com."',
    },
  },
}
