-- Which C compiler builds for a target: what CC says, else the first one of the policy `compilers` that is there.

local program = require("recipes.build.program")
local rules = require("recipes.build.target")
local zig = require("recipes.build.zig")

local M = {}

---Commands of C compilers for a target, the best first. GNU compilers go under the triple's names. zig comes first
---where a glibc is wanted, because a GNU compiler links against the glibc that it was installed with.
---@param input { cross_target?: string, glibc?: string }
---@return string[][] commands
function M.candidates(input)
  if not input.cross_target then
    return { { "cc" } }
  end
  local list = {}
  for i, name in ipairs(rules.compilers(input.cross_target)) do
    list[i] = { name }
  end
  table.insert(list, input.glibc and 1 or #list + 1, { "zig", "cc" })
  return list
end

-- How to get one. Pure.
local function advice(target)
  if not target.cross_target then
    return "install one (Debian: apt-get install gcc libc6-dev), or name yours in CC"
  end
  local names = rules.compilers(target.cross_target)
  local package = "gcc-" .. names[#names]:gsub("%-gcc$", ""):gsub("_", "-")
  local form = "install zig (pip install ziglang) or a GNU compiler (Debian: apt-get install %s), or name yours in CC"
  return form:format(package)
end

---The compiler's command. CC may hold a launcher or options: "ccache gcc", "clang --target=aarch64-linux-gnu". Raises
---(exit 4) where there is none.
---@param s pienv.context
---@param target build.target
---@return string[] command
function M.find(s, target)
  local given, names = program.words(s.env.CC), {}
  for i, command in ipairs(#given > 0 and { given } or s.policy.compilers(target)) do
    if program.find(s, command[1]) then
      return zig.complete(command, target.cross_target)
    end
    names[i] = "'" .. command[1] .. "'"
  end
  s:fail(("cannot compile for %s: there is no C compiler %s"):format(target.id, table.concat(names, " or ")), {
    exit = 4,
    hint = #given > 0 and "CC names it: correct CC, or unset it" or advice(target),
  })
end

return M
