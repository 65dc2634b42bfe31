-- Whether the bytes of an addon are what its name says: platform and architecture, variant, version. Pure: works on
-- what pienv.object and pienv.search found. Each check returns nil, or a message and the next step.

local bytes = require("recipes.addon.bytes")

local M = {}

local REBUILD = "Build it again for that target, or remove it from the folder."
local NO_SENTINEL = "Build it again, or set 'sentinel' in pienv.lua (\"\" where addons have none)."

---@class embed.claim
---@field base string file name, as said in messages
---@field tag string "linux-x64"
---@field platform string
---@field arch string
---@field variant string
---@field level? integer x86-64 level that the variant means
---@field info? pienv.object.info
---@field err? string where there is no info: what pienv.object said
---@field version string of the package
---@field sentinel? addon.identity nil: addons have none

-- What speaks against the name, to follow "but".
local function other_than_named(input)
  local what, found = bytes.mismatch(input.info, input)
  if what == "format" then
    return "is " .. bytes.format_names[found]
  elseif what == "slice" then
    return "has no slice for " .. input.arch
  elseif what == "kind" then
    return "is no shared library (type " .. found .. ")"
  end
  return what and "holds code for " .. found
end

local function check_platform(input)
  if not input.info then
    return ("Native addon %s cannot be read: %s"):format(input.base, input.err), REBUILD
  end
  local found = other_than_named(input)
  if found then
    return ("Native addon %s is named for %s, but %s."):format(input.base, input.tag, found), REBUILD
  end
end

-- More than the variant means crashes where it is chosen; less is another variant under this name.
local function check_variant(input)
  local needed = bytes.slice(input.info, input).isa_needed
  if needed and input.level and needed ~= input.level then
    local form = "Native addon %s claims variant %s (x86-64-v%d), but its bytes need x86-64-v%d."
    return form:format(input.base, input.variant, input.level, needed), REBUILD
  end
end

local function check_version(input)
  local sentinel = input.sentinel
  if not sentinel or sentinel.count > 0 then
    return nil
  elseif #sentinel.others > 0 then
    local form = "Native addon %s is of another version than %s: it holds %s, not %s."
    return form:format(input.base, input.version, table.concat(sentinel.others, ", "), sentinel.wanted), REBUILD
  end
  local form = "Native addon %s does not say that it is of version %s: it holds no sentinel %s."
  return form:format(input.base, input.version, sentinel.wanted), NO_SENTINEL
end

---@param input embed.claim
---@return string? message
---@return string? hint
function M.check(input)
  for _, check in ipairs({ check_platform, check_variant, check_version }) do
    local message, hint = check(input)
    if message then
      return message, hint
    end
  end
end

---What the bytes leave open, for the report.
---@param input embed.claim
---@return string?
function M.unproven(input)
  local part = input.info and bytes.slice(input.info, input)
  if part and input.level and not part.isa_needed then
    return ("unproven: the file does not say which CPU it needs, its name says x86-64-v%d"):format(input.level)
  end
end

return M
