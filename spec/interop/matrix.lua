--- The table: what there is to check, what came of it, and how it is printed.
--- A cell that no spec has passed says so.

local matrix = {}

---@alias spec.interop.Feature "handshake"|"resumption"|"ALPN"|"client certificate"

local VERSIONS <const> = { "1.2", "1.3" }
local KINDS <const> = { "RSA", "RSA-PSS", "P-256", "P-384" }
local ROLES <const> = { "client", "server" }
local FEATURES <const> = { "handshake", "resumption", "ALPN", "client certificate" }

-- What heads the columns: who connects to whom, and what for.
local ARROWS <const> = { client = "->", server = "<-" }
local WORDS <const> = { ["resumption"] = "resumed", ["client certificate"] = "mutual" }

---@class spec.interop.Cell
---@field peer string
---@field version "1.2"|"1.3"
---@field kind "RSA"|"RSA-PSS"|"P-256"|"P-384"
---@field role "client"|"server" ours
---@field feature spec.interop.Feature
---@field state "failed"|"ok"|"-"
---@field note? integer of `reasons`

local cells, reasons = {}, {}

local function add(peer, version, kind)
  local row = { peer, version, kind }
  for _, role in ipairs(ROLES) do
    for _, feature in ipairs(FEATURES) do
      local cell = { peer = peer, version = version, kind = kind, role = role, feature = feature }
      cell.state = "failed"
      table.insert(row, cell)
    end
  end
  table.insert(cells, row)
end

--- The cells of a peer, row by row; all have failed until they pass.
---@param peer string
---@return spec.interop.Cell[]
function matrix.cells_of(peer)
  local first, all = #cells + 1, {}
  for _, version in ipairs(VERSIONS) do
    for _, kind in ipairs(KINDS) do
      add(peer, version, kind)
    end
  end
  for index = first, #cells do
    table.move(cells[index], 4, #cells[index], #all + 1, all)
  end
  return all
end

local function note_of(reason)
  for number, known in ipairs(reasons) do
    if known == reason then return number end
  end
  table.insert(reasons, reason)
  return #reasons
end

--- Leave a cell out, because the peer cannot do it.
---@param cell spec.interop.Cell
---@param reason string a sentence
function matrix.leave_out(cell, reason)
  cell.state, cell.note = "-", note_of(reason)
end

---@param cell spec.interop.Cell
function matrix.pass(cell)
  cell.state = "ok"
end

-- Text -----------------------------------------------------------------------

local function header()
  local words = { "peer", "TLS", "certificates" }
  for _, role in ipairs(ROLES) do
    for _, feature in ipairs(FEATURES) do
      table.insert(words, ARROWS[role] .. " " .. (WORDS[feature] or feature))
    end
  end
  return words
end

local function words_of(row)
  local words = {}
  for column, field in ipairs(row) do
    if type(field) == "string" then
      words[column] = field
    elseif field.note then
      words[column] = ("%s (%d)"):format(field.state, field.note)
    else
      words[column] = field.state
    end
  end
  return words
end

local function widths_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for column, word in ipairs(row) do
      widths[column] = math.max(widths[column] or 0, #word)
    end
  end
  return widths
end

local function line(words, widths, filler)
  local padded = {}
  for column, word in ipairs(words) do
    padded[column] = word .. filler:rep(widths[column] - #word)
  end
  return "| " .. table.concat(padded, " | ") .. " |"
end

--- The whole table, and its notes.
---@return string
function matrix.text()
  local rows = { header() }
  for _, row in ipairs(cells) do
    table.insert(rows, words_of(row))
  end
  local widths, lines, rule = widths_of(rows), {}, {}
  for column in ipairs(widths) do
    rule[column] = ""
  end
  for number, row in ipairs(rows) do
    lines[number] = line(row, widths, " ")
  end
  table.insert(lines, 2, line(rule, widths, "-"))
  table.insert(lines, "")
  for number, reason in ipairs(reasons) do
    table.insert(lines, ("%d. %s"):format(number, reason))
  end
  return table.concat(lines, "\n") .. "\n"
end

return matrix
