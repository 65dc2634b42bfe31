-- What a run is asked for: options, their check, and the list of targets. The words of refusals and all decisions are
-- policy functions (recipes/build/target.lua, recipes/addon.lua).

local addon = require("recipes.addon")
local rules = require("recipes.build.target")

local M = {}

---@class build.target: addon.target
---@field id string "linux-x64-modern"
---@field cross boolean
---@field cross_target? string
---@field libc? string what CROSS_TARGET says: "gnu", "musl"
---@field glibc? string the highest glibc that CROSS_TARGET allows the file to need: "2.17"
---@field profile "local"|"ci"
---@field listed boolean one of a list of variants (TARGET_VARIANTS)
---@field filename string

M.options = {
  platform = {
    env = "TARGET_PLATFORM",
    about = "platform of the file, in node's words",
    default = function(host)
      return host.platform
    end,
  },
  arch = {
    env = "TARGET_ARCH",
    about = "architecture of the file, in node's words",
    default = function(host)
      return host.arch
    end,
  },
  variant = { env = "TARGET_VARIANT", about = "CPU variant of an x64 file; default: what this machine can run" },
  variants = { env = "TARGET_VARIANTS", type = "list", about = "several variants in one run; over variant" },
  cross_target = { env = "CROSS_TARGET", about = "target triple of a cross build" },
}

-- How near an option's value is to who runs the build: the command line wins over the environment, that over pienv.lua.
local function rank(origin)
  return origin == "command line" and 3 or origin:find("^environment ") and 2 or origin == "pienv.lua" and 1 or 0
end

-- The variants that were asked for: from the nearest origin; of one origin the list, not the single name.
local function requested(c)
  local o, origin = c.options, c.origin
  local has_list = o.variants and #o.variants > 0
  if has_list and not (o.variant and rank(origin.variant) > rank(origin.variants)) then
    return o.variants, true
  end
  return { o.variant }, false
end

local function tuple_of(c, variant)
  local o = c.options
  local tuple =
    { platform = o.platform, arch = o.arch, cross_target = o.cross_target, host = c.host, variant = variant }
  tuple.cross = c.policy.cross(tuple)
  tuple.variants, tuple.tags = c.settings.variants, c.settings.tags
  return tuple
end

---Rejects what cannot be built, before anything is touched.
---@param c pienv.context
function M.check(c)
  local function refuse(message, code, exit)
    if message then
      c:fail(message, { exit = exit, code = code })
    end
  end
  refuse(rules.validate_settings(c.settings), nil, 3)
  local names, is_list = requested(c)
  refuse(c.policy.validate_list({ list = is_list and names or {}, variants = c.settings.variants }))
  refuse(c.policy.validate(tuple_of(c, names[1])))
  for i = 2, #names do
    refuse(c.policy.validate(tuple_of(c, names[i])))
  end
end

-- What policies answer becomes a file in native/, and in nothing else.
local function refuse_name(c, target)
  local name = target.filename
  if target.variant and not c.settings.variants[target.variant] then
    c:fail(("variant %s is none of the setting 'variants'"):format(tostring(target.variant)), { exit = 3 })
  elseif type(name) ~= "string" or name == "" or name:find("[/%z]") or name == "." or name == ".." then
    local form = "the policy 'filename' must give a file name for %s, got %s"
    c:fail(form:format(target.id, tostring(name)), { exit = 3 })
  end
end

local function target_of(c, variant, listed)
  local tuple = tuple_of(c, variant)
  if not variant and tuple.arch == "x64" then
    variant = c.policy.detect({ level = c.host.level, variants = c.settings.variants })
  end
  local target = { addon = c.settings.addon, platform = tuple.platform, arch = tuple.arch, variant = variant }
  target.listed, target.cross, target.cross_target = listed, tuple.cross, tuple.cross_target
  local triple = tuple.cross_target and rules.of_triple(tuple.cross_target) or {}
  target.libc, target.glibc = triple.libc, triple.glibc
  target.profile = c.policy.profile({ cross = tuple.cross, ci = c.env.CI })
  target.id, target.filename = addon.label(target), c.policy.filename(target)
  refuse_name(c, target)
  return target
end

---The targets of a run: one for every variant that was asked for.
---@param c pienv.context
---@return build.target[]
function M.targets(c)
  local list, by_name = {}, {}
  local names, listed = requested(c)
  for i = 1, math.max(1, #names) do
    local target = target_of(c, names[i], listed)
    local other = by_name[target.filename]
    if other then
      local form = "Refusing to install two outputs as %s: %s and %s."
      c:fail(form:format(target.filename, other.id, target.id), {
        hint = "name each variant once, and give each its own name in the policy 'filename'",
      })
    end
    list[i], by_name[target.filename] = target, target
  end
  return list
end

return M
