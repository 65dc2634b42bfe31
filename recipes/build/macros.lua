-- What a C compiler may assume of the CPU, by its own word: the macros that it predefines under the flags of the build.
-- Flags may come from the project, from CFLAGS and from CC, and the last one wins; only the compiler knows. Pure.

local levels = require("recipes.build.levels")

local M = {}

local FEATURES = {
  [2] = { "SSE3", "SSSE3", "SSE4_1", "SSE4_2", "POPCNT" },
  [3] = { "AVX", "AVX2", "BMI", "BMI2", "F16C", "FMA", "LZCNT", "MOVBE" },
  [4] = { "AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL" },
}

---The x86-64 level that code may need which was compiled so.
---@param macros string what `cc -E -dM` printed
---@return integer level 1 to 4
function M.level(macros)
  return levels.of(FEATURES, function(name)
    return macros:find("#define __" .. name .. "__ ", 1, true) ~= nil
  end)
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
