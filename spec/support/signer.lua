--- External keys for the specs: `openssl pkeyutl` signs what the engine asks.

local core = require("luatls.core")
local pki = require("spec.support.pki")

local signer = {}

local function padding(request)
  if request.padding ~= "pss" then return "" end
  local form =
    " -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest -pkeyopt rsa_mgf1_md:%s"
  return form:format(request.hash)
end

--- Sign what a request asks for.
---@param identity spec.Identity whose key signs
---@param request luatls.key.SigningRequest
---@return string signature
function signer.sign(identity, request)
  local form = "openssl pkeyutl -sign -inkey %s -in %s -pkeyopt digest:%s%s"
  local digest = pki.file(request.digest)
  local command = form:format(identity:key_path(), digest, request.hash, padding(request))
  local pipe <close> = assert(io.popen(command, "r"))
  return pipe:read("a")
end

--- The external key of an identity. `sign` gets the request and the right
--- signature, and returns what the key's function returns; none: the signature.
---@param identity spec.Identity
---@param sign? fun(request: luatls.key.SigningRequest, right: string): any, any
---@return luatls.key
function signer.key(identity, sign)
  return assert(core.key.external({
    public = identity.certificate,
    sign = function(request)
      local right = signer.sign(identity, request)
      if not sign then return right end
      return sign(request, right)
    end,
  }))
end

return signer
