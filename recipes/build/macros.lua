-- What a C compiler may assume of the CPU, by its own word: the macros that it predefines under the flags of the build.
-- Flags may come from the project, from CFLAGS and from CC, and the last one wins; only the compiler knows. Pure.

local M = {}

-- One feature of a level is enough to die without it, so the highest one that is there decides.
local LEVELS = {
  { level = 4, names = { "AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL" } },
  { level = 3, names = { "AVX", "AVX2", "BMI", "BMI2", "F16C", "FMA", "LZCNT", "MOVBE" } },
  { level = 2, names = { "SSE3", "SSSE3", "SSE4_1", "SSE4_2", "POPCNT" } },
}

---The x86-64 level that code may need which was compiled so.
---@param macros string what `cc -E -dM` printed
---@return integer level 1 to 4
function M.level(macros)
  for _, row in ipairs(LEVELS) do
    for _, name in ipairs(row.names) do
      if macros:find("#define __" .. name .. "__ ", 1, true) then
        return row.level
      end
    end
  end
  return 1
end

local HINT =
  "Look for -march in CC, CFLAGS and LDFLAGS, and in 'cflags' of pienv.lua, or build the variant of that level."

---Why code of that level cannot go under the variant's name, if it cannot.
---@param input { level: integer, wanted: integer, variant: string }
---@return string? message
---@return string? hint
function M.mislabel(input)
  if input.level ~= input.wanted then
    local form = "The compiler's flags make it assume x86-64-v%d, but the variant %s means x86-64-v%d."
    return form:format(input.level, input.variant, input.wanted), HINT
  end
end

return M
