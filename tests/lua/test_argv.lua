-- Argument lists.

local argv = require("pienv.argv")
local t = require("pienv.test")

t.test("lists nest, nil and false drop out", function()
  t.equal(argv.flatten({ "cc", nil, false, { "-I", { "a b" } }, 4 }), { "cc", "-I", "a b", "4" })
end)

t.test("elements behind a nil are not lost", function()
  t.equal(argv.flatten({ [1] = "a", [40] = "b" }), { "a", "b" })
end)

t.test("what is no argument is an error that names its place", function()
  t.contains(t.raises(argv.flatten, { "cc", { "a", print } }), "argument 2[2] is a function")
end)

t.test("a quoted command is what a shell reads back", function()
  t.equal(argv.quote({ "a b", "it's", "plain", "" }), [['a b' 'it'\''s' plain '']])
end)
