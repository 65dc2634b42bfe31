-- `zig cc` as the C compiler: clang and LLD, with the symbol tables of every glibc and with musl. It has words of its
-- own for targets and CPUs. Pure.

local path = require("pienv.path")

local M = {}

local PROGRAMS = { zig = true, ["python-zig"] = true, ziglang = true } -- the last: python3 -m ziglang cc

---Whether a compiler command is zig's: `zig cc`, also behind a launcher, or as a module of Python.
---@param command string[]
---@return boolean
function M.is(command)
  for i = 1, #command - 1 do
    if PROGRAMS[path.basename(command[i])] and command[i + 1] == "cc" then
      return true
    end
  end
  return false
end

local ARCHES = { i686 = "x86", i586 = "x86", armv7 = "arm", arm64 = "aarch64" }
local SYSTEMS = { linux = "linux", windows = "windows", darwin = "macos", macos = "macos" }

---A target triple in zig's words: without the vendor, with the glibc suffix.
---@param triple string "x86_64-unknown-linux-gnu.2.17"
---@return string target "x86_64-linux-gnu.2.17"
function M.target(triple)
  local words = {}
  for word in triple:gmatch("[^-]+") do
    words[#words + 1] = word
  end
  if not SYSTEMS[words[2]] and SYSTEMS[words[3]] then
    table.remove(words, 2)
  end
  words[1], words[2] = ARCHES[words[1]] or words[1], SYSTEMS[words[2]] or words[2]
  return table.concat(words, "-")
end

local function names_target(command)
  for _, word in ipairs(command) do
    if word:find("^%-%-?target") then
      return true
    end
  end
  return false
end

---The command with the triple as its target, unless it names one itself. Commands that are not zig's stay as they are.
---@param command string[]
---@param triple? string
---@return string[]
function M.complete(command, triple)
  if not triple or not M.is(command) or names_target(command) then
    return command
  end
  local list = table.move(command, 1, #command, 1, {})
  return table.move({ "-target", M.target(triple) }, 1, 2, #list + 1, list)
end

---The flag that tells the compiler which CPU it may assume. Without one, zig would take the CPU of this machine.
---@param march? string "x86-64-v3"; nil: any CPU of the architecture
---@return string flag
function M.cpu(march)
  return march and "-march=" .. march:gsub("-", "_") or "-mcpu=baseline"
end

return M
