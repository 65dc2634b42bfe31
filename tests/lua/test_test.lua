-- pienv.test: what its checks say. How outcomes are counted is tested in tests/e2e/022-project.

local t = require("pienv.test")

local function says(check, ...)
  return tostring(t.raises(check, ...)):gsub("^.-:%d+: ", "")
end

t.test("equal tells both values, by content", function()
  t.equal({ b = { 1, "x" } }, { b = { 1, "x" } })
  t.equal(says(t.equal, { 1 }, { 2 }), "got {[1]=1}, want {[1]=2}")
  t.equal(says(t.equal, 1, "1", "sum"), 'sum: got 1, want "1"')
end)

t.test("ok and contains tell what they got", function()
  t.equal(says(t.ok, nil), "value is nil")
  t.equal(says(t.ok, false, "that"), "that is false")
  t.equal(says(t.contains, "abc", "x%a"), '"abc" does not contain "x%a"')
end)

t.test("raises gives what was raised, and raises otherwise", function()
  t.equal(t.raises(error, { 1 }), { 1 })
  t.equal(says(t.raises, function() end), "nothing was raised")
end)
