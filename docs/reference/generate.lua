-- Makes the pages of docs/reference/ from the tables and stubs that the program itself is made of:
--
--   pienv lua docs/reference/generate.lua write
--
-- Without `write` it gives the texts; tests/lua/test_reference.lua compares them with the pages that are there.

local codes = require("pienv.cli.codes")
local failure = require("pienv.failure")
local project = require("pienv.project")
local reference = require("pienv.cli.reference")
local rules = require("pienv.check.rules")
local schema = require("pienv.schema")
local verbs = require("pienv.cli.verbs").verbs
local vm = require("pienv.vm")

local NOTE = "<!-- Made by `pienv lua docs/reference/generate.lua write`; changes here are lost. -->\n"

local function cell(text)
  return (text:gsub("|", "\\|"):gsub("%s+", " "))
end

local function add_table(lines, first, second, rows)
  if not rows[1] then
    return
  end
  lines[#lines + 1] = ("\n| %s | %s |\n| --- | --- |"):format(first, second)
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("| `%s` | %s |"):format(cell(row[1]), cell(row[2]))
  end
end

local function page(title, lines)
  return "# " .. title .. "\n\n" .. NOTE .. table.concat(lines, "\n") .. "\n"
end

local function stock_project()
  return { root = "/", fields = {}, overrides = {}, trusted = false }
end

local function cli()
  local lines, opened = { "\n## Commands" }, stock_project()
  add_table(lines, "command", "what it does", reference.commands())
  for _, name in ipairs(schema.sorted(verbs)) do
    if verbs[name].options then
      lines[#lines + 1] = "\n### pienv " .. name
      add_table(lines, "option", "what it means", reference.options(verbs[name].options))
    end
  end
  lines[#lines + 1] = "\n## Options of pienv\n\nThey may stand anywhere before `--`."
  add_table(lines, "option", "what it means", reference.flags())
  lines[#lines + 1] = "\n## Exit codes"
  add_table(lines, "code", "meaning", reference.exits())
  lines[#lines + 1] = "\n## Rules of pienv check"
  local list = {}
  for i, rule in ipairs(schema.sorted(rules.about)) do
    list[i] = { rule, rules.about[rule] }
  end
  add_table(lines, "rule", "what it finds", list)
  for _, row in ipairs(project.recipes(opened)) do
    local recipe = project.load(opened, row.name, { plain = true })
    lines[#lines + 1] = ("\n## Recipe %s\n\n%s."):format(row.name, recipe.about or "")
    add_table(lines, "verb", "what it does", reference.verbs(recipe))
    add_table(lines, "option", "what it means", reference.options(recipe.options))
    add_table(lines, "field of pienv.lua", "what it means", reference.settings(recipe))
    add_table(lines, "step", "what it does", reference.steps(recipe))
  end
  return page("Command line", lines)
end

local function errors()
  local lines = { "\n`pienv help P0203` tells the same on the command line." }
  for _, name in ipairs(schema.sorted(codes)) do
    local code = codes[name]
    lines[#lines + 1] = ("\n## %s: %s\n\n%s Exit code %d."):format(name, code.title, code.cause, failure.exit_of(name))
    lines[#lines + 1] = ("\nExample: `%s`\n\nNext: %s"):format(code.example, code.next)
  end
  return page("Error codes", lines)
end

-- One block of `---` lines, as text and as lists of what it declares.
local function add_block(lines, block, code, module)
  local text, rows, class = {}, {}, nil
  for _, line in ipairs(block) do
    local kind, rest = line:match("^@(%l+)%s*(.*)$")
    if kind == "class" then
      class = rest:match("^[%w_.]+")
    elseif kind == "field" or kind == "param" or kind == "return" then
      local name, about = rest:match("^(%S+)%s*(.*)$")
      rows[#rows + 1] = kind == "return" and { "returns", rest } or { name, about }
    elseif not kind then
      text[#text + 1] = line
    end
  end
  local called = code:match("^function ([%w_.:]+%b())") or code:match("^(M%.[%w_]+) = ")
  called = called and called:gsub("^M%.", (module or "") .. ".")
  if called and called:find("^%.") then -- a function of a module that recipes do not call
    return
  end
  if not (class or called) then
    return
  end
  lines[#lines + 1] = "\n### `" .. (called or class) .. "`"
  if text[1] then
    lines[#lines + 1] = "\n" .. table.concat(text, " ")
  end
  for i, row in ipairs(rows) do
    lines[#lines + 1] = (i == 1 and "\n" or "") .. ("* `%s` %s"):format(row[1], row[2])
  end
end

-- Everything that a file documents.
local function add_file(lines, name, title)
  local block, head = {}, {}
  lines[#lines + 1] = "\n## " .. title
  for line in (vm.stock(name) .. "\n"):gmatch("([^\n]*)\n") do
    local doc, remark = line:match("^%-%-%-%s?(.*)$"), line:match("^%-%- (.*)$")
    if doc then
      block[#block + 1] = doc
    elseif remark and head and not block[2] then
      head[#head + 1] = remark
    else
      if head and head[1] then
        lines[#lines + 1] = "\n" .. table.concat(head, " ")
      end
      head = nil
      add_block(lines, block, line, title:match("^pienv[%w_.]*$"))
      block = {}
    end
  end
end

local function lua()
  local lines = { "\nWhat recipes are written with. `pienv types` teaches it to editors that know LuaLS." }
  add_file(lines, "lua/pienv/init.lua", "pienv")
  add_file(lines, "lua/pienv/recipe.lua", "Recipes")
  add_file(lines, "lua/pienv/context.lua", "The context of a step")
  for _, name in ipairs(vm.stock_names()) do
    local module = name:match("^lua/pienv/_meta/([%w_]+)%.lua$")
    if module then
      add_file(lines, name, "pienv." .. module)
    end
  end
  for _, module in ipairs({ "path", "glob", "test", "fake" }) do
    add_file(lines, "lua/pienv/" .. module .. ".lua", "pienv." .. module)
  end
  return page("Lua", lines)
end

local pages = { ["cli.md"] = cli(), ["errors.md"] = errors(), ["lua.md"] = lua() }
if ... == "write" then
  for _, name in ipairs(schema.sorted(pages)) do
    assert(require("pienv.fs").write("docs/reference/" .. name, pages[name]))
    print("docs/reference/" .. name)
  end
end
return pages
