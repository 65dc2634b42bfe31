-- lua/pienv/_meta/NOUN.lua against the C module pienv.NOUN (or pienv.c.NOUN): module functions and fields by name, and
-- the methods of every handle. A handle's stub class and its metatable are matched by their methods, whatever their
-- names.

local t = require("pienv.test")
local vm = require("pienv.vm")

local FOLDER = "lua/pienv/_meta/"

-- The classes of a stub that have a table of their own, as name -> { fields = set, methods = set }.
local function parse_stub(text)
  local classes, by_variable, class_name, fields = {}, {}, nil, {}
  for line in text:gmatch("[^\n]*") do
    local field = line:match("^%-%-%-@field ([%w_]+%??)")
    local variable = line:match("^local ([%w_]+) = {}")
    local owner, kind, name = line:match("^function ([%w_]+)([.:])([%w_]+)%(")
    if line:match("^%-%-%-@class ") then
      class_name, fields = line:match("^%-%-%-@class ([%w_.]+)"), {}
    elseif field then
      fields[field] = true
    elseif variable and class_name then
      classes[class_name] = { fields = fields, methods = {} }
      by_variable[variable], class_name = classes[class_name], nil
    elseif owner then
      local class = assert(by_variable[owner], line .. ": of no class")
      class[kind == ":" and "methods" or "fields"][name] = true
    end
  end
  return classes
end

local function keys_of(set)
  local list = {}
  for key in pairs(set) do
    if not key:match("^__") then
      list[#list + 1] = key
    end
  end
  table.sort(list)
  return list
end

-- What a module has, its optional fields (in a stub: "name?") where the stub knows them.
local function registered_fields(module, stub_fields)
  local set = {}
  for key in pairs(module) do
    set[stub_fields[key .. "?"] and key .. "?" or key] = true
  end
  for field in pairs(stub_fields) do
    set[field] = set[field] or field:match("%?$") and true or nil
  end
  return keys_of(set)
end

local function stub_of(name)
  return vm.stock(FOLDER .. name:match("([^.]+)$") .. ".lua")
end

local function add_handles(list, classes, module_name)
  for name, class in pairs(classes) do
    if name ~= module_name then
      list[#list + 1] = table.concat(keys_of(class.methods), " ")
    end
  end
end

-- The method names of every metatable of ours in the registry; one without methods only owns memory inside a call.
local function registered_handles()
  local list = {}
  for name, value in pairs(debug.getregistry()) do
    local ours = type(name) == "string" and name:match("^pienv%.") and type(value) == "table"
    if ours and type(value.__index) == "table" and next(value.__index) then
      list[#list + 1] = table.concat(keys_of(value.__index), " ")
    end
  end
  return list
end

local stub_handles = {}

for _, name in ipairs(vm.modules()) do
  t.test(name .. ": the stub has what the module has", function()
    local module = require(name)
    local classes = parse_stub(assert(stub_of(name), "there is no stub " .. FOLDER .. name))
    local class = assert(classes[name], "the stub has no class " .. name)
    add_handles(stub_handles, classes, name)
    t.equal(keys_of(class.methods), {}, "methods of the module")
    t.equal(registered_fields(module, class.fields), keys_of(class.fields))
  end)
end

t.test("every stub is of a module", function()
  local known = {}
  for _, name in ipairs(vm.modules()) do
    known[FOLDER .. name:match("([^.]+)$") .. ".lua"] = true
  end
  for _, file in ipairs(vm.stock_names()) do
    t.ok(known[file] or file:sub(1, #FOLDER) ~= FOLDER, file .. " has a module")
  end
end)

t.test("handles have the methods that the stubs tell", function()
  local registered = registered_handles()
  table.sort(registered)
  table.sort(stub_handles)
  t.equal(registered, stub_handles)
end)
