-- The stock files as Lua sees them, embedded or read from the source tree (engine/host/stock.h).

local t = require("pienv.test")
local vm = require("pienv.vm")

local function lua_names()
  local names = {}
  for _, name in ipairs(vm.stock_names()) do
    names[#names + 1] = name:find("%.lua$") and name
  end
  return names
end

t.test("names are sorted, and each has its content", function()
  local names = vm.stock_names()
  local sorted = table.move(names, 1, #names, 1, {})
  table.sort(sorted)
  t.equal(names, sorted)
  t.ok(#names > 20, "number of stock files")
  for _, name in ipairs(names) do
    t.ok(vm.stock(name), name)
  end
end)

t.test("what is not there is nil", function()
  t.equal(vm.stock("lua/pienv/nonsense.lua"), nil)
  t.equal(vm.stock("lua/pienv"), nil)
  t.equal(vm.stock("../README.md"), nil)
end)

t.test("a stock file is a chunk that knows its lines and its environment", function()
  local globals = {}
  local chunk = vm.stock_chunk("recipes/addon.lua", globals)
  t.equal(debug.getinfo(chunk, "S").source, "@stock:recipes/addon.lua")
  t.ok(next(debug.getinfo(chunk, "L").activelines), "line numbers")
  local name, value = debug.getupvalue(chunk, 1)
  t.equal(name, "_ENV")
  t.ok(value == globals, "the given environment")
  t.equal(vm.stock_chunk("recipes/nonsense.lua", globals), nil)
end)

t.test("a chunk and its text are the same program", function()
  for _, name in ipairs(lua_names()) do
    local from_text = assert(load(vm.stock(name), "@stock:" .. name, "t"))
    t.ok(string.dump(from_text) == string.dump(vm.stock_chunk(name, _G)), name)
  end
end)

t.test("what recipes generate from is there as text, and is no chunk", function()
  t.ok(vm.stock("recipes/loader/names.cjs"):find("function tagOf", 1, true))
  t.equal(vm.stock_chunk("recipes/loader/names.cjs", {}), nil)
  t.equal(#vm.stock_names() > #lua_names(), true, "they are among the names")
end)

t.test("a module that is not there is told with where it was looked for", function()
  local message = t.raises(require, "pienv.no_such_module")
  t.contains(message, "module 'pienv.no_such_module' not found")
  t.contains(message, "no stock module 'pienv.no_such_module'")
end)
