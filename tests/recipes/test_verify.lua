-- recipes/build/verify.lua: stripped, still loadable, true to its label (S3, S5, N7).

local addon = require("recipes.addon")
local t = require("pienv.test")
local verify = require("recipes.build.verify")

local ENTRY = "napi_register_module_v1"

local function info(fields)
  local out = {
    machine = "x86_64",
    type = "dyn",
    sections = { { name = "" }, { name = ".dynsym" }, { name = ".text" } },
    needed = { "libc.so.6" },
    exports = { "helper", ENTRY },
    isa_needed = 3,
    versions = { { library = "libc.so.6", versions = { "GLIBC_2.2.5", "GLIBC_2.14" } } },
    symbol_versions = { memcpy = "GLIBC_2.14", calloc = "GLIBC_2.2.5" },
  }
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return out
end

local function sections(...)
  local out = {}
  for i, name in ipairs({ ... }) do
    out[i] = { name = name }
  end
  return out
end

local function claim(fields, target)
  local input = { base = "a.node", info = info(fields), variants = addon.settings.variants.default }
  input.target = target or { platform = "linux", arch = "x64", variant = "modern" }
  return verify.claim(input)
end

t.test("S3 forbidden sections are named in file order", function()
  local names =
    sections(".text", ".strtab", ".debug_info", ".zdebug_line", ".symtab", ".debugx", ".shstrtab", ".dynstr")
  t.equal(verify.forbidden(names), { ".strtab", ".debug_info", ".zdebug_line", ".symtab" })
  t.equal(
    verify.stripped({ base = "a.node", info = info({ sections = names }) }),
    "Native addon a.node still contains stripped-release forbidden ELF sections: "
      .. ".strtab, .debug_info, .zdebug_line, .symtab"
  )
  t.equal(verify.stripped({ base = "a.node", info = info() }), nil)
end)

t.test("S5 a file without section table does not pass as stripped", function()
  t.contains(verify.stripped({ base = "a.node", info = info({ sections = {} }) }), "a.node has no section table")
end)

t.test("S5 stripping must keep entry, CPU property and sentinel", function()
  local function survived(after, had, has)
    return verify.survived({ base = "a", before = info(), after = info(after), had_sentinel = had, has_sentinel = has })
  end
  t.equal(survived({}), nil)
  t.equal(survived({}, true, true), nil)
  t.equal(survived({ exports = {} }), "Stripping took the export napi_register_module_v1 out of native addon a.")
  t.equal(
    survived({ isa_needed = false }),
    "Stripping took the GNU property that says which CPU it needs out of native addon a."
  )
  t.equal(survived({}, true, false), "Stripping took the sentinel out of native addon a.")
end)

t.test("the napi entry or the legacy one", function()
  t.equal(verify.entry({ "x", ENTRY }), ENTRY)
  t.equal(verify.entry({ "node_register_module_v115" }), "node_register_module_v115")
  t.equal(verify.entry({ "napi_register_module_v12", "node_register_module_vX" }), nil)
end)

t.test("the variant a file claims is the variant its bytes need", function()
  t.equal(claim(), nil)
  t.equal(claim({ isa_needed = 2 }, { platform = "linux", arch = "x64", variant = "baseline" }), nil)
  t.equal(
    claim({ isa_needed = 2 }),
    "Native addon a.node claims variant modern (x86-64-v3), but its bytes need x86-64-v2."
  )
  t.equal(
    claim({ isa_needed = 4 }, { platform = "linux", arch = "x64", variant = "baseline" }),
    "Native addon a.node claims variant baseline (x86-64-v2), but its bytes need x86-64-v4."
  )
end)

t.test("a variant whose bytes are not marked is refused, with the linker option to use", function()
  local input = { base = "a.node", info = info(), variants = addon.settings.variants.default }
  input.target, input.info.isa_needed = { platform = "linux", arch = "x64", variant = "modern" }, nil
  local message, hint = verify.claim(input)
  t.equal(
    message,
    "Native addon a.node claims variant modern (x86-64-v3), but its bytes do not say which CPU they need."
  )
  t.contains(hint, "-Wl,-z,x86-64-v3")
end)

t.test("the first level needs no mark, and bears its own, but no higher one", function()
  local input = { base = "a.node", info = info(), variants = { any = { level = 1 } } }
  input.target, input.info.isa_needed = { platform = "linux", arch = "x64", variant = "any" }, nil
  t.equal(verify.claim(input), nil)
  input.info.isa_needed = 1
  t.equal(verify.claim(input), nil)
  input.info.isa_needed = 2
  t.equal(verify.claim(input), "Native addon a.node claims variant any (x86-64-v1), but its bytes need x86-64-v2.")
end)

t.test("a label for another machine than the bytes is refused", function()
  local message, hint = claim({}, { platform = "linux", arch = "arm64" })
  t.equal(message, "Native addon a.node is labelled linux-arm64, but its bytes are for x86_64.")
  t.contains(hint, "Set CC to a compiler for linux-arm64")
  t.equal(claim({ machine = "aarch64" }, { platform = "linux", arch = "arm64" }), nil)
end)

t.test("an object that is no shared library is refused", function()
  t.equal(claim({ type = "rel" }), "Native addon a.node is not a shared library (ELF type rel).")
end)

t.test("an addon without entry is refused", function()
  t.contains(claim({ exports = { "main" } }), "a.node exports no Node-API entry (napi_register_module_v1)")
end)

t.test("the libc that was asked for is the libc of the bytes", function()
  local musl = { platform = "linux", arch = "x64", variant = "modern", libc = "musl" }
  t.equal(claim({}, musl), "Native addon a.node was asked for musl libc, but its bytes need gnu libc.")
  t.equal(claim({ needed = { "libc.musl-x86_64.so.1" } }, musl), nil)
  t.equal(claim({ needed = {} }, musl), nil)
end)

t.test("the glibc that a triple allows is the most that the bytes need", function()
  local function limited(glibc)
    return claim({}, { platform = "linux", arch = "x64", variant = "modern", libc = "gnu", glibc = glibc })
  end
  t.equal(limited("2.9"), "Native addon a.node was asked to run on glibc 2.9, but its bytes need GLIBC_2.14 (memcpy).")
  t.equal(limited("2.14"), nil)
  t.equal(limited("2.17"), nil)
end)

t.test("S4 files that cannot be read are told in the sentences of releases", function()
  local function told(code, tail)
    return verify.unreadable({ err = "inspect /a: b/x.node: " .. tail, code = code })
  end
  t.equal(told("ECLASS", "unsupported ELF class: 7"), "Unsupported ELF class: 7")
  t.equal(told("EENDIAN", "unsupported ELF endian marker: 3"), "Unsupported ELF endian marker: 3")
  t.equal(told("ETRUNCATED", "ELF header is truncated, bytes: 60"), "ELF section table is truncated.")
  t.equal(told("ESECTABLE", "x"), "ELF section table is truncated.")
  local large = "9007199254740992"
  t.equal(
    told("EOVERFLOW", "integer exceeds 2^53-1: " .. large),
    "ELF integer exceeds JavaScript's safe range: " .. large
  )
  t.equal(told("ESECNAMEINDEX", "x"), "ELF section name table index is out of bounds.")
  t.equal(told("ESECRANGE", "x"), "ELF section headers extend past the end of the file.")
  t.equal(told("ESECNAMERANGE", "x"), "ELF section name table extends past the end of the file.")
  t.equal(told("EACCES", "Permission denied"), "inspect /a: b/x.node: Permission denied")
end)
