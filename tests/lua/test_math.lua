-- The functions of math, each of which pienv fetches from libm when it is first called (engine/host/late_libm.c).

local t = require("pienv.test")

-- name, arguments, result; what Lua may be built without is passed by.
local rows = {
  { "acos", { -1 }, math.pi },
  { "asin", { 1 }, math.pi / 2 },
  { "atan", { 1 }, math.pi / 4 },
  { "atan", { 1, -1 }, 3 * math.pi / 4 },
  { "ceil", { 1.5 }, 2 },
  { "cos", { math.pi }, -1 },
  { "cosh", { 1 }, 1.5430806348152 },
  { "exp", { 1 }, 2.718281828459 },
  { "floor", { -1.5 }, -2 },
  { "fmod", { -7.5, 2 }, -1.5 },
  { "log", { 10 }, 2.302585092994 },
  { "log", { 8, 2 }, 3 },
  { "log", { 1000, 10 }, 3 },
  { "log", { 81, 3 }, 4 },
  { "log10", { 100 }, 2 },
  { "pow", { 2, 0.5 }, 1.4142135623731 },
  { "sin", { math.pi / 2 }, 1 },
  { "sinh", { 1 }, 1.1752011936438 },
  { "sqrt", { 6.25 }, 2.5 },
  { "tan", { 1 }, 1.5574077246549 },
  { "tanh", { 1 }, 0.76159415595576 },
}

for _, row in ipairs(rows) do
  local name, arguments, want = table.unpack(row)
  if math[name] then
    t.test("math." .. name .. " of " .. table.concat(arguments, " and "), function()
      local got = math[name](table.unpack(arguments))
      t.ok(math.abs(got - want) < 1e-12, ("%.17g, want %.17g: equal"):format(got, want))
    end)
  end
end

t.test("operators that need libm", function()
  t.equal(2 ^ 10, 1024.0)
  t.equal(7.5 // 2, 3.0)
  t.equal(-7.5 % 2, 0.5)
end)
