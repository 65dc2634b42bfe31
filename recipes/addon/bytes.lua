-- What a target's files are in the words of pienv.object: format, machine, and which slice of a fat file. Pure.

local M = {}

M.formats = { linux = "elf", android = "elf", darwin = "macho", win32 = "pe" }
M.format_names = { elf = "an ELF file", macho = "a Mach-O file", pe = "a PE file" }
M.machines = {
  x64 = "x86_64",
  arm64 = "aarch64",
  ia32 = "x86",
  arm = "arm",
  riscv64 = "riscv",
  loong64 = "loongarch",
  ppc64 = "ppc64",
  s390x = "s390",
}
M.library_types = { dyn = true, dylib = true, bundle = true, dll = true }

---The part of a file that a target uses: the slice of its machine where the file is fat, else the file itself.
---@param info pienv.object.info
---@param target { arch: string }
---@return pienv.object.info? info nil: no slice is for it
function M.slice(info, target)
  if not info.slices then
    return info
  end
  for _, slice in ipairs(info.slices) do
    if slice.machine == M.machines[target.arch] then
      return slice
    end
  end
end

---What speaks against the bytes being a target's, whatever libc and CPU it has.
---@param info pienv.object.info
---@param target { platform: string, arch: string }
---@return "format"|"system"|"slice"|"machine"|"kind"|nil what nil: nothing
---@return string? found what it is instead, in pienv.object's word
function M.mismatch(info, target)
  local format, machine = M.formats[target.platform], M.machines[target.arch]
  if format and info.format ~= format then
    return "format", info.format
  elseif info.osabi == 9 and target.platform ~= "freebsd" then -- ELFOSABI_FREEBSD
    return "system", "FreeBSD"
  end
  local part = M.slice(info, target)
  if not part then
    return "slice", nil
  elseif machine and part.machine ~= machine then
    return "machine", part.machine
  elseif not M.library_types[part.type] then
    return "kind", part.type
  end
end

return M
