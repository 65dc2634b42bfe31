-- show.lua FILE [MACHINE]: what pienv.object says of a file, or of its slice for that machine, as lines that the test
-- compares with LLVM's tools.
local path, machine = ...
local info = assert(require("pienv.object").inspect(path))
for _, slice in ipairs(info.slices or {}) do
  info = slice.machine == machine and slice or info
end
local signature = info.signature or {}
print("format", info.format, info.machine, info.type, info.class)
print("minimum", info.platform or "-", info.os_minimum or "-", info.sdk or "-")
print("signature", signature.flags or "-", signature.identifier or "-")
for _, section in ipairs(info.sections) do
  print("section", section.name, section.size)
end
for _, name in ipairs(info.exports) do
  print("export", name)
end
for _, name in ipairs(info.undefined) do
  print("undefined", name)
end
for _, import in ipairs(info.imports or {}) do
  print("library", import.library, import.delay and "delay" or "now")
  for _, name in ipairs(import.symbols) do
    print("import", import.library, name)
  end
end
