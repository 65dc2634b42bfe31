-- The core package: the leaves that it names, and the files that it packs. Pure.

local glob = require("pienv.glob")
local modules = require("recipes.npm.modules")
local ordered = require("recipes.npm.ordered")
local path = require("pienv.path")

local M = {}

-- Words of process.platform: what a name of a leaf of ours can hold.
local PLATFORMS = { aix = true, android = true, darwin = true, freebsd = true, linux = true }
PLATFORMS.openbsd, PLATFORMS.sunos, PLATFORMS.win32 = true, true, true

-- Whether a name is that of a leaf for a target that is none any more.
local function is_gone(name, form)
  local before, after = form:match("^(.*){tag}(.*)$")
  local tag = before and name:sub(1, #before) == before and name:sub(#name - #after + 1) == after
  local platform = tag and name:sub(#before + 1, #name - #after):match("^(%w+)%-%w+$")
  return PLATFORMS[platform] or false
end

---The member `optionalDependencies`: every leaf with the exact version, beside whatever else is there.
---@param input { old?: npm.node, leaves: string[], version: string, form: string } form: of the names, with "{tag}"
---@return npm.node
---@return string[] gone leaves of targets that are none any more: left out
function M.dependencies(input)
  local members, ours, gone = {}, {}, {}
  for _, name in ipairs(input.leaves) do
    ours[name] = true
  end
  for _, member in ipairs(input.old and input.old.members or {}) do
    local name = require("pienv.json").decode(member.key)
    if not ours[name] and is_gone(name, input.form) then
      gone[#gone + 1] = name
    elseif not ours[name] then
      members[#members + 1] = { name, member.node }
    end
  end
  for _, name in ipairs(input.leaves) do
    members[#members + 1] = { name, ordered.string(input.version) }
  end
  return ordered.object(members), gone
end

-- Everything that package.json names as a file: { file, as }.
local function entries_of(value)
  local entries = {}
  local function add(file, as)
    if type(file) == "string" and not file:find("*", 1, true) then
      entries[#entries + 1] = { file = file, as = as }
    end
  end
  local function walk(inner, as)
    if type(inner) ~= "table" then
      return add(inner, as)
    end
    local keys = {}
    for key in pairs(inner) do
      keys[#keys + 1] = key
    end
    table.sort(keys, function(a, b)
      return tostring(a) < tostring(b)
    end)
    for _, key in ipairs(keys) do
      walk(inner[key], as)
    end
  end
  for _, field in ipairs({ "main", "module", "types", "typings", "bin", "exports" }) do
    walk(value[field], field)
  end
  return entries
end

---@param value table package.json
---@param read fun(file: string): string?
---@return npm.need[]
function M.needs(value, read)
  return modules.closure(entries_of(value), read)
end

-- The entry of the list that packs a file; npm reads them like lines of .gitignore, so the last that matches counts.
local function packed_by(list, file)
  local found
  for _, entry in ipairs(list) do
    local negated, pattern = entry:match("^(!?)%.?/?(.-)/?$")
    if pattern == "" or pattern == "." or glob.match(pattern, file) or glob.match(pattern .. "/**", file) then
      found = negated == "" and entry or nil
    end
  end
  return found
end

-- npm packs these whatever the list says.
local function is_always_packed(file)
  local name = file:upper()
  return file == "package.json" or name:find("^README[^/]*$") ~= nil or name:find("^LICEN[CS]E[^/]*$") ~= nil
end

---The files that the core packs: the setting, else what package.json says but addons, else what its modules need.
---@param input { setting?: string[], value: table, needs: npm.need[] }
---@return string[]
function M.files(input)
  if input.setting then
    return input.setting
  end
  local list, seen = {}, {}
  local function add(entry)
    if not seen[entry] and not entry:find("%.node$") then
      seen[entry], list[#list + 1] = true, entry
    end
  end
  local given = type(input.value.files) == "table" and input.value.files or nil
  for _, entry in ipairs(given or {}) do
    add(tostring(entry))
  end
  for _, need in ipairs(given and {} or input.needs) do
    if not is_always_packed(need.file) then
      add(need.file)
    end
  end
  if not given then
    table.sort(list)
  end
  return list
end

local function who(need)
  return need.by or "package.json"
end

-- What one file that is needed has against the list.
local function objection(need, list)
  if need.file:find("^%.%./") then
    return ("%s needs %s, which lies outside of the package"):format(who(need), need.as),
      "Move it into the package: what lies outside is not packed."
  elseif need.is_missing and need.may_miss then
    return nil
  elseif need.is_missing and need.by then
    return ("%s imports %s, which is not there"):format(need.by, need.as),
      "Build it, generate it, or remove the import."
  elseif need.is_missing then
    return ("package.json names %s as '%s', which is not there"):format(need.file, need.as),
      "Build it first, or correct package.json."
  elseif not is_always_packed(need.file) and not packed_by(list, need.file) then
    return ("%s needs %s, which 'files' does not pack"):format(who(need), need.file),
      ("Add \"%s\" to 'core_files' in pienv.lua or 'files' in package.json."):format(need.file)
  end
end

---What speaks against publishing the core with that list: a module without what it imports, or an addon in it.
---@param input { list: string[], needs: npm.need[], addons: string[] } addons: files that must not be in it
---@return string? message
---@return string? hint
function M.object(input)
  for _, need in ipairs(input.needs) do
    local message, hint = objection(need, input.list)
    if message then
      return message, hint
    end
  end
  for _, file in ipairs(input.addons) do
    local entry = packed_by(input.list, file)
    if entry then
      return ("the core would pack %s, by the entry \"%s\" of 'files'"):format(file, entry),
        ('Addons belong to the leaf packages: name single files, or add "!%s/*.node".'):format(path.dirname(file))
    end
  end
end

---The new text of package.json.
---@param text string
---@param dependencies npm.node
---@param list string[]
---@return string
function M.text(text, dependencies, list)
  text = ordered.set(text, "files", ordered.strings(list))
  return ordered.set(text, "optionalDependencies", dependencies)
end

return M
