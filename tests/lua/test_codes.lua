-- Every error code that the sources can raise has a text (pienv help CODE), and every text is of such a code.

local codes = require("pienv.cli.codes")
local schema = require("pienv.schema")
local t = require("pienv.test")
local vm = require("pienv.vm")

-- Codes in the code of a file: in strings, comments aside.
local function collect(text, found)
  for line in text:gmatch("[^\n]+") do
    for code in line:gsub("^%s*%-%-.*", ""):gmatch('"(P%d%d%d%d)"') do
      found[code] = true
    end
  end
end

local raised = {}
for _, file in ipairs(vm.stock_names()) do
  if file ~= "lua/pienv/cli/codes.lua" then
    collect(vm.stock(file), raised)
  end
end

t.test("codes are found in the sources", function()
  t.ok(raised.P0203 and raised.P0210 and raised.P0601 and raised.P0901, "codes of four families")
end)

t.test("every code that is raised has a text, and no text is of a code that nobody raises", function()
  t.equal(schema.sorted(codes), schema.sorted(raised))
end)

t.test("every text has a title, a cause, an example and a next step, each one line", function()
  for name, code in pairs(codes) do
    t.equal(schema.sorted(code), { "cause", "example", "next", "title" }, name)
    for field, text in pairs(code) do
      t.ok(#text > 5 and not text:find("\n"), name .. "." .. field)
    end
  end
end)
