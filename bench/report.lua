--- Figures to Markdown: medians, ratios, columns.

local report = {}

---@param numbers number[] left as it is
---@return number
function report.median(numbers)
  local sorted = table.move(numbers, 1, #numbers, 1, {})
  table.sort(sorted)
  local low, high = (#sorted + 1) // 2, #sorted // 2 + 1
  return (sorted[low] + sorted[high]) / 2
end

--- The median of the ratios round by round: what disturbed one round disturbed
--- both contenders of it.
---@param numbers number[]
---@param others number[]
---@return number
function report.ratio(numbers, others)
  local ratios = {}
  for i, number in ipairs(numbers) do
    ratios[i] = number / others[i]
  end
  return report.median(ratios)
end

local function group_digits(number)
  local digits = ("%.0f"):format(number)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

---@class bench.Row
---@field title string
---@field setting string
---@field figures table<string, number[]> by contender: "luatls", "c", "luasec"

local function line(row)
  local own, c, luasec = row.figures.luatls, row.figures.c, row.figures.luasec
  return ("| %s | %s | %s | %s | %.2f | %s | %.2f |"):format(
    row.title,
    row.setting,
    group_digits(report.median(own)),
    group_digits(report.median(c)),
    report.ratio(own, c),
    group_digits(report.median(luasec)),
    report.ratio(own, luasec)
  )
end

---@param rows bench.Row[]
---@return string markdown
function report.markdown(rows)
  local lines = {
    "| | setting | luatls | plain C | luatls / C | LuaSec | luatls / LuaSec |",
    "|---|---|--:|--:|--:|--:|--:|",
  }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = line(row)
  end
  return table.concat(lines, "\n")
end

return report
