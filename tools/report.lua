-- Output handler for busted: one line for each spec file, then what busted's
-- plain terminal prints. Also writes one word for each test to the file named
-- by -Xoutput, so that tools/test.sh can count even when busted dies.

return function(options)
  local busted = require("busted")
  options.deferPrint = true -- one dot a test says less than one line a file
  local handler = require("busted.outputHandlers.plainTerminal")(options)
  local tally = assert(io.open(options.arguments[1], "w"))
  tally:setvbuf("line")
  -- A leak found at exit ends the process before buffers are written.
  io.stdout:setvbuf("line")
  local tests, began = 0, 0

  local WORDS <const> = { success = "passed", pending = "skipped" }

  local function test_end(_, _, status)
    tests = tests + 1
    tally:write(WORDS[status] or "failed", "\n")
    return nil, true
  end

  -- What goes wrong outside a test: a file that does not load, a hook.
  local function failed_outside(element)
    if element.descriptor ~= "it" then tally:write("failed\n") end
    return nil, true
  end

  local function file_start(file)
    tests, began = 0, busted.monotime()
    io.write(file.name, " ")
    io.flush()
    return nil, true
  end

  local function file_end()
    io.write(("%d tests, %.1f s\n"):format(tests, busted.monotime() - began))
    io.flush()
    return nil, true
  end

  local function suite_end()
    tally:write("end\n")
    return nil, true
  end

  busted.subscribe({ "test", "end" }, test_end)
  busted.subscribe({ "error" }, failed_outside)
  busted.subscribe({ "failure" }, failed_outside)
  busted.subscribe({ "file", "start" }, file_start)
  busted.subscribe({ "file", "end" }, file_end)
  busted.subscribe({ "suite", "end" }, suite_end)
  return handler
end
