-- require "pienv.cpu": shapes; levels are the C test's, the real instruction tests/emulation/cpu's.

local cpu = require("pienv.cpu")
local env = require("pienv.env")
local t = require("pienv.test")

t.test("features tell the machine, and on x86-64 a level", function()
  local info = assert(cpu.features())
  t.ok(info.machine == "x86_64" or info.machine == "aarch64", info.machine)
  t.equal(info.level ~= nil, info.machine == "x86_64")
  t.ok(next(info.features), "the features")
  for name, has in pairs(info.features) do
    t.ok(type(name) == "string" and has == true, name)
  end
end)

t.test("the level holds what its features say", function()
  local info = assert(cpu.features())
  if info.machine ~= "x86_64" then
    t.skip("needs an x86-64 processor")
  end
  t.ok(info.features.sse2, "sse2")
  t.equal(info.level >= 3, (info.features.avx2 and info.features.bmi2 and info.features.movbe) or false)
end)

t.test("cores is a positive integer", function()
  t.equal(math.type(cpu.cores()), "integer")
  t.ok(cpu.cores() >= 1, "cores")
end)

t.test("no override is set while tests run", function()
  t.equal(env.get("PIENV_CPU"), nil)
end)
