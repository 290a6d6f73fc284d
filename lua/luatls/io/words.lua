--- Words for people: what an operating system's error name says, and how an
--- endpoint is written.

local words = {}

-- luv gives the callback the bare name, without a text.
local REASONS <const> = {
  EACCES = "permission denied",
  EADDRINUSE = "the address is already in use",
  EADDRNOTAVAIL = "the address is not one of this machine",
  EAFNOSUPPORT = "addresses of this family are not supported",
  EAI_AGAIN = "the name service gives no answer at present",
  EAI_FAIL = "the name service failed",
  EAI_NODATA = "the name has no address",
  EAI_NONAME = "the name is not known",
  ECONNABORTED = "the connection was aborted",
  ECONNREFUSED = "connection refused",
  ECONNRESET = "connection reset by peer",
  EHOSTUNREACH = "no route to the host",
  EMFILE = "too many open files in this process",
  ENETDOWN = "the network is down",
  ENETUNREACH = "the network is unreachable",
  ENFILE = "too many open files on this machine",
  ENOBUFS = "no buffer space left",
  EPERM = "the operation is not permitted",
  EPIPE = "the peer has closed the connection",
  ETIMEDOUT = "the peer does not answer",
}

--- A sentence part for an error of the system.
---@param name string "ECONNREFUSED", or "ECONNREFUSED: connection refused"
---@return string
function words.reason(name)
  local symbol, text = name:match("^(E[%u%d_]+):?%s*(.*)$")
  if not symbol then return name:lower() end
  return REASONS[symbol] or (text ~= "" and text or symbol)
end

--- "host:port", with brackets round an IPv6 address (RFC 3986, 3.2.2).
---@param host string
---@param port integer
---@return string
function words.endpoint(host, port)
  local form = host:find(":", 1, true) and "[%s]:%d" or "%s:%d"
  return form:format(host, port)
end

--- Seconds as people say them: "10 s", "0.5 s".
---@param seconds number
---@return string
function words.seconds(seconds)
  return ("%.4g s"):format(seconds)
end

return words
