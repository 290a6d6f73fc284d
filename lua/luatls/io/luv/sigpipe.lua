--- Writing to a peer that has gone raises SIGPIPE, which ends the process
--- unless somebody cares. libuv does not: its programs are expected to, and
--- luv up to 1.44 leaves it to them. The write itself fails with EPIPE.

local uv = require("luv")

local sigpipe = {}

local watcher

--- Have the signal do nothing; once for the whole process. Programs that this
--- one starts get the default again.
function sigpipe.ignore()
  if watcher then return end
  watcher = uv.new_signal()
  watcher:start("sigpipe", function() end)
  -- It must not keep the loop from being over.
  uv.unref(watcher)
end

return sigpipe
