---@meta luatls.core
--- What the C module "luatls.core" offers: the sans-IO engine and the values it
--- works on. Programs use it through `luatls`, which adds what needs the
--- system: the trust store, sockets, waiting.

local core = {}

---@class luatls.core
---@field VERSION string of luatls, "0.1.0"
---@field features luatls.Features

---@class luatls.Features
---@field mbedtls string version of the library that was linked, "3.6.7"
---@field tls13 boolean
---@field early_data boolean
---@field record_size_limit boolean
---@field renegotiation boolean option `renegotiation` works; peers that wish it are refused anyway
---@field key_update boolean TLS 1.3 connections take KeyUpdate and renew their keys; else they end where the cipher's limit is
---@field idle_limit boolean a peer that sends many messages in a row without data is refused; else only empty records are counted, four of them
---@field record_sizes boolean records may be whole in TLS 1.3, and smaller ones asked for: option `record_size_limit`; else a peer's limit counts in TLS 1.3 only
---@field tickets_while_sending boolean a TLS 1.3 client reads tickets while a write waits; else its read may wait for the write
---@field name_constraints boolean handshakes take chains with critical extensions that mbedTLS does not know
---@field readable_alerts boolean TLS 1.3 alerts during the handshake go out under the keys that the peer expects
---@field large_certificates boolean handshakes take a peer's chain of up to 64 KB; else 16 KB
---@field exporter boolean connections can export secrets
---@field whole_messages boolean TLS 1.3 messages with bytes behind their end, or with lists of no valid length, are refused
---@field unique_extensions boolean a message with two extensions of one type is refused
---@field bare_hellos boolean a server that allows both versions takes TLS 1.2 clients that send no extensions
---@field right_alerts boolean alerts are those that the RFCs name, where stock mbedTLS has others
---@field strict_records boolean records of wrong length or type, and alerts that call themselves warnings, end a TLS 1.3 connection with the alert of RFC 8446
---@field psk_modes boolean a server ignores PSK key exchange modes that do not exist (RFC 8701)
---@field retry_cookie boolean a client sends back the cookie of a HelloRetryRequest
---@field server_order boolean a TLS 1.3 server chooses the cipher suite by its own order; else by the client's
---@field fallback_scsv boolean a server refuses clients that retry with less than both can do (RFC 7507)
---@field no_sha1_signatures boolean a TLS 1.2 server never signs with SHA-1 (RFC 9155)
---@field signature_algorithm boolean `conn:info()` tells it in TLS 1.3 too
---@field psk_refusals boolean a TLS 1.3 server hides which identities of pre-shared keys exist, and clients are told `internal_error` when a `psk` function raises
---@field external_keys boolean keys may be external on both sides and in both versions; else in TLS 1.2 servers at most
---@field certificate_requests boolean a client can choose its certificate by what the server asks for
---@field certificate_authorities boolean servers name their authorities to TLS 1.3 clients too
---@field missing_certificate_told boolean a server says so when it gets no certificate that it requires
---@field early_data_skipped boolean a server reads past early data that it rejects, whatever ticket it came with; else such a connection may fail
---@field half_rtt boolean a server answers early data before its handshake is complete
---@field unasked_refused boolean suites, extensions, messages and records that nobody asked for are refused with the alert of the RFCs
---@field tiny_fragments boolean handshake messages may be cut anywhere, also inside their header
---@field dtls boolean DTLS 1.2: `transport = "datagram"`
---@field forged_finished_dropped boolean a forged datagram in place of Finished does not end a DTLS handshake, unless a pre-shared key is used
---@field pss_client_signatures boolean a TLS 1.2 server takes RSA-PSS from clients
---@field mixed_sessions boolean a client that offers a session offers all versions that it may, as without one; else that of the session only
---@field resumed_suite boolean a TLS 1.2 server resumes with the suite of the session only
---@field ticket_age boolean a TLS 1.3 client never says that its ticket is older than the server knows it; else strict servers, as GnuTLS, refuse some early data
---@field tickets_renewed boolean a TLS 1.2 server gives a new ticket for one that is taken once; else the next connection is a full handshake
---@field threads boolean several Lua states may run in several threads

--- Where an option takes a chain, certificate or key it takes the object, or a
--- string: text with "-----BEGIN" is PEM, anything else is the path of a file.
---@alias luatls.chain_source luatls.chain|string
---@alias luatls.key_source luatls.key|string

--- What an engine operation waits for. "read": feed bytes from the peer (or
--- wait until the descriptor is readable), then call again. "write": drain (or
--- wait until it is writable), then call again. "callback": run
--- `conn:callback()`, then call again.
---@alias luatls.want "read"|"write"|"callback"

------------------------------------------------------------------- functions

--- Make an error object; `details` (kept, not copied) become its fields.
---@param kind luatls.kind
---@param message string lower case, no file or line
---@param details? table
---@return luatls.Error
function core.error(kind, message, details) end

--- Random bytes fit for keys, from the engine's generator (CTR_DRBG, seeded by
--- the system).
---@param size integer bytes, 0 to 65536
---@return string
function core.random(size) end

---@class luatls.hello
---@field server_name? string host name asked for (RFC 6066, 3), printable ASCII, as it came; compare it without case
---@field legacy_version string "TLS 1.2" also for clients of TLS 1.3
---@field supported_versions? string[] "TLS 1.3", "TLS 1.2", … (RFC 8446, 4.2.1)
---@field cipher_suites string[]
---@field groups? string[] "x25519", …
---@field signature_algorithms? string[] "ecdsa_secp256r1_sha256", …
---@field alpn? string[] protocols (RFC 7301); any bytes
---@field key_shares? string[] groups of the keys that came along
---@field extensions string[] names of all
---@field session_id_length integer bytes
---@field has_early_data boolean asks for 0-RTT
---@field has_pre_shared_key boolean offers a ticket or another pre-shared key
---@field ja4 string JA4 fingerprint, by FoxIO's published text: which program is this?

--- Read a ClientHello (RFC 8446, 4.1.2): a handshake message with its header of
--- 4 bytes, without record headers. Lists are in the client's order, with IANA's
--- names; numbers without a name here are "0x4469", and those of RFC 8701
--- "GREASE:0x1a1a". The list of an absent extension is absent. Lengths, empty
--- lists and repeated extensions are checked; extensions that are not listed
--- here are not looked into. Anybody can send anything: it is what a client says.
---@param bytes string
---@return luatls.hello? hello
---@return luatls.Error? err kind "parse"; `field` is what is wrong, `offset` its place in bytes from 0
function core.client_hello(bytes) end

--------------------------------------------------------------------- key ----

core.key = {}

--- Its private half is here, or elsewhere ("external"), or unknown ("public").
---@class luatls.key
local key = {}

---@class luatls.key.Options
---@field type? "ec"|"rsa" default "ec"
---@field curve? "secp256r1"|"secp384r1"|"secp521r1" default "secp256r1"
---@field bits? integer RSA modulus size, 2048 to 8192, default 2048

--- Make a new private key.
---@param options? luatls.key.Options
---@return luatls.key? key
---@return luatls.Error? err kind "internal", "memory"
function core.key.generate(options) end

--- Read a key, private or public, from PEM or DER.
---@param text string PEM or DER
---@param password? string for an encrypted PEM
---@return luatls.key? key
---@return luatls.Error? err kind "parse"; `reason` is "password" when it is wrong or missing
function core.key.parse(text, password) end

--- Read a key from a file, PEM or DER.
---@param path string
---@param password? string
---@return luatls.key? key
---@return luatls.Error? err kind "io", "parse"
function core.key.load(path, password) end

--- What an external key is to sign. ECDSA's curve is that of the key: in TLS 1.2
--- the name of `algorithm` means any.
---@class luatls.key.SigningRequest
---@field algorithm string IANA's SignatureScheme: "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", …
---@field hash "sha256"|"sha384"|"sha512" that made `digest`
---@field digest string the bytes to sign, 32 to 64 of them; they are not to be hashed again
---@field padding? "pkcs1"|"pss" of RSA: PKCS #1 v1.5 with DigestInfo; or RSA-PSS with MGF1 of the same hash and a salt as long as the digest
---@field key luatls.key itself: what :type(), :bits() and :public() tell of it
---@field role "client"|"server" of the connection
---@field version "TLS 1.2"|"TLS 1.3"

---@class luatls.key.ExternalOptions
---@field public luatls.key|luatls.certificate|luatls.chain_source the public half, or a certificate of it
--- Returns the signature: RSA's bytes, ECDSA's DER; or nil and why there is none.
--- It may yield.
---@field sign fun(request: luatls.key.SigningRequest): string?, any

--- A key that signs somewhere else: in an HSM, an agent, another process. What
--- `sign` returns is checked with the public half before it is sent. When it is
--- wrong, or `sign` raises or gives none, the handshake fails with the alert
--- internal_error and an error of kind "internal". docs/external-keys.md
---@param options luatls.key.ExternalOptions
---@return luatls.key? key
---@return luatls.Error? err kind "io", "parse"
function core.key.external(options) end

--- "rsa" or "ec".
---@return "rsa"|"ec"
function key:type() end

---@return integer bits size of the modulus or of the curve
function key:bits() end

---@return string? curve IANA name of the group, for "ec"
function key:curve() end

---@return boolean
function key:is_private() end

--- Is it one of `tls.key.external`?
---@return boolean
function key:is_external() end

--- The public half, as a key of its own.
---@return luatls.key
function key:public() end

--- The key as PEM: PKCS#1 or SEC1 when private, SubjectPublicKeyInfo when not.
---@return string
function key:pem() end

---@class luatls.csr.Options
---@field subject string "CN=www.example.org,O=Example"
---@field names? string[] DNS names and IP addresses for subjectAltName

--- A signing request (PKCS#10, RFC 2986) for this key, signed by it.
---@param options luatls.csr.Options
---@return luatls.csr? csr
---@return luatls.Error? err kind "config", "internal"
function key:csr(options) end

--------------------------------------------------------------------- csr ----

core.csr = {}

---@class luatls.csr
local csr = {}

--- Read a signing request from PEM or DER.
---@param text string
---@return luatls.csr? csr
---@return luatls.Error? err kind "parse"
function core.csr.parse(text) end

---@param path string
---@return luatls.csr? csr
---@return luatls.Error? err kind "io", "parse"
function core.csr.load(path) end

---@return string subject "CN=www.example.org, O=Example"
function csr:subject() end

---@return luatls.names
function csr:names() end

---@return luatls.key
function csr:public_key() end

---@return string
function csr:pem() end

---@return string
function csr:der() end

------------------------------------------------------------- certificate ----

core.certificate = {}

---@class luatls.certificate
local certificate = {}

--- General names (RFC 5280, 4.2.1.6), by kind; every list is present, in the
--- order of the certificate. Strings are what the certificate says, to the byte:
--- they may hold anything. The names of a request have the first four only.
---@class luatls.names
---@field dns string[]
---@field ip string[] "127.0.0.1", "::1"; in name constraints "10.0.0.0/8"
---@field email string[]
---@field uri string[]
---@field directory string[] distinguished names, "CN=a, O=b"
---@field registered_id string[] dotted OIDs
---@field other luatls.other_name[]
---@field x400 string[] DER, undecoded
---@field edi_party string[] DER, undecoded

---@class luatls.other_name
---@field oid string dotted
---@field value string DER

--- Read exactly one certificate, from PEM or DER.
---@param text string
---@return luatls.certificate? certificate
---@return luatls.Error? err kind "parse"; `field` is the field of RFC 5280, 4.1 that is wrong
function core.certificate.parse(text) end

---@param path string
---@return luatls.certificate? certificate
---@return luatls.Error? err kind "io", "parse"
function core.certificate.load(path) end

---@class luatls.certificate.Options
---@field csr? luatls.csr gives subject, names and public key
---@field subject? string when there is no csr, or instead of its subject; "": none
---@field names? string[] DNS names and IP addresses, instead of the csr's
---@field key? luatls.key when there is no csr: the key to certify; its public half is used
---@field issuer? luatls.certificate none: self-signed
---@field issuer_key? luatls.key default: `key`, for a self-signed certificate
---@field usage? "server"|"client"|"ca"|string[] default {"server"}
---@field path_length? integer of a CA; default: none
---@field days? number default 90
---@field not_before? integer Unix seconds; default: one hour ago
---@field not_after? integer Unix seconds; instead of `days`
---@field serial? string hex, 1 to 32 bytes (RFC 5280, 4.1.2.2 allows 20); default: 16 random bytes
---@field hash? "sha256"|"sha384"|"sha512" default "sha256"
---@field version? 1|3 default 3; 1 has no extensions but those given
---@field extensions? luatls.certificate.NewExtension[] written as given, after the usual ones

--- An extension to write; it replaces the one with the same OID that would be
--- written otherwise.
---@class luatls.certificate.NewExtension
---@field oid string dotted
---@field critical? boolean default false
---@field value string|false DER of extnValue's content; false: leave the extension out

--- What a certification authority does: sign a certificate (RFC 5280).
---@param options luatls.certificate.Options
---@return luatls.certificate? certificate
---@return luatls.Error? err kind "config", "internal"
function core.certificate.issue(options) end

--- The name of RFC 5280, 4.1.2.6, in the form of RFC 4514 but in the order of
--- the certificate: UTF-8, control characters as hex.
---@return string subject "CN=www.example.org, O=Example"; "": none
function certificate:subject() end

---@return string issuer as `subject`
function certificate:issuer() end

---@class luatls.attribute
---@field type string "CN", "O", …; the OID where it has no name
---@field oid string dotted
---@field value string UTF-8; "#" and DER in hex when it is no string
---@field rdn integer number of the relative name it belongs to, from 1

--- The attributes of the subject (RFC 5280, 4.1.2.4), in their order.
---@return luatls.attribute[]
function certificate:subject_attributes() end

---@return luatls.attribute[]
function certificate:issuer_attributes() end

---@return integer version 1 to 3 (RFC 5280, 4.1.2.1)
function certificate:version() end

---@return string serial lower-case hex
function certificate:serial() end

---@return integer seconds Unix time
function certificate:not_before() end

---@return integer seconds Unix time
function certificate:not_after() end

--- The subject alternative names (RFC 5280, 4.2.1.6); empty lists when there
--- are none.
---@return luatls.names?
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:names() end

--- The issuer alternative names (RFC 5280, 4.2.1.7).
---@return luatls.names? names nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:issuer_names() end

--- Names of RFC 5280, 4.2.1.3: "digitalSignature", "keyCertSign", …
---@return string[]? usages nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:key_usage() end

--- Names of RFC 5280, 4.2.1.12: "serverAuth", …; dotted OIDs where unknown.
---@return string[]? usages nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:extended_key_usage() end

---@class luatls.basic_constraints
---@field is_ca boolean
---@field path_length? integer certificates that may stand between it and the leaf

--- May it issue certificates (RFC 5280, 4.2.1.9)?
---@return luatls.basic_constraints? constraints nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:basic_constraints() end

---@class luatls.name_constraints
---@field permitted? luatls.names nil: no limit
---@field excluded? luatls.names

--- For which names it may issue certificates (RFC 5280, 4.2.1.10).
---@return luatls.name_constraints? constraints nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:name_constraints() end

---@class luatls.policy
---@field oid string dotted
---@field name? string "anyPolicy", "domainValidated", …, when known
---@field cps string[] URIs of certification practice statements
---@field notices string[] texts for people, UTF-8

--- The policies it was issued under (RFC 5280, 4.2.1.4).
---@return luatls.policy[]? policies nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:policies() end

---@class luatls.policy_mapping
---@field issuer string OID of the policy in the issuer's domain
---@field subject string OID of what it amounts to in the subject's

--- RFC 5280, 4.2.1.5.
---@return luatls.policy_mapping[]? mappings nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:policy_mappings() end

---@class luatls.policy_constraints
---@field require_explicit_policy? integer certificates until it must be so
---@field inhibit_policy_mapping? integer certificates until it must be so

--- RFC 5280, 4.2.1.11.
---@return luatls.policy_constraints? constraints nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:policy_constraints() end

--- After how many certificates anyPolicy means nothing (RFC 5280, 4.2.1.14).
---@return integer? certificates nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:inhibit_any_policy() end

---@class luatls.authority_info
---@field ocsp string[] URIs of OCSP responders
---@field ca_issuers string[] URIs of the issuer's certificate

--- Where the issuer can be asked (RFC 5280, 4.2.2.1). Nothing is fetched.
---@return luatls.authority_info? info nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:authority_info() end

---@class luatls.crl_distribution_point
---@field names? luatls.names where the list is; mostly `uri`
---@field relative_name? string DER of attributes to add to the issuer's name
---@field reasons? string[] "keyCompromise", …; nil: all
---@field issuer? luatls.names of the list; nil: the certificate's issuer

--- Where revocation lists are (RFC 5280, 4.2.1.13). Nothing is fetched.
---@return luatls.crl_distribution_point[]? points nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:crl_distribution_points() end

--- RFC 5280, 4.2.1.2.
---@return string? id lower-case hex; nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:subject_key_id() end

---@class luatls.authority_key_id
---@field key_id? string lower-case hex
---@field issuer? luatls.names of the issuer's own certificate
---@field serial? string of that certificate, lower-case hex

--- RFC 5280, 4.2.1.1.
---@return luatls.authority_key_id? id nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:authority_key_id() end

--- Signed certificate timestamps (RFC 6962, 3.3), each as its bytes.
---@return string[]? timestamps nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:sct_list() end

--- TLS extensions that a server with this certificate must support (RFC 7633):
--- "status_request", "status_request_v2"; the number in digits for others.
---@return string[]? features nil: the extension is absent
---@return luatls.Error? err kind "parse"; `field` names the extension
function certificate:tls_feature() end

--- Is it marked as an authority's (RFC 5280, 4.2.1.9)?
---@return boolean
function certificate:is_ca() end

---@param hash? "sha1"|"sha256"|"sha384"|"sha512" default "sha256"
---@return string fingerprint lower-case hex, over the DER form
function certificate:fingerprint(hash) end

---@return luatls.key
function certificate:public_key() end

---@class luatls.extension
---@field oid string dotted
---@field name? string of RFC 5280, when known
---@field critical boolean
---@field value string DER content of extnValue

--- All extensions (RFC 5280, 4.1.2.9), in their order.
---@return luatls.extension[]?
---@return luatls.Error? err kind "parse"
function certificate:extensions() end

---@return string name IANA-like: "ecdsa-with-SHA256", "sha256WithRSAEncryption"
function certificate:signature_algorithm() end

---@return string
function certificate:pem() end

---@return string
function certificate:der() end

------------------------------------------------------------------- chain ----

core.chain = {}

--- An immutable list of certificates: `#chain`, `chain[1]` (the leaf), `ipairs`.
---@class luatls.chain
---@field [integer] luatls.certificate
local chain = {}

--- Read one or more certificates, from PEM (several blocks) or one DER.
---@param text string
---@return luatls.chain? chain
---@return luatls.Error? err kind "parse"
function core.chain.parse(text) end

---@param path string
---@return luatls.chain? chain
---@return luatls.Error? err kind "io", "parse"
function core.chain.load(path) end

--- All certificates as PEM, in order.
---@return string
function chain:pem() end

--- Read the certificates of a file once for all Lua states of the process, as
--- long as one of them uses them and the file does not change. Those that
--- cannot be read are left out: this is for a system's list of roots.
---@param path string
---@return luatls.chain? chain
---@return luatls.Error? err kind "io", "parse": there is none
function core.chain.share(path) end

--- What must hold for a chain, in docs/verification.md rule by rule.
---@class luatls.verify.Profile
--- "web": RFC 5280 and what practice follows of the CA/Browser Forum's rules;
--- "rfc5280": to the letter; "strict": both, with what nobody enforces.
--- Default "web".
---@field profile? "web"|"rfc5280"|"strict"
---@field policies? string[] accepted certificate policies, dotted; default: any (RFC 5280, 6.1.1 (c))
---@field require_policy? boolean there must be an accepted policy (6.1.1 (e))
---@field inhibit_policy_mapping? boolean (6.1.1 (f))
---@field inhibit_any_policy? boolean anyPolicy does not count (6.1.1 (g))
---@field public_suffixes? string text of the public suffix list, for "strict"; `luatls` fills in the system's; without it only top-level domains are known
---@field insecure_common_name? boolean a certificate without alternative names may be for its common name (RFC 9525, 2 forbids it)

---@class luatls.chain.verify_options: luatls.verify.Profile
---@field trust luatls.chain_source anchors, of any kind; `luatls` fills in the system's roots
---@field intermediates? luatls.chain_source more that may stand on the path
---@field name? string host name or IP address the leaf must be for
---@field email? string mailbox the leaf must be for
---@field uri? string URI the leaf must be for
---@field usage? "server"|"client" default "server"
---@field time? integer Unix seconds; default: now

--- What is wrong with one certificate.
---@class luatls.Problem
---@field code string "expired", "untrusted", …: docs/verification.md has all
---@field depth integer 0: the leaf
---@field subject string
---@field text string

--- One certificate of the path that was judged.
---@class luatls.Link
---@field subject string
---@field issuer string
---@field depth integer 0: the leaf
---@field trusted boolean it is an anchor
---@field index? integer of the chain's certificate that it is; none: it is from `trust` or `intermediates`
---@field problems luatls.Problem[]

--- Leaf first.
---@alias luatls.path luatls.Link[]

--- Does a path lead from the leaf to a trusted root, for this name, usage and
--- time? The other certificates may stand in any order. An error has `problems`
--- (luatls.Problem[]) and `path` (the best one that there is).
---@param options luatls.chain.verify_options
---@return boolean? ok true
---@return luatls.path|luatls.Error result the path; or an error of kind "verify", or "parse", "io" for `trust`
function chain:verify(options) end

----------------------------------------------------------------- context ----

---@class luatls.context
local context = {}

---@class luatls.context.Options: luatls.verify.Profile
---@field role "client"|"server"
---@field trust? luatls.chain_source roots; a client must have it (`luatls` fills in the system's)
---@field certificate? luatls.chain_source own chain, leaf first; a server must have one, unless it has `hosts` or `on_client_hello`
---@field key? luatls.key_source of the leaf
---@field password? string for an encrypted key given as PEM or path
---@field certificates? luatls.Credential[] instead of the three: 1 to 8, of which the peer's algorithms choose
---@field client_auth? "none"|"optional"|"required" server only: must clients show a certificate? default "none"; others need `trust`
--- Server only: whose certificates clients are told to show; docs/client-certificates.md.
--- true: those of `trust`; a chain: of these; false: it is not said. Default:
--- those of `trust`, when their names have no more than 4096 bytes.
---@field client_ca_names? boolean|luatls.chain_source
--- Client only, instead of a certificate: called when a server asks for one. It
--- returns chain and key, or nothing for none. It may yield.
---@field on_certificate_request? fun(request: luatls.CertificateRequest): luatls.chain_source?, luatls.key_source?
---@field alpn? string[] protocols, preferred first (RFC 7301)
---@field transport? "stream"|"datagram" what its connections are over: TLS, or DTLS 1.2 (docs/dtls.md); default "stream". Datagrams go without TLS 1.3, `hosts` and `on_client_hello`
---@field mtu? integer datagrams only: bytes that one may have, 508 to 16384; default 1200
--- What can be negotiated: docs/negotiation.md. "modern" is TLS 1.3 only;
--- "default" has forward secrecy and AEAD only (RFC 9325, 4.2); "compatible"
--- adds CBC and finite-field DHE. A plain name follows the state of the art, one
--- with a date ("default-2026-11") never changes its meaning. Default "default".
---@field policy? "modern"|"default"|"compatible"|string
---@field min_version? "1.2"|"1.3" default "1.2", "1.3" with policy "modern"
---@field max_version? "1.2"|"1.3" default "1.3"
---@field cipher_suites? string[] instead of the policy's, preferred first; names of IANA or OpenSSL
---@field groups? string[] instead of the policy's, preferred first: "x25519", "secp256r1" or "P-256" …; in TLS 1.2 a certificate's curve must be among them too
---@field signature_algorithms? string[] for handshakes, instead of the policy's, preferred first: "ecdsa_secp256r1_sha256", "RSA-PSS+SHA256" …; who signs follows the peer's order
---@field prefer_client_order? boolean server only: of the suites in common the client's first one; default: the server's
---@field insecure_static_rsa? boolean with policy "compatible" or `cipher_suites`: allow the RSA key exchange, which has no forward secrecy
---@field record_size_limit? integer bytes, 64 to 16385: the largest record that peers are asked to send, once they have keys; larger ones are refused with record_overflow. In TLS 1.3 one of them is the record's type (RFC 8449). A peer that does not know the extension sends what it likes. Default 16385. See docs/records.md
---@field renegotiation? boolean peers may have another handshake in a TLS 1.2 connection, if they know RFC 5746, and so may this side: `conn:renegotiate()`. Default false: they are told no_renegotiation. See docs/key-update.md
---@field key_update_after? integer records sent or received under one key, 1 to 2^36, before it is renewed (RFC 8446, 5.5); default, and at most, what is safe for the cipher: 2^24 with AES-GCM, 2^22 with AES-CCM. TLS 1.2 cannot renew keys: there the connection ends when as many bytes were sent as so many records of 16 KB hold. See docs/key-update.md
---@field hosts? table<string, luatls.context> server only: who serves which server name (RFC 6066, 3); "*.example.org" is any one label. Other names, and clients that send none, get this context, or `unrecognized_name` when it has no certificate
--- Server only: which context serves this client? Runs before mbedTLS sees the
--- hello, as `conn:callback()`, and may yield. nil: by `hosts`, or this context;
--- nil and the name of an alert refuse the client.
---@field on_client_hello? fun(hello: luatls.hello): luatls.context?, string?
---@field psk? luatls.psk.client|table<string, string>|luatls.psk.find pre-shared key of a client; of a server, the keys by identity, or a function that finds them. Instead of certificates, unless the client sets `or_certificate`, or the server has a `certificate` and names `client_auth`. Nothing is resumed
---@field insecure_static_psk? boolean with `psk`: allow the key exchange that has nothing but the key and no forward secrecy: psk_ke in TLS 1.3 (RFC 8446, 4.2.9); in TLS 1.2 with policy "compatible" or `cipher_suites`
---@field keylog? fun(line: string) gets NSS key log lines
---@field on_verify? fun(chain: luatls.chain, name: string?): boolean?, string? a further check after verification succeeded; nil and a reason refuse
---@field tickets? boolean server only: give clients tickets to resume with; default true. One carries the client's certificates and the verdict on them; a chain of more than 4 KB gets none
---@field ticket_secret? string 32 random bytes, from which the keys of tickets come: servers that share it take each other's; default: its own
---@field replaces? luatls.context server only: the context before; its ticket secret is taken over when none is given, so that clients can resume; and what single_use_tickets remembers
---@field ticket_lifetime? integer seconds, at most 604800; default 86400; of entries in `session_cache` too
---@field session_cache? boolean|integer|luatls.SessionCache server only: where sessions of TLS 1.2 clients are kept that take no tickets; default 4096: so many, in the memory of the context; false: nowhere
---@field early_data? integer server only: bytes of early data that each ticket allows once (RFC 8446, 2.3), at most 65536; default: none
---@field single_use_tickets? boolean|integer server only: each ticket is taken once, by this process; a number: how many that were used are remembered, 1 to 16777216, default 65536. When there are more the oldest are forgotten, and what is as old is refused
---@field insecure_skip_verify? boolean accept any certificate
---@field insecure_skip_name? boolean accept a trusted certificate for any name

--- A pre-shared key of a client (RFC 4279; RFC 8446, 2.2).
---@class luatls.psk.client
---@field identity string 1 to 128 bytes; everybody on the way can read it
---@field key string 16 to 64 random bytes (48 with a foreign mbedTLS); never a password: whoever sees one handshake could try them all
---@field or_certificate? boolean take a server's certificate too, verified as ever; default false

--- Finds the key of an identity, which may be any bytes, at once: it cannot
--- yield. Nil: the identity is unknown. Called at most eight times in a handshake.
---@alias luatls.psk.find fun(identity: string): string?
---@class luatls.Credential
---@field certificate luatls.chain_source leaf first
---@field key luatls.key_source of the leaf
---@field password? string

--- What a server wants of its client's certificate (RFC 8446, 4.3.2).
---@class luatls.CertificateRequest
---@field authorities luatls.AuthorityName[] who should have issued it or one above it; empty: anybody
---@field signature_algorithms string[] what the client may sign with: "ecdsa_secp256r1_sha256", …
---@field certificate_types? string[] TLS 1.2: "rsa_sign", "ecdsa_sign", or a number
---@field version "TLS 1.2"|"TLS 1.3"
---@field name? string who the server had to be

---@class luatls.AuthorityName
---@field name? string "CN=Example Root, O=Example", as `certificate:subject` gives it; nil: it cannot be read
---@field der string

--- A cache of TLS 1.2 sessions that several processes share, for instance. What
--- it keeps is encrypted under `ticket_secret`, which they must share too. The
--- functions cannot yield. When one raises, the handshake is a full one, and
--- `conn:info().session_cache_error` and `ctx:statistics().cache.errors` tell.
---@class luatls.SessionCache
---@field get fun(id: string): string? what was kept under an id of 2 to 64 hexadecimal digits
---@field set fun(id: string, bytes: string, lifetime: integer) keep it for so many seconds
---@field remove? fun(id: string) it is of no use any more

--- What the connections of one role share; it never changes.
---@param options luatls.context.Options
---@return luatls.context? context
---@return luatls.Error? err kind "config", "io", "parse"
function core.context(options) end

---@class luatls.connection.Options
---@field name? string host name or IP address of the peer; a client must have it, unless the context skips names or takes no certificates
---@field sni? string sent as server name instead of `name`; never an IP address (RFC 6066, 3)
---@field session? luatls.session to be resumed; ignored when it has expired, is for another name or server name, or its context demanded something else; and when `on_verify` does not accept its chain again
---@field early_data? string client only: sent with the first message, if the session allows so much; see `conn:info()`
---@field peer? string server of datagrams only, who must have it: the client's address, "192.0.2.7:50123" for instance. Its cookies are good for that alone (RFC 6347, 4.2.1)
---@field fd? integer descriptor transport, non-blocking socket; default: memory transport

--- A new connection, of the context's role.
---@param options? luatls.connection.Options
---@return luatls.connection
function context:connection(options) end

---@return "client"|"server"
function context:role() end

---@return "stream"|"datagram"
function context:transport() end

--- What became of the tickets that came, and how many were given.
---@class luatls.TicketStatistics
---@field issued integer
---@field too_large integer not given: the client's chain does not fit
---@field taken integer
---@field unknown integer refused: of another key or context, or no tickets at all
---@field expired integer refused: too old
---@field replayed integer refused: used before, or perhaps (`single_use_tickets`)
---@field other_name integer refused: for another server name (RFC 6066, 3)
---@field unbound integer refused: the extended master secret only once (RFC 7627, 5.3)
---@field other_peer integer refused: the client's certificates have expired, or `on_verify` does not accept them any more

--- What became of session ids that clients of TLS 1.2 sent.
---@class luatls.CacheStatistics
---@field hits integer
---@field misses integer nothing there, or nothing of use
---@field stored integer
---@field dropped integer entries that were of no use
---@field errors integer raised by the functions of `session_cache`

---@class luatls.Statistics
---@field handshakes integer completed
---@field resumed integer of them
---@field resumed_by_ticket integer
---@field resumed_by_id integer
---@field tickets luatls.TicketStatistics of a server
---@field cache luatls.CacheStatistics of a server

--- What the connections of this context did so far.
---@return luatls.Statistics
function context:statistics() end

----------------------------------------------------------------- session ----

core.session = {}

--- A session that a client may resume (RFC 5077; RFC 8446, 2.2): only for the
--- same name, by contexts with the same demands. It holds secrets.
---@class luatls.session
local session = {}

---@return string? name who the peer is
function session:name() end

--- The certificates that the peer sent when the session was made.
---@return luatls.chain?
function session:peer_chain() end

---@return "TLS 1.2"|"TLS 1.3"
function session:version() end

--- When it is of no more use: its ticket has expired, or the peer's certificates
--- have. It is not offered then.
---@return integer time Unix seconds
function session:expiry() end

--- The session as bytes, for `session.load` in another process or later. Without
--- a key they are a secret: whoever reads them can read and forge what is said on
--- connections that resume it.
---@param key? string 32 random bytes: encrypt under them (AES-256-GCM)
---@return string bytes
function session:save(key) end

--- The session that was saved as `bytes`, which may come from anywhere.
---@param bytes string
---@param key? string that it was saved with
---@return luatls.session? session
---@return luatls.Error? err kind "parse": no session, damaged, of another key, or of another build of mbedTLS
function core.session.load(bytes, key) end

-------------------------------------------------------------- connection ----

---@class luatls.connection
local connection = {}

--- Memory transport: bytes that came from the peer. Takes fewer than given when
--- too much lies unread already (256 KB). Over datagrams: one that came; 0 when
--- there is no room for it, and then it is lost as on any other way.
---@param bytes string
---@param first? integer index of the first byte to take, default 1
---@return integer taken
function connection:feed(bytes, first) end

--- Memory transport: the peer's end of stream was reached.
function connection:feed_end() end

--- Memory transport: bytes for the peer; "" when there are none. Over datagrams:
--- the next one, to be sent as it is.
---@param max? integer default: all; not for datagrams
---@return string bytes
function connection:drain(max) end

--- Do the whole handshake, as far as bytes go.
---@return boolean? done true; false: not yet
---@return luatls.want|luatls.Error? why kind "alert", "verify", "protocol", "truncated", "timeout", "io", "memory", "closed"
function connection:handshake() end

--- Do one step of the handshake: one message, or what takes its place.
---@return boolean? done true when the handshake is complete; false without a want: call again
---@return luatls.want|luatls.Error? why
function connection:step() end

--- Run the function that the handshake asks (`on_client_hello`, …), after an
--- operation returned `false, "callback"`. It may yield; meanwhile nothing but
--- `close` may use the connection. When it raises, or returns what is not asked
--- for, the handshake fails with an alert, and says so at its next call.
function connection:callback() end

--- How far a handshake has come: the message that is sent or comes next, by its
--- name in RFC 5246 and RFC 8446, with the side that sends it where both send such
--- a one. Optional messages have their turn also when they are not sent.
---
--- TLS 1.2: start, client_hello, server_hello, server_certificate,
--- server_key_exchange, certificate_request, server_hello_done, client_certificate,
--- client_key_exchange, client_certificate_verify, client_change_cipher_spec,
--- client_finished, new_session_ticket, server_change_cipher_spec, server_finished,
--- connected. A session is resumed from server_hello on with new_session_ticket,
--- server_change_cipher_spec, server_finished, client_change_cipher_spec,
--- client_finished. In DTLS a hello_verify_request may come between two hellos.
---
--- TLS 1.3: start, client_hello, server_hello (a server that asks for another
--- ClientHello: hello_retry_request), encrypted_extensions, certificate_request,
--- server_certificate, server_certificate_verify, server_finished,
--- end_of_early_data, client_certificate, client_certificate_verify,
--- client_finished, new_session_ticket (a server's), connected. With a pre-shared
--- key or a session there is no server_certificate. The change_cipher_spec of either
--- side, which means nothing (RFC 8446, D.4), has its turn where it is sent.
---@alias luatls.state "start"|"client_hello"|"server_hello"|"hello_verify_request"|"hello_retry_request"|"encrypted_extensions"|"certificate_request"|"server_certificate"|"server_certificate_verify"|"server_key_exchange"|"server_hello_done"|"server_change_cipher_spec"|"server_finished"|"end_of_early_data"|"client_certificate"|"client_key_exchange"|"client_certificate_verify"|"client_change_cipher_spec"|"client_finished"|"new_session_ticket"|"connected"|"closed"

--- The step of the handshake that comes next, "connected", or "closed" after
--- `close`. An error's `step` is the one that failed.
---@return luatls.state
function connection:state() end

--- Up to `size` bytes of plaintext, as soon as there are any. Completes the
--- handshake first when it is not complete.
---@param size? integer bytes, default 16384
---@return string|false|nil data false: not yet
---@return luatls.want|luatls.Error? why kind "closed" (close_notify), "truncated", "alert", "protocol", "io"
function connection:read(size) end

--- Early data (RFC 8446, 2.3), on servers: up to `size` bytes, as soon as there are
--- any. Anybody who saw it may have sent it again. It comes before all other data:
--- `read` raises until this has returned "". It may be answered at once.
---@param size? integer bytes, default 16384
---@return string|false|nil data "": there is none, or no more; false: not yet
---@return luatls.want|luatls.Error? why kinds as for `read`
function connection:read_early(size) end

--- Datagrams only: how long the peer has to answer. When so much time has passed
--- and nothing came, call `handshake` (or `read`) all the same: it sends again
--- what may have been lost (RFC 6347, 4.2.4), after 1 s at first, then after twice
--- as long each time. After two minutes the handshake fails, of kind "timeout".
---@return number? seconds from now; nil: it waits for nothing, or only for data
function connection:deadline() end

--- Datagrams only: how much one `write` can send. It may become less, as longer
--- datagrams got lost in the handshake.
---@return integer? bytes nil: not over datagrams, or the handshake is not done
function connection:max_message() end

--- Decrypted bytes that `read` would give without waiting.
---@return integer
function connection:pending() end

--- Encrypt and send. After `false, "write"` (or "read") the rest is kept: call
--- again with no argument. Over datagrams each call is one message, which comes
--- whole or not at all; one that does not fit is refused (kind "config", and the
--- connection goes on).
---@param ... string
---@return integer|false|nil accepted bytes of the whole call, when all went
---@return luatls.want|luatls.Error? why
function connection:write(...) end

--- Send close_notify (RFC 8446, 6.1), after what is left of a write; reading goes
--- on. After `false, "write"` call again: the alert is made once. In the middle
--- of a handshake it sends nothing. docs/closing.md
---@return boolean? done
---@return luatls.want|luatls.Error? why kind "io", "alert", "closed" (by `close`)
function connection:shutdown() end

--- Renew the keys that this side sends with (RFC 8446, 4.6.3). Data that was
--- written before goes out under the old ones, also what still waits: nothing is
--- lost or changes its place. The connection does it by itself in good time: see
--- option `key_update_after`.
---@param request_peer? boolean have the peer renew its keys too, before it sends more
---@return boolean? done
---@return luatls.want|luatls.Error? why kind "config": TLS 1.2, or a foreign mbedTLS, cannot; the connection goes on
function connection:update_keys(request_peer) end

--- Have another handshake in this connection (TLS 1.2, with option `renegotiation`
--- and a peer that knows RFC 5746). A client is done when the handshake is; while
--- it says `false, "read"`, read: data of the server may come first. A server is
--- done when it has asked (HelloRequest); the client need not answer: see
--- `info().renegotiations`. docs/key-update.md
---@return boolean? done
---@return luatls.want|luatls.Error? why kind "config": there can be none, and the connection goes on; "alert": the server refuses
function connection:renegotiate() end

--- End it: no more bytes either way, keys are wiped. Never waits, never sends, and
--- may be called at any time, also while `callback` runs; functions that cannot
--- yield (`on_verify`, `psk`, those of `session_cache`) must not.
function connection:close() end

---@class luatls.info
---@field role "client"|"server"
---@field version? string "TLS 1.3", "DTLS 1.2"
---@field cipher_suite? string IANA name, "TLS_AES_256_GCM_SHA384"
---@field key_exchange? string "ECDHE", "DHE", "RSA", "PSK"
---@field authentication? string of the server: "ECDSA", "RSA", "PSK"
---@field encryption? string "AES_128_GCM", "CHACHA20_POLY1305", …
---@field hash? string of the key derivation, or of the records' MAC where encryption has none of its own: "SHA256", …
---@field group? string IANA name, "x25519"; none for finite-field DHE in TLS 1.2, and without key exchange
---@field signature_algorithm? string the server signed the handshake with: "ecdsa_secp256r1_sha256"; TLS 1.2 means any curve by that; none when a session was resumed, or with TLS 1.3 of a foreign mbedTLS
---@field psk_identity? string of the pre-shared key that was used; nil: none was, the peer is who its certificate says
---@field forward_secrecy? boolean no secret that is kept, such as the server's key, can tell the keys of this connection
---@field peer? string of a server of datagrams: option `peer`
---@field reachable? boolean of a server of datagrams: the client has shown, by a cookie, that it receives what is sent to that address
---@field peer_record_size_limit? integer bytes of the largest record that the peer asks for (RFC 8449); absent: it does not say
---@field round_trips? integer how often this side waited for the other in the handshake
---@field alpn? string chosen protocol
---@field name? string who the peer had to be
---@field server_name? string name indication that was sent or received
---@field client_certificate? "not_requested"|"none"|"sent" what became of it; nil when a session was resumed
---@field verified boolean the peer's chain, and for a client its name, were checked and good; false with a pre-shared key
---@field early_data? "accepted"|"rejected"|"not sent" nil: this side did not ask for it; "rejected" and "not sent": the server's program sees nothing of it
---@field resumed? boolean a session was resumed; nil before the handshake is done
---@field session_cache_error? any what a function of `session_cache` raised last
---@field insecure? string[] which insecure_… options were in force
---@field handshake_done boolean
---@field bytes_in integer on the wire
---@field bytes_out integer on the wire
---@field records_in integer TLS records (RFC 8446, 5.1), handshake and alerts included
---@field records_out integer
---@field renegotiations integer how many handshakes there were in this connection after the first
---@field key_updates_in integer how often the peer has renewed its keys
---@field key_updates_out integer how often we have
---@field handshake_seconds? number of a stream

---@return luatls.info
function connection:info() end

--- The certificates that the peer sent; nil when it sent none.
---@return luatls.chain?
function connection:peer_chain() end

--- A secret for another protocol, that both sides and nobody else can compute:
--- exported keying material (RFC 5705; RFC 8446, 7.5). Raises before the
--- handshake is done, and for the labels that TLS uses itself. Refused where it
--- would not be this connection's alone: in TLS 1.2 without the extended master
--- secret (RFC 7627, 5.4); and where mbedTLS would compute it wrongly: in TLS 1.2 with a suite whose MAC is HMAC-SHA1.
---@param label string 1 to 249 bytes, registered with IANA or starting "EXPERIMENTAL"
---@param length integer bytes, 1 to 8160
---@param context? string up to 65535 bytes; in TLS 1.2 "" differs from none
---@return string? secret
---@return luatls.Error? err kind "config", "closed", or what ended the connection
function connection:export(label, length, context) end

--- What names this connection to a protocol above, SCRAM for example, so that
--- nobody can pass its messages on to another connection. "tls-exporter" (RFC
--- 9266) is for both versions; "tls-unique" (RFC 5929, 3) for a full handshake of
--- TLS 1.2 only; "tls-server-end-point" (RFC 5929, 4) is the server
--- certificate's hash, and the same on all connections to it. Raises before the
--- handshake is done.
---@param type "tls-exporter"|"tls-server-end-point"|"tls-unique"
---@return string? binding
---@return luatls.Error? err kind "config", "closed", or what ended the connection
function connection:channel_binding(type) end

--- What a client needs to resume the connection later; in TLS 1.3 once the
--- server's ticket was read. Each session is given out once.
---@return luatls.session? session nil: there is none (yet), or this is a server
function connection:session() end

return core
