-- require "pienv.object": shapes and errors; damaged files are the C test's, real ones tests/e2e/*object*.

local object = require("pienv.object")
local t = require("pienv.test")

t.test("the program itself has the documented shape", function()
  local info = assert(object.inspect("/proc/self/exe"))
  t.equal({ info.format, info.endian, info.type }, { "elf", "little", "dyn" })
  t.ok(info.class == 64 and info.section_table and info.dynamic, "class, section_table, dynamic")
  t.ok(info.interpreter, "the interpreter")
  t.equal(info.sections[1], { name = "", type = "null", size = 0 })
  local libraries = {}
  for _, need in ipairs(info.versions) do
    libraries[need.library] = need.versions
  end
  t.ok(libraries["libc.so.6"], "versions of libc.so.6")
  for _, field in ipairs({ "exports", "undefined", "undefined_weak" }) do
    for i = 2, #info[field] do
      t.ok(info[field][i - 1] < info[field][i], field .. " is sorted, each once")
    end
  end
  local symbol, version = next(info.symbol_versions)
  t.ok(symbol and version, "an undefined symbol's version")
end)

t.test("what is no ELF file is told apart", function()
  local function refused(path)
    local info, err, code = object.inspect(path)
    t.equal(info, nil)
    return code .. " " .. err
  end
  t.equal(refused("/nonexistent"), "ENOENT open /nonexistent: No such file or directory")
  t.equal(refused("/tmp"), "EISDIR read /tmp: Is a directory")
  t.equal(refused("/dev/null"), "EFORMAT read /dev/null: not a regular file")
  t.equal(refused("tests/lib/tap"), "EFORMAT read tests/lib/tap: not an ELF, Mach-O or PE file")
end)

t.test("wrong use names the argument", function()
  t.contains(t.raises(object.inspect), "bad argument #1")
  t.contains(t.raises(object.inspect, ""), "path is empty")
end)
