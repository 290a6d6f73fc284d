--- The programs that the pages of the manual show.

local pki = require("spec.support.pki")
local process = require("spec.support.process")

local manual = {}

--- The Lua blocks of a page, in their order.
---@param path string
---@return string[]
function manual.programs(path)
  local file <close> = assert(io.open(path, "rb"))
  local list = {}
  for program in file:read("a"):gmatch("\n```lua\n(.-)```") do
    list[#list + 1] = program
  end
  return list
end

--- A folder with the files that the programs name: of a server for localhost, and
--- who issued it.
---@param type? string of the server's key, as for `pki.server`
---@return string
function manual.folder(type)
  local server = pki.server(type)
  pki.file(server.chain:pem(), "fullchain.pem")
  pki.file(server.key:pem(), "privkey.pem")
  pki.file(pki.root().chain:pem(), "ca.pem")
  return pki.folder()
end

--- Run one, at a port that nobody has in place of 8443.
---@param program string
---@param port? integer
---@param folder? string whose files it names
---@return spec.Process
function manual.start(program, port, folder)
  if port then program = program:gsub("8443", tostring(port)) end
  return process.start("lua5.4", { pki.file(program) }, { cwd = folder })
end

return manual
