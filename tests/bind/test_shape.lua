-- require "pienv.shape": which tables have only fields of given types.

local shape = require("pienv.shape")
local t = require("pienv.test")

local function run() end

t.test("every field must be known and of one of its types", function()
  local of = { about = "string", run = "function!", inputs = "texts|function", count = "number|boolean" }
  t.equal(shape.all({}, of), true)
  t.equal(shape.all({ a = { run = run }, b = { run = run, about = "", inputs = run, count = false } }, of), true)
  t.equal(shape.all({ a = { run = run }, b = { run = run, ["else"] = 1 } }, of), false)
  t.equal(shape.all({ a = { run = run, about = 1 } }, of), false)
  t.equal(shape.all({ a = { run = run, count = {} } }, of), false)
  t.equal(shape.all({ a = { run = run, [1] = "about" } }, of), false)
  t.equal(shape.all({ a = { run = run, [true] = 1 } }, of), false)
end)

t.test("what is needed must be there", function()
  t.equal(shape.all({ a = { about = "x" } }, { about = "string", run = "function!" }), false)
  t.equal(shape.all({ a = { x = 1, y = 1 } }, { x = "number!", y = "number!" }), true)
  t.equal(shape.all({ a = { x = 1 } }, { x = "number!", y = "number!" }), false)
  t.equal(shape.all({ a = {} }, { x = "number" }), true)
end)

t.test("texts are a list of texts that are not empty", function()
  local of = { list = "texts" }
  t.equal(shape.all({ a = { list = {} }, b = { list = { "a", "b" } } }, of), true)
  for _, wrong in ipairs({ { "a", "" }, { 1 }, { "a", false }, { {} } }) do
    t.equal(shape.all({ a = { list = wrong } }, of), false)
  end
  t.equal(shape.all({ a = { list = "a" } }, of), false)
  t.equal(shape.all({ a = { list = { "a", [""] = 1 } } }, of), true)
end)

t.test("one of several shapes is enough, and none is of no shape", function()
  local one, other = { x = "number!" }, { y = "number!" }
  t.equal(shape.all({ a = { x = 1 }, b = { y = 1 } }, one, other), true)
  t.equal(shape.all({ a = { x = 1, y = 1 } }, one, other), false)
  t.equal(shape.all({ a = {} }), false)
  t.equal(shape.all({}), true)
end)

t.test("entries are tables that are named by a text", function()
  t.equal(shape.all({ {} }, {}), false)
  t.equal(shape.all({ [true] = {} }, {}), false)
  t.equal(shape.all({ a = "x" }, {}), false)
  t.equal(shape.all({ a = run }, {}), false)
  t.equal(shape.all({ a = {} }, {}), true)
end)

t.test("what has a metatable is of no shape", function()
  for _, meta in ipairs({ {}, { __index = { y = 1 } }, { __pairs = error, __len = error } }) do
    t.equal(shape.all({ a = setmetatable({ x = 1 }, meta) }, { x = "number" }), false)
    t.equal(shape.all({ a = { x = setmetatable({ "b" }, meta) } }, { x = "texts" }), false)
    t.equal(shape.all({ a = { x = setmetatable({ "b" }, meta) } }, { x = "texts|table" }), true)
    t.equal(shape.all(setmetatable({ a = { x = 1 } }, meta), { x = "number" }), false)
  end
end)

t.test("both kinds of userdata have one name", function()
  t.equal(shape.all({ a = { x = io.stdout } }, { x = "userdata" }), true)
  t.equal(shape.all({ a = { x = io.stdout } }, { x = "table|thread" }), false)
end)

t.test("wrong use names what is wrong", function()
  t.contains(t.raises(shape.all), "table expected")
  t.contains(t.raises(shape.all, {}, "x"), "table expected")
  t.contains(t.raises(shape.all, {}, { "string" }), "texts by names")
  t.contains(t.raises(shape.all, {}, { x = 1 }), "texts by names")
  for _, names in ipairs({
    "strin",
    "strings",
    "",
    "|",
    "string|",
    "text",
    "!",
    "string!!",
    "string!x",
    "string!|table",
    "string\0",
  }) do
    t.contains(t.raises(shape.all, {}, { x = names }), "names no type")
  end
end)
