-- docs/reference/ is what its generator makes of the tables and stubs; after a change of these:
--   pienv lua docs/reference/generate.lua write

local schema = require("pienv.schema")
local t = require("pienv.test")

local pages = dofile("docs/reference/generate.lua")

for _, name in ipairs(schema.sorted(pages)) do
  t.test(name .. " is up to date", function()
    local file = assert(io.open("docs/reference/" .. name, "rb"))
    local same = file:read("a") == pages[name]
    file:close()
    t.ok(same, "the page is what `pienv lua docs/reference/generate.lua write` makes")
  end)
end

t.test("commands, options, recipes and the context are on the pages", function()
  for _, text in ipairs({ "### pienv graph", "`--format STRING`", "| `-n, --dry-run` |", "## Recipe build" }) do
    t.ok(pages["cli.md"]:find(text, 1, true), text)
  end
  t.ok(pages["cli.md"]:find("variable TARGET_VARIANT", 1, true), "variables")
  t.ok(pages["errors.md"]:find("## P0203: ", 1, true), "an error code")
  for _, text in ipairs({ "### `context:run(spec)`", "### `fs.read(path", "### `pienv.step`" }) do
    t.ok(pages["lua.md"]:find(text, 1, true), text)
  end
end)
