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

t.test("the libc is told by the needed library, Android's by its note", function()
  local function libc(fields)
    fields.needed = fields.needed or {}
    return elf.libc(fields)
  end
  t.equal(libc({ needed = { "libm.so.6", "libc.so.6" } }), "gnu")
  t.equal(libc({ needed = { "libc.musl-aarch64.so.1" } }), "musl")
  t.equal(libc({ needed = { "libc.so" } }), "musl")
  t.equal(libc({ needed = { "libc.so" }, android = 24 }), "android")
  t.equal(libc({ needed = { "libacme.so" } }), nil)
end)

t.test("unprovided: strong, without version, and only where every library has versions", function()
  local fields = { needed = { "libc.so.6", "libstdc++.so.6", "ld-linux-x86-64.so.2" }, undefined_weak = { "w" } }
  fields.undefined, fields.symbol_versions = { "a", "b", "malloc", "w" }, { malloc = "GLIBC_2.2.5" }
  t.equal(elf.unprovided(fields), { "a", "b" })
  fields.needed[4] = "libacme.so.1"
  t.equal(elf.unprovided(fields), {})
end)

t.test("remarks: nothing about a file that is as it should be", function()
  t.equal(elf.remarks({ tls_size = 68016, static_tls = false, runpath = "$ORIGIN/lib:${ORIGIN}" }), {})
  t.equal(elf.remarks({ tls_size = 8, static_tls = true }), { "static TLS: may fail late in a process" })
end)
