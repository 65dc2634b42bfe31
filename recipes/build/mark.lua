-- The mark that says which x86-64 level a file needs: the GNU property "x86 ISA needed". glibc 2.33 and later refuse
-- a file on a CPU that lacks it, instead of letting it die of an illegal instruction.
--
-- GNU ld and mold write the mark when told -z x86-64-vN. LLD ignores that option with a warning, zig refuses it; and
-- LLD drops every section .note.gnu.property that it is given. But it keeps a note section of another name, and a
-- loader looks at segments, not at names: so where the option does not work, an object with such a section is linked
-- in. Only there: a second note beside the linker's own makes loaders ignore both (docs/adr/0016-cpu-mark.md).

local path = require("pienv.path")

local M = {}

---The option of linkers that write the mark.
---@param level integer x86-64 level
---@return string
function M.option(level)
  return "-Wl,-z,x86-64-v" .. level
end

local NOTE = [[
	.section .note.isa,"a",@note
	.p2align 3
	.long 4, 16, 5 /* sizes of name and properties; NT_GNU_PROPERTY_TYPE_0 */
	.asciz "GNU"
	.long 0xc0008002, 4, %d, 0 /* GNU_PROPERTY_X86_ISA_1_NEEDED, its size, one bit a level, padding */
	.section .note.GNU-stack,"",@progbits
]]

---Assembly of an object that is nothing but the mark.
---@param level integer x86-64 level
---@return string
function M.assembly(level)
  return NOTE:format(1 << level - 1)
end

---Makes that object.
---@param s pienv.context
---@param input { compiler: string[], level: integer, folder: string } folder: also for the compiler's temporary files
---@return string object
function M.object(s, input)
  local source, object = path.join(input.folder, "mark.s"), path.join(input.folder, "mark.o")
  local written, err = s.fs.write(source, M.assembly(input.level), { sync = false })
  if not written then
    s:fail(err)
  end
  s:run({ input.compiler, "-c", source, "-o", object, env = { TMPDIR = input.folder } })
  return object
end

return M
