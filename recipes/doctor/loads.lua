-- Checks that load: whether an addon of this machine loads, and whether it has what is declared.

local addon = require("recipes.addon")
local ask = require("recipes.doctor.ask")
local path = require("pienv.path")
local situation = require("recipes.doctor.situation")

local M = {}

---@class doctor.finding
---@field id string of recipes/doctor/rows.lua; a project's own checks may have their own
---@field what string the thing and the cause, in one line
---@field repair? doctor.repair how --fix heals it without loss
---@field verify? string instead of the row's
---@field fix? string instead of the row's

local function file_named(here, name)
  for _, file in ipairs(here.files) do
    if file.name == name then
      return file
    end
  end
end

local REFUSED = { ok = false, unproven = false }

---The first addon of this machine that loads, and what every one before it said.
---@param s pienv.context
---@param here doctor.situation
---@return { file: doctor.file, exports: table<string, string> }? loaded
---@return string[] reasons
function M.first(s, here)
  local reasons = {}
  for _, name in ipairs(here.names) do
    local file = file_named(here, name)
    local found = file and situation.judge(s, file, { level = s.host.level, identity = file.identity })
    local answer
    if file and REFUSED[found.class] == nil then
      reasons[#reasons + 1] = ("%s: %s"):format(name, found.reason)
    elseif file then
      answer = ask.load(s, "require", file.path)
      reasons[#reasons + 1] = answer.error and ("%s: %s"):format(name, answer.error) or nil
    end
    if answer and answer.exports then
      return { file = file, exports = answer.exports }, reasons
    end
  end
  return nil, reasons
end

---P0701
---@param s pienv.context
---@param here doctor.situation
---@param loaded { file?: doctor.file, reasons: string[] }
---@return doctor.finding[]
function M.check_loads(s, here, loaded)
  if loaded.file then
    return {}
  end
  local reasons, findings = loaded.reasons, {}
  if #reasons == 0 then
    reasons = {
      ("%s has no addon for %s: expected %s"):format(
        situation.shown(s, here.native),
        here.tag,
        table.concat(here.names, " or ")
      ),
    }
  end
  for i, reason in ipairs(reasons) do
    findings[i] = { id = "P0701", what = reason }
  end
  return findings
end

-- Names that declarations promise, by kind.
local function declared(text)
  local found, seen = {}, {}
  for line in text:gmatch("[^\r\n]+") do
    local kind, name = line:match("^export declare (%l+) ([%w_]+)")
    if kind == "const" then
      kind, name = line:match("^export declare const (enum) ([%w_]+)")
    end
    local is_value = kind == "class" or kind == "function" or kind == "enum"
    if is_value and not seen[name] then
      seen[name], found[#found + 1] = true, { kind = kind, name = name }
    end
  end
  return found
end

local function missing(names, exports, kinds)
  local list = {}
  for _, one in ipairs(names) do
    list[#list + 1] = kinds[one.kind] and not exports[one.name] and one.name or nil
  end
  return list
end

---P0702: what index.d.ts declares against what the loaded addon and index.js export.
---@param s pienv.context
---@param here doctor.situation
---@param loaded { file?: doctor.file, exports?: table<string, string> }
---@return doctor.finding[]
function M.check_exports(s, here, loaded)
  local types = path.join(here.native, s.settings.types)
  local text, findings = s.fs.read(types), {}
  if not text or not loaded.exports then
    return {}
  end
  local names = declared(text)
  local function add(form, list, ...)
    if #list > 0 then
      findings[#findings + 1] = { id = "P0702", what = form:format(..., table.concat(list, ", "), s.settings.types) }
    end
  end
  local form = "%s does not export %s, which %s declares"
  add(form, missing(names, loaded.exports, { class = true, ["function"] = true }), loaded.file.name)
  local index = path.join(here.native, s.settings.index)
  local answer = s.fs.stat(index) and ask.load(s, "import", index)
  if answer and answer.exports then
    local kinds = { class = true, ["function"] = true, enum = true }
    add(form, missing(names, answer.exports, kinds), situation.shown(s, index))
  elseif answer then
    local reason = answer.error:match("^[^\n]*")
    findings[#findings + 1] =
      { id = "P0702", what = ("%s cannot be imported: %s"):format(situation.shown(s, index), reason) }
  end
  return findings
end

---P0703
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_variant(s, here)
  local best, findings = here.variant, {}
  if not best then
    return {}
  end
  if here.chosen ~= best and s.settings.variants[here.chosen].level < s.settings.variants[best].level then
    local name = here.source == "override" and here.variables.variant or here.variables.cache
    local form = "%s=%s: %s is loaded, and this CPU can run %s"
    findings[1] = { id = "P0703", what = form:format(name, here.chosen, here.chosen, best) }
  end
  local wanted = s.policy.filename({
    addon = s.settings.addon,
    platform = s.host.platform,
    arch = s.host.arch,
    variant = best,
  })
  if not file_named(here, wanted) then
    for _, name in ipairs(addon.variant_names(s.settings.variants)) do
      local lesser = s.policy.filename({
        addon = s.settings.addon,
        platform = s.host.platform,
        arch = s.host.arch,
        variant = name,
      })
      if name ~= best and file_named(here, lesser) then
        findings[#findings + 1] = { id = "P0703", what = ("%s is not there, so %s is loaded"):format(wanted, lesser) }
        break
      end
    end
  end
  return findings
end

return M
