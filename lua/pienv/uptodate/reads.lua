-- Which options, settings and variables a step looked at, and whether they are still what they were.
--
-- What a step reads through s.options, s.settings and s.env is noticed while it runs; variables that only its processes
-- read are declared in `env`. Values of variables are kept as digests.

local json = require("pienv.json")
local secret = require("pienv.secret")
local sha256 = require("pienv.sha256")

local M = {}

local GROUPS = { "env", "options", "settings" }
local NOUNS = { env = "env", options = "option", settings = "setting" }

---@class pienv.uptodate.reads
---@field groups table<string, table<string, boolean>> group -> names that were read
local reads = {}
reads.__index = reads

-- The table of a group, which notices what is read.
local function watch(real, names)
  local function all()
    for name in pairs(real) do
      names[name] = true
    end
    return next, real, nil
  end
  return setmetatable({}, {
    __index = function(_, name)
      names[name] = true
      return real[name]
    end,
    __pairs = all,
    __newindex = function(_, name, value)
      real[name] = value
    end,
  })
end

---Watches what the step of a context reads.
---@param s pienv.context of a step; its options, settings and env are replaced
---@param base pienv.context
---@param declared? string[] variables
---@return pienv.uptodate.reads
function M.watch(s, base, declared)
  local self = setmetatable({ groups = {} }, reads)
  for _, group in ipairs(GROUPS) do
    self.groups[group] = {}
    s[group] = watch(base[group], self.groups[group])
  end
  for _, name in ipairs(declared or {}) do
    self.groups.env[name] = true
  end
  return self
end

-- A value as it is compared. A function of pienv.lua is as that file is.
local function value_of(c, group, name, project_digest)
  local value = c[group][name]
  if value == nil then
    return json.null
  elseif group == "env" then
    return sha256.hash(value):sub(1, 16)
  end
  local ok, text = pcall(json.encode, value)
  if ok then
    return text
  elseif type(value) == "string" then
    return "bytes " .. sha256.hash(value):sub(1, 16)
  end
  return "code of " .. project_digest
end

---The values of what was read, as a text without line feeds and tabs.
---@param c pienv.context
---@param project_digest string of the project file
---@return string
function reads:encode(c, project_digest)
  local values = {}
  for _, group in ipairs(GROUPS) do
    for name in pairs(self.groups[group]) do
      if type(name) == "string" and utf8.len(name) then
        values[group] = values[group] or {}
        values[group][name] = value_of(c, group, name, project_digest)
      end
    end
  end
  return json.encode(values)
end

local function shown(value)
  if value == json.null then
    return "not set"
  end
  return (value:gsub('^"(.*)"$', "%1"))
end

local function difference(group, name, before, now)
  local what = NOUNS[group] .. " " .. name
  if group == "env" and before == json.null then
    return what .. " is set now"
  elseif group == "env" and now == json.null then
    return what .. " is set no more"
  elseif group == "env" or secret.is_name(name) or before ~= json.null and before:find("^code of ") then
    return what .. " changed"
  end
  return ("%s: %s -> %s"):format(what, shown(before), shown(now))
end

local function names_of(values)
  local names = {}
  for name in pairs(values) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

---Why values that were kept are no longer what they were; nil: they are.
---@param text string as encode gave it
---@param c pienv.context
---@param project_digest string
---@return string?
function M.difference(text, c, project_digest)
  local values = json.decode(text)
  if type(values) ~= "table" then
    return "the record of the last run cannot be read"
  end
  for _, group in ipairs({ "options", "settings", "env" }) do
    local kept = type(values[group]) == "table" and values[group] or {}
    for _, name in ipairs(names_of(kept)) do
      local now = value_of(c, group, name, project_digest)
      if kept[name] ~= now then
        return difference(group, name, kept[name] == json.null and json.null or tostring(kept[name]), now)
      end
    end
  end
  return nil
end

return M
