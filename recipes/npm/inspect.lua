-- Whether the bytes of a file may be published for a target. What they are is judged by what probe, build and npm share
-- (recipes/addon/verdict.lua); here is what concerns other people's machines only.

local bytes = require("recipes.addon.bytes")
local elf = require("pienv.elf")
local verdict = require("recipes.addon.verdict")

local M = {}

-- Libraries that every system of that libc has, as patterns.
local ELF = {
  gnu = { "^libc%.so%.6$", "^libm%.so%.6$", "^libdl%.so%.2$", "^libpthread%.so%.0$", "^librt%.so%.1$" },
  musl = { "^libc%.so$", "^libc%.musl%-[%w_]+%.so%.1$" },
}
for _, pattern in ipairs({ "^libutil%.so%.1$", "^ld%-linux[%w_-]*%.so%.%d$", "^ld64%.so%.%d$", "^libgcc_s%.so%.1$" }) do
  table.insert(ELF.gnu, pattern)
end
for _, pattern in ipairs({ "^ld%-musl%-[%w_]+%.so%.1$", "^libgcc_s%.so%.1$" }) do
  table.insert(ELF.musl, pattern)
end

---The libraries that a file may need, as patterns of names in lower case. A policy.
---@param input { format: "elf"|"macho"|"pe", libc?: string }
---@return string[]
function M.libraries(input)
  if input.format == "elf" then
    return ELF[input.libc or "gnu"] or ELF.gnu
  end
  return require("recipes.addon.static").allowed[input.format]
end

---Which paths a file must not hold, because they tell of the machine that built it. A policy. `told` ones are remarked
---only: messages of a compiler's run time are full of the paths of its sources.
---@param input { root: string, home?: string }
---@return { refused: string[], told: string[] }
function M.host_paths(input)
  local function path_of(folder) -- a short one is found by chance
    return folder and #folder > 3 and folder .. "/" or nil
  end
  return { refused = { path_of(input.root) }, told = { path_of(input.home) } }
end

local SUGGESTION = "Link it statically, or add it to 'libraries' in pienv.lua where every user has it."

local function is_allowed(library, patterns)
  for _, pattern in ipairs(patterns) do
    if library:lower():find(pattern) then
      return true
    end
  end
  return false
end

-- PE and Mach-O: the shared verdict does the same with `allowed`.
local function check_needed(info, patterns)
  for _, library in ipairs(info.format == "elf" and info.needed or {}) do
    if not is_allowed(library, patterns) then
      return "needs " .. library .. ", which not every system has", SUGGESTION
    end
  end
end

local NO_PATHS = "Build it without: no absolute -rpath, an install name of @rpath, no absolute library."

-- Paths by which a loader looks for something.
local function check_run_paths(info)
  local paths = { table.unpack(info.run_paths or {}) }
  for _, list in ipairs({ info.rpath or "", info.runpath or "" }) do
    for path in list:gmatch("[^:]+") do
      paths[#paths + 1] = path
    end
  end
  for _, path in ipairs(paths) do
    if path:find("^/") then
      return "looks for libraries in " .. path .. ", a path of the machine that built it", NO_PATHS
    end
  end
  for _, library in ipairs(info.format == "elf" and info.needed or {}) do
    if library:find("/") then
      return "needs " .. library .. ", a path of the machine that built it", NO_PATHS
    end
  end
end

local function check_bytes(found)
  for _, one in ipairs(found or {}) do
    if one.count > 0 then
      return ("holds the path %s of the machine that built it"):format(one.path),
        "Build a release (CI=1): it has no debug information. Rust: RUSTFLAGS=--remap-path-prefix=OLD=NEW."
    end
  end
end

---@class npm.evidence: probe.input
---@field patterns string[] libraries that are allowed
---@field refused? { path: string, count: integer }[] paths looked for in its bytes

---@param input npm.evidence
---@return string? reason nil: it may be published
---@return string? hint
function M.judge(input)
  local found = verdict.of(input)
  if found.class ~= "unproven" and found.class ~= "ok" then
    return found.reason, found.hint
  end
  local part = bytes.slice(input.info, input.target)
  local reason, hint = check_run_paths(part)
  if not reason then
    reason, hint = check_needed(part, input.patterns)
  end
  if not reason then
    reason, hint = check_bytes(input.refused)
  end
  return reason, hint
end

---What is worth a look in a file that may be published.
---@param input npm.evidence | { told?: { path: string, count: integer }[] }
---@return string[]
function M.remarks(input)
  local remarks = verdict.of(input).remarks
  local floor = input.info.format == "elf" and elf.glibc_floor(input.info)
  remarks[#remarks + 1] = floor and "needs glibc " .. floor or nil
  for _, one in ipairs(input.told or {}) do
    remarks[#remarks + 1] = one.count > 0 and ("names files in %s %d times"):format(one.path, one.count) or nil
  end
  return remarks
end

return M
