--- What goes wrong between the two ends, as error objects: the sentences name
--- the message that was under way and whose it was. Problems of the HTTP
--- machine are plain tables; nobody outside this folder sees one.

local errors = require("luatls.error")
local words = require("luatls.io.words")

local failure = {}

--- What was being done when it failed.
---@alias luatls.https.phase "send"|"head"|"body"

--- Whose message is under way, for sentences.
---@class luatls.https.Side
---@field role luatls.http.side our own
---@field host string the other end: a host name, or "127.0.0.1:40312"
---@field port? integer
---@field timeout? number seconds, when one limit holds for everything

-- By role and phase: what we do, and with whose message.
local DOING <const> = {
  client = {
    send = "sending the request to",
    head = "waiting for the response of",
    body = "reading the response of",
  },
  server = {
    send = "sending the response to",
    head = "waiting for the request of",
    body = "reading the request body of",
  },
}

local MESSAGE <const> =
  { client = "the response of", server = "the request of" }

local FAULTS <const> = {
  protocol = "breaks the rules of HTTP",
  too_large = "is too large",
  truncated = "was cut off",
}

local function details_of(side, phase)
  return { phase = phase, host = side.host, port = side.port }
end

--- What the HTTP machine complained about. `status` is what a server answers.
---@param problem luatls.http.Problem
---@param side luatls.https.Side
---@param phase luatls.https.phase
---@return luatls.Error err kind "protocol", "too_large", "truncated"; "config"
--- or "parse" when the fault is this side's own
function failure.of_problem(problem, side, phase)
  local details = details_of(side, phase)
  if problem.side == "local" then
    local kind = problem.kind == "parse" and "parse" or "config"
    return errors.new(kind, problem.message, details)
  end
  local form = "%s %s %s: %s"
  local whose, fault = MESSAGE[side.role], FAULTS[problem.kind]
  local message = form:format(whose, side.host, fault, problem.message)
  if side.role == "server" then details.status = problem.status end
  if problem.kind == "too_large" and phase == "body" then
    details.hint = "allow more with max_body, or read it in pieces"
  end
  return errors.new(problem.kind, message, details)
end

-- The bytes ended without a close_notify where only that tells the end.
local function cut_off(side, phase)
  local form = "%s %s was cut off: the connection ended without a goodbye"
  local message = form:format(MESSAGE[side.role], side.host)
  return errors.new("truncated", message, details_of(side, phase))
end

local function timed_out(side, phase)
  local after = side.timeout and " after " .. words.seconds(side.timeout) or ""
  local doing = DOING[side.role][phase]
  local message = ("timed out%s %s %s"):format(after, doing, side.host)
  local details = details_of(side, phase)
  details.retryable = true
  if side.role == "server" then details.status = 408 end
  return errors.new("timeout", message, details)
end

--- What the stream failed with.
---@param err luatls.Error
---@param side luatls.https.Side
---@param phase luatls.https.phase
---@return luatls.Error err of the same kind
function failure.of_stream(err, side, phase)
  if err.kind == "timeout" then return timed_out(side, phase) end
  if err.kind == "truncated" then return cut_off(side, phase) end
  if err.kind == "io" then
    local doing = DOING[side.role][phase]
    local message = ("%s %s failed: %s"):format(doing, side.host, err.message)
    local details = details_of(side, phase)
    details.symbol = err.symbol
    return errors.new("io", message, details)
  end
  return errors.annotate(err, details_of(side, phase))
end

return failure
