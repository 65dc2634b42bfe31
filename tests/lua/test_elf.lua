-- require "pienv.elf"

local elf = require("pienv.elf")
local t = require("pienv.test")

local function info(versions, symbol_versions)
  return { versions = versions, symbol_versions = symbol_versions or {} }
end

t.test("versions are compared number by number", function()
  t.equal(elf.compare_versions("2.9", "2.17"), -1)
  t.equal(elf.compare_versions("2.17", "2.9"), 1)
  t.equal(elf.compare_versions("2.17", "2.17.0"), 0)
  t.equal(elf.compare_versions("2.2.5", "2.3"), -1)
end)

t.test("the floor is the highest of all libraries of glibc", function()
  local needs = {
    { library = "libm.so.6", versions = { "GLIBC_2.29", "GLIBC_2.2.5" } },
    { library = "libc.so.6", versions = { "GLIBC_2.9", "GLIBC_2.17" } },
    { library = "libstdc++.so.6", versions = { "GLIBCXX_3.4.30", "CXXABI_1.3" } },
  }
  t.equal(elf.glibc_floor(info(needs)), "2.29")
end)

t.test("without glibc there is no floor", function()
  t.equal(elf.glibc_floor(info({})), nil)
  t.equal(elf.glibc_floor(info({ { library = "libfoo.so", versions = { "FOO_1" } } })), nil)
end)

t.test("GLIBC_ABI_DT_RELR counts as 2.36 and GLIBC_PRIVATE is never there", function()
  local needs = { { library = "libc.so.6", versions = { "GLIBC_2.34", "GLIBC_ABI_DT_RELR", "GLIBC_PRIVATE" } } }
  t.equal(elf.glibc_floor(info(needs)), "2.36")
  local over = elf.glibc_over(info(needs, { __libc_internal = "GLIBC_PRIVATE" }), "2.40")
  t.equal(over, { { library = "libc.so.6", version = "GLIBC_PRIVATE", symbols = { "__libc_internal" } } })
end)

t.test("what is over the floor is named with its symbols", function()
  local needs = { { library = "libm.so.6", versions = { "GLIBC_2.29", "GLIBC_2.9" } } }
  local symbols = { pow = "GLIBC_2.29", exp = "GLIBC_2.29", sin = "GLIBC_2.9" }
  local over = elf.glibc_over(info(needs, symbols), "2.17")
  t.equal(over, { { library = "libm.so.6", version = "GLIBC_2.29", symbols = { "exp", "pow" } } })
  t.equal(elf.glibc_over(info(needs, symbols), "2.29"), {})
end)
