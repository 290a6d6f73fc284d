--- Where inputs that fuzzing starts from are kept.

local clock = require("fuzz.clock")
local random = require("fuzz.random")

local corpus = {}

---@param target string
---@param name string
---@param text string
function corpus.save(target, name, text)
  local folder = "fuzz/corpus/" .. target
  assert(os.execute("mkdir -p " .. folder))
  local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
  file:write(text)
end

--- An input that must make sense to its target: no failure, to its end.
---@param play fun(input: string): luatls.Error?
---@param target string
---@param name string
---@param input string
function corpus.save_sound(play, target, name, input)
  random.rewind()
  clock.rewind()
  local err = play(input)
  if err then error(("%s %s: %s"):format(target, name, err)) end
  corpus.save(target, name, input)
end

return corpus
