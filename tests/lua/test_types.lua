-- The annotations that editors read: every type that they name is declared somewhere.

local schema = require("pienv.schema")
local t = require("pienv.test")
local types = require("pienv.cli.types")
local vm = require("pienv.vm")

-- Types that a line declares go into `declared`, those that it names into `named`.
local function read_line(line, declared, named, file)
  local kind, rest = line:match("^%-%-%-@(%l+)%s+(.*)$")
  if kind == "class" or kind == "alias" then
    declared[rest:match("^[%w_.]+")] = true
  end
  if kind then
    for name in rest:gmatch("%f[%w_]pienv%.[%w_.]*[%w_]") do
      named[name] = file
    end
  end
end

-- Remarks speak of modules and their functions, too, and of pienv.lua.
local function is_module(name)
  local known = { ["pienv.lua"] = true }
  for _, module in ipairs(vm.modules()) do
    known[module] = true
  end
  for _, module in ipairs({ name, (name:gsub("%.[%w_]+$", "")) }) do
    if module ~= "pienv" and (known[module] or vm.stock("lua/" .. module:gsub("%.", "/") .. ".lua")) then
      return true
    end
  end
  return false
end

t.test("every type of pienv that an annotation names is declared", function()
  local declared, named, missing = {}, {}, {}
  for _, file in ipairs(vm.stock_names()) do
    if types.place(file) then
      for line in vm.stock(file):gmatch("[^\n]+") do
        read_line(line, declared, named, file)
      end
    end
  end
  for _, name in ipairs(schema.sorted(named)) do
    missing[#missing + 1] = not (declared[name] or is_module(name)) and name .. " in " .. named[name] or nil
  end
  t.ok(declared["pienv.context"] and declared["pienv.fs"] and named["pienv.recipe"], "types are found")
  t.equal(missing, {})
end)
