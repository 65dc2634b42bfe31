-- recipes/build/report.lua: the artifact's block.

local report = require("recipes.build.report")
local t = require("pienv.test")

local function lines(fields)
  local artifact =
    { path = "p/a.node", size = 1234567, sha256 = "ab", isa = "x86-64-v3", cpu = "x86-64-v3", glibc = "2.34" }
  artifact.needed = { "libc.so.6", "libm.so.6" }
  for key, value in pairs(fields or {}) do
    artifact[key] = value
  end
  return table.concat(report.lines(artifact), "\n")
end

t.test("path, size, sha256, ISA, CPU, glibc floor, libraries, aligned", function()
  t.equal(
    lines(),
    "p/a.node\n  size       1,234,567 bytes\n  sha256     ab\n  isa        x86-64-v3\n  built for  x86-64-v3\n"
      .. "  glibc      2.34\n  needs      libc.so.6, libm.so.6"
  )
end)

t.test("sizes are grouped by thousands", function()
  t.contains(lines({ size = 999 }), "  999 bytes")
  t.contains(lines({ size = 123456 }), "  123,456 bytes")
end)

t.test("a file that needs no library says so", function()
  t.contains(lines({ needed = {} }), "needs      no library")
end)
