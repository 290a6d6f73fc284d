--- What the cases of a file are collected in.

local collection = {}

--- An empty list, and what adds a case to it.
---@return table cases
---@return fun(title: string, broken: any, parts: table) add
function collection.new()
  local cases = {}
  return cases,
    function(title, broken, parts)
      local case = { title, broken = broken }
      for name, value in pairs(parts) do
        case[name] = value
      end
      cases[#cases + 1] = case
    end
end

return collection
