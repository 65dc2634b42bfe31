-- Strips a release file and shows that it is stripped, still loads, and is what its label claims. Everything through s.

local addon = require("recipes.addon")
local path = require("pienv.path")
local rules = require("recipes.build.target")
local verify = require("recipes.build.verify")

local M = {}

---Programs that strip, in the order in which they are tried. GNU strip knows only the machines that it was built for,
---usually its own; a cross compiler's binutils bring one that knows theirs.
---@param input { cross_target?: string }
---@return string[]
function M.tools(input)
  local list = { "llvm-strip" }
  for _, prefix in ipairs(input.cross_target and rules.prefixes(input.cross_target) or {}) do
    list[#list + 1] = prefix .. "-strip"
  end
  list[#list + 1] = "strip"
  return list
end

-- A tool that is missing or fails is passed over: verification decides.
local function strip(s, file)
  for _, tool in ipairs(s.policy.strip_tools(s.target)) do
    local result = s:run({ tool, "--strip-unneeded", file, check = false })
    if result and result.exit == 0 then
      return tool
    end
  end
end

local function inspect(s, file)
  local info, err, code = s.object.inspect(file)
  return info or s:fail(verify.unreadable({ err = err, code = code }), { hint = "look at " .. path.basename(file) })
end

local function refuse(s, message, hint)
  if message then
    s:fail(message, { hint = hint })
  end
end

-- Of any version: which one a file is of is looked at where it is embedded or loaded.
local function has_sentinel(s, file)
  local text, stem = addon.sentinel({ sentinel = s.settings.sentinel, version = "" })
  local needle = stem or text
  local found = needle ~= "" and s.search.file(file, { needle }, { limit = 0 })
  return found and found[1].count > 0 or false
end

local function strip_and_verify(s, file, before)
  local base, had = path.basename(file), has_sentinel(s, file)
  local tool = strip(s, file)
  local after = inspect(s, file)
  refuse(s, s.policy.stripped({ base = base, info = after }))
  refuse(
    s,
    verify.survived({
      base = base,
      before = before,
      after = after,
      had_sentinel = had,
      has_sentinel = has_sentinel(s, file),
    })
  )
  s:because(tool and "stripped by " .. tool or "nothing to strip")
  return after
end

---@param s pienv.context
---@param file string
---@param cpu build.cpu
---@return pienv.object.info? info nil for formats that are not looked at (darwin, win32)
function M.run(s, file, cpu)
  if s.target.platform ~= "linux" then
    s:because(s.target.platform .. " files are not looked at")
    return nil
  end
  local info = inspect(s, file)
  if s.target.profile == "ci" then
    info = strip_and_verify(s, file, info)
  end
  refuse(
    s,
    s.policy.claim({
      base = path.basename(file),
      info = info,
      target = s.target,
      native = cpu.native,
      variants = s.settings.variants,
    })
  )
  return info
end

return M
