-- Handshakes over networks that lose, double, delay and damage datagrams, by a
-- clock that is put forward.

local process = require("spec.support.process")

describe("a handshake over datagrams", function()
  local function run(case)
    local arguments = { "spec/support/guarded_loss.lua", case }
    local code, text = process.start("luatls-guard", arguments):wait()
    assert.equal(0, code, text)
    return text
  end

  it("is done when any single datagram is lost, resumed or not", function()
    assert.matches("^%d%d handshakes", run("lost"))
  end)

  it("is done when every datagram comes three times", function()
    assert.equal("2 handshakes\n", run("doubled"))
  end)

  it("is done when datagrams come late", function()
    assert.equal("2 handshakes\n", run("late"))
  end)

  it("goes on when Finished comes damaged, or a header", function()
    assert.equal("27 handshakes\n", run("damaged"))
  end)

  it("goes on when anybody sends bytes that mean nothing", function()
    assert.equal("5 handshakes\n", run("garbage"))
  end)

  it("is done over a bad network", function()
    assert.equal("12 handshakes\n", run("bad"))
  end)

  it("waits twice as long each time, and gives up after two minutes", function()
    assert.equal("1 2 4 8 16 32 60\ttimeout\tnil\n", run("silence"):match("^.-\n"))
  end)
end)
