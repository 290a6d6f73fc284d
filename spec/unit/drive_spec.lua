local drive = require("luatls.drive")
local errors = require("luatls.error")

-- A carrier whose clock moves only when someone waits, a second each time.
local function fake_carrier()
  local carrier = { time = 0, waits = {}, pushes = 0, rests = 0 }
  function carrier:push()
    self.pushes = self.pushes + 1
  end
  function carrier:rest()
    self.rests = self.rests + 1
  end
  function carrier:wait(want, deadline)
    if deadline and self.time >= deadline then return nil, errors.TIMEOUT end
    table.insert(self.waits, want)
    self.time = self.time + 1
    return true
  end
  return carrier
end

describe("drive.run", function()
  it("waits for what the operation asks for, then returns its result", function()
    local carrier, steps = fake_carrier(), { "read", "write" }
    local result = drive.run(carrier, nil, function()
      local want = table.remove(steps, 1)
      if want then return false, want end
      return "done"
    end)
    assert.equal("done", result)
    assert.same({ "read", "write" }, carrier.waits)
  end)

  it("asks the operation before it waits", function()
    local carrier = fake_carrier()
    assert.equal(
      "there already",
      drive.run(carrier, 0, function()
        return "there already"
      end)
    )
    assert.same({}, carrier.waits)
  end)

  it("runs the user's function and waits for nothing", function()
    local carrier, answers = fake_carrier(), 0
    function carrier.answer()
      answers = answers + 1
    end
    drive.run(carrier, 0, function()
      return answers == 2, "callback"
    end)
    assert.equal(2, answers)
    assert.same({}, carrier.waits)
  end)

  it("gives the operation the same arguments every time", function()
    local carrier, calls = fake_carrier(), {}
    drive.run(carrier, nil, function(...)
      table.insert(calls, { ... })
      return #calls == 2, "read"
    end, 1, "two")
    assert.same({ { 1, "two" }, { 1, "two" } }, calls)
  end)

  it("fails with kind 'timeout' when the deadline passes", function()
    local carrier = fake_carrier()
    local result, err = drive.run(carrier, 3, function()
      return false, "read"
    end)
    assert.is_nil(result)
    assert.equal("timeout", err.kind)
    assert.equal(3, carrier.time)
  end)

  it("passes a failure through unchanged", function()
    local failure = errors.new("alert", "peer sent alert 48 (unknown_ca)")
    local result, err = drive.run(fake_carrier(), nil, function()
      return nil, failure
    end)
    assert.is_nil(result)
    assert.equal(failure, err)
  end)

  it("sends what is left before it waits, returns or fails", function()
    for _, last in ipairs({ "done", "failed" }) do
      local carrier, calls = fake_carrier(), 0
      drive.run(carrier, nil, function()
        calls = calls + 1
        if calls == 1 then return false, "read" end
        if last == "failed" then return nil, errors.CLOSED end
        return true
      end)
      assert.equal(2, carrier.pushes)
    end
  end)

  it("lets others run when operation after operation needs no wait", function()
    local carrier = fake_carrier()
    for _ = 1, 1000 do
      drive.run(carrier, nil, function()
        return true
      end)
    end
    assert.is_true(carrier.rests >= 5 and carrier.rests <= 20)
  end)

  it("does not rest when there was a wait anyway", function()
    local carrier, calls = fake_carrier(), 0
    for _ = 1, 1000 do
      drive.run(carrier, nil, function()
        calls = calls + 1
        return calls % 2 == 0, "read"
      end)
    end
    assert.equal(0, carrier.rests)
  end)
end)
