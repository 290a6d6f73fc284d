--- Ways to break a rule in one message of a handshake, and the alert that must come
--- of it: what rule_spec is written in.

local grammar = require("spec.support.grammar")
local scenes = require("spec.support.scenes")

local breach = {}

---@alias spec.Change fun(message: spec.Message, version: string): string

--- Other bytes at a place of the message.
---@param place integer
---@param bytes string
---@return spec.Change
function breach.at(place, bytes)
  return function(message)
    return message.bytes:sub(1, place - 1) .. bytes .. message.bytes:sub(place + #bytes)
  end
end

--- Other contents behind a length.
---@param name string of the length, as in `grammar`
---@param content string|fun(old: string): string
---@return spec.Change
function breach.inside(name, content)
  return function(message, version)
    return grammar.change(version, message, name, function(old)
      return type(content) == "function" and content(old) or content
    end)
  end
end

--- One more extension, the last.
---@param type integer
---@param body string
---@return spec.Change
function breach.with(type, body)
  return breach.inside("extensions", function(old)
    return old .. (">I2s2"):pack(type, body)
  end)
end

--- One extension less.
---@param type integer
---@return spec.Change
function breach.without(type)
  return breach.inside("extensions", function(old)
    local kept, place = {}, 1
    while place <= #old do
      local kind, _, behind = (">I2s2"):unpack(old, place)
      if kind ~= type then kept[#kept + 1] = old:sub(place, behind - 1) end
      place = behind
    end
    return table.concat(kept)
  end)
end

local function find(scene, from, name, which)
  local seen = 0
  for _, message in ipairs(scene:messages("all of them")) do
    if message.from == from and message.name == name then
      seen = seen + 1
      if seen == which then return message end
    end
  end
  error(("%s has no such %s"):format(scene.name, name))
end

--- Gives name and body of a spec.
---@alias spec.Rule fun(clause: string, what: string, change: spec.Change, alert: string): ...

--- What states rules for a message.
---@param kind string of the scene, behind "TLS 1.3, "
---@param version "1.2"|"1.3"
---@param from "client"|"server"
---@param name string
---@param which? integer the second of that name: 2
---@return spec.Rule
function breach.rules(kind, version, from, name, which)
  local scene
  for _, candidate in ipairs(scenes.all()) do
    if candidate.name == ("TLS %s, %s"):format(version, kind) then scene = candidate end
  end
  return function(clause, what, change, alert)
    return ("%s: %s: %s"):format(clause, what, alert),
      function()
        local play = scene:play(find(scene, from, name, which or 1), function(_, same)
          return { change(same, version) }
        end)
        scenes.refused(play, alert, what)
      end
  end
end

return breach
