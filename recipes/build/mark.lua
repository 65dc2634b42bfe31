-- The mark that says which x86-64 level a file needs: the GNU property "x86 ISA needed". glibc 2.33 and later refuse
-- a file on a CPU that lacks it, instead of letting it die of an illegal instruction.
--
-- GNU ld and mold write the mark when told -z x86-64-vN. LLD ignores that option with a warning, zig refuses it; and
-- LLD drops every section .note.gnu.property that it is given. But it keeps a note section of another name, and a
-- loader looks at segments, not at names: so where the option does not work, an object with such a section is linked
-- in. Only there: a second note beside the linker's own makes loaders ignore both (docs/adr/0016-cpu-mark.md).

local M = {}

---Whether files of a level carry the mark. Every x86-64 CPU has the first level, and linkers have no word for it.
---@param level? integer x86-64 level
---@return boolean
function M.wanted(level)
  return level ~= nil and level > 1
end

---The option of linkers that write the mark.
---@param level integer x86-64 level, 2 to 4
---@return string
function M.option(level)
  return "-Wl,-z,x86-64-v" .. level
end

-- ELF for x86-64, by the System V gABI and "Linux Extensions to gABI". All numbers are little-endian.
local ELF64_RELOCATABLE = "\x7fELF\2\1\1" .. ("\0"):rep(9) .. string.pack("<I2I2I4", 1, 62, 1)
local NOTE_SECTION, PROGRAM_SECTION, STRING_SECTION, ALLOCATED = 7, 1, 3, 2
local PROPERTIES, NEEDED = 5, 0xc0008002 -- NT_GNU_PROPERTY_TYPE_0, GNU_PROPERTY_X86_ISA_1_NEEDED
local NAMES = "\0.note.isa\0.note.GNU-stack\0.shstrtab\0"

local function section(name, kind, flags, offset, size, align)
  local at = name and NAMES:find("\0" .. name .. "\0", 1, true) or 0
  return string.pack("<I4I4I8I8I8I8I4I4I8I8", at, kind, flags, 0, offset, size, 0, 0, align, 0)
end

---An object file that is nothing but the mark, for linkers that have no option for it. No assembler is needed.
---@param level integer x86-64 level
---@return string bytes
function M.object(level)
  local property = string.pack("<I4I4I4I4", NEEDED, 4, 1 << level - 1, 0) -- one bit a level
  local note = string.pack("<I4I4I4", 4, #property, PROPERTIES) .. "GNU\0" .. property
  local header, count = 64, 4
  local names, table_at = header + #note, header + #note + (#NAMES + 7 & ~7)
  return ELF64_RELOCATABLE
    .. string.pack("<I8I8I8I4I2I2I2I2I2I2", 0, 0, table_at, 0, header, 0, 0, 64, count, count - 1)
    .. note
    .. NAMES
    .. ("\0"):rep(table_at - names - #NAMES)
    .. section(nil, 0, 0, 0, 0, 0)
    .. section(".note.isa", NOTE_SECTION, ALLOCATED, header, #note, 8)
    .. section(".note.GNU-stack", PROGRAM_SECTION, 0, header, 0, 1) -- no executable stack is wanted
    .. section(".shstrtab", STRING_SECTION, 0, names, #NAMES, 1)
end

return M
