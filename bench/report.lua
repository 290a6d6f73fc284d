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

--- What luatls reaches of plain C, per turn, when the time that the loop in Lua
--- takes by itself is no part of it.
---@param figures table<string, number[]> rates by contender
---@return number ratio
function report.binding(figures)
  local rates = {}
  for i, rate in ipairs(figures.luatls) do
    local loop = figures.loop[i]
    rates[i] = loop and 1 / (1 / rate - 1 / loop) or rate
  end
  return report.ratio(rates, figures.c)
end

local function group_digits(number)
  local digits = ("%.0f"):format(number)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

---@class bench.Row
---@field title string
---@field setting string
---@field figures table<string, number[]> by contender: "luatls", "c", "luasec";
--- "loop" may be empty
---@field scale number of the figures as they are printed

local function line(row)
  local own, c, luasec = row.figures.luatls, row.figures.c, row.figures.luasec
  local function median(numbers)
    return group_digits(report.median(numbers) * row.scale)
  end
  return ("| %s | %s | %s | %s | %.2f | %s | %s | %.2f |"):format(
    row.title,
    row.setting,
    median(own),
    median(c),
    report.ratio(own, c),
    row.figures.loop[1] and ("%.2f"):format(report.binding(row.figures)) or "",
    median(luasec),
    report.ratio(own, luasec)
  )
end

---@param rows bench.Row[]
---@return string markdown
function report.markdown(rows)
  local lines = {
    "| | setting | luatls | plain C | luatls / C | without the loop | LuaSec "
      .. "| luatls / LuaSec |",
    "|---|---|--:|--:|--:|--:|--:|--:|",
  }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = line(row)
  end
  return table.concat(lines, "\n")
end

return report
