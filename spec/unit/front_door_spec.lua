-- The front page of the manual names all that the front door has.

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

describe("the manual's front page", function()
  for name, module in pairs({ luatls = "tls", ["luatls.https"] = false }) do
    local page = slurp("docs/api/" .. name .. ".md")

    it("names everything in " .. name, function()
      for key in pairs(require(name)) do
        local word = module and ("`%s.%s"):format(module, key) or ("`%s`"):format(key)
        assert.matches(word, page, 1, true)
      end
    end)

    it("leads from " .. name .. " to places that exist", function()
      for path, anchor in page:gmatch("%]%(([%w._]+)#?([%w-]*)%)") do
        local text = slurp("docs/api/" .. path)
        for heading in text:gmatch("\n#+ ([^\n]+)") do
          local own = heading:lower():gsub(" ", "-"):gsub("[^%w_-]", "")
          if own == anchor then anchor = "" end
        end
        assert.equal("", anchor)
      end
    end)
  end
end)
