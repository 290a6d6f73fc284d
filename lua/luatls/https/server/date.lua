--- The time of day as HTTP writes it (RFC 9110, 5.6.7), in no locale.

local date = {}

local DAYS <const> = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS <const> = {
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
}

--- "Sun, 06 Nov 1994 08:49:37 GMT".
---@param seconds integer Unix time
---@return string
function date.format(seconds)
  local t = os.date("!*t", seconds)
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(
    DAYS[t.wday],
    t.day,
    MONTHS[t.month],
    t.year,
    t.hour,
    t.min,
    t.sec
  )
end

local last, text

--- The present time; made once a second.
---@return string
function date.now()
  local seconds = os.time()
  if seconds ~= last then
    last, text = seconds, date.format(seconds)
  end
  return text
end

return date
