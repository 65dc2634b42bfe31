-- Loads what was built for this machine, in a process of its own: an addon that its own host cannot load is a defect of
-- the build, and is told there.

local addon = require("recipes.addon")
local path = require("pienv.path")
local static = require("recipes.addon.static")
local verdict = require("recipes.addon.verdict")

local M = {}

local SECONDS = 60

---Whether an addon is for this machine and its CPU. Files for musl and glibc share their names, so the target's libc is
---asked, too. Pure.
---@param input { target: addon.tuple, host: pienv.host, variants: table<string, addon.variant> }
---@return boolean
---@return string? reason where it is not
function M.is_ours(input)
  local target, host = input.target, input.host
  local variant = target.variant and input.variants[target.variant]
  if addon.tag(target) ~= addon.tag(host) or target.libc == "musl" then
    return false, "it is not for this machine"
  elseif variant and variant.level > (host.level or 1) then
    return false, ("this CPU has not x86-64-v%d"):format(variant.level)
  end
  return true
end

-- What only node can tell, which has symbols of its own; and a CPU that is less than it was taken for.
local function is_open(class, reason)
  local symbol = reason:match("undefined symbol: ([%w_]+)")
  return class == "isa" or symbol ~= nil and static.is_hosts(symbol)
end

---What is said of an addon that does not load. Pure.
---@param input { path: string, host: pienv.host, class: probe.class, reason: string }
---@return string
function M.message(input)
  local hang = input.class == "hang"
  local reason = hang and (" loading did not finish within %ds."):format(SECONDS) or "\n" .. input.reason
  local form = "built addon %s cannot be loaded on this host (%s):%s\nThe addon was produced and installed "
    .. "successfully, so this is a defect in the build that made it, not in the loader that rejected it."
  return form:format(path.basename(input.path), addon.tag(input.host), reason)
end

-- Loads one; says what is open.
local function load(s, installed)
  local result, err = s.dlprobe.run(installed.path, { timeout = SECONDS, info = installed.info })
  if not result then
    s:fail(err)
  end
  local class, reason, hint = verdict.of_load(result)
  if class == "ok" then
    return "loads"
  elseif is_open(class, reason) then
    return "unproven: " .. reason
  end
  s:fail(M.message({ path = installed.path, host = s.host, class = class, reason = reason }), { hint = hint })
end

---Probes what this machine can load of what was installed.
---@param s pienv.context
---@param addons { path: string, info: pienv.object.info, target: build.target }[]
function M.run(s, addons)
  local answers = {}
  for _, installed in ipairs(addons) do
    local ours = M.is_ours({ target = installed.target, host = s.host, variants = s.settings.variants })
    answers[#answers + 1] = ours and load(s, installed) or nil
  end
  if #answers == 0 then
    s:skip("nothing of this build is for this machine")
  end
  table.sort(answers)
  s:because(table.concat(answers, ", "))
end

return M
