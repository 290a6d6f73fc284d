--- Iterates over a table in the order of its keys, so that every run of the
--- specs makes the same cases in the same order.

local function sorted(all)
  local keys, i = {}, 0
  for key in pairs(all) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return function()
    i = i + 1
    return keys[i], all[keys[i]]
  end
end

return sorted
