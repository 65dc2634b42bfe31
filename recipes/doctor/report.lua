-- The end of a run: every row of the table, found or not; of what was found how to see it and what to do.

local loading = require("recipes.addon.loading")
local repair = require("recipes.doctor.repair")
local rows = require("recipes.doctor.rows")
local situation = require("recipes.doctor.situation")

local M = {}

---Values for the places of the rows' texts.
---@param s pienv.context
---@param here doctor.situation
---@param loaded { file?: doctor.file }
---@return table<string, string>
function M.values(s, here, loaded)
  local native = situation.shown(s, here.native)
  local first = loaded.file and loaded.file.path or here.native .. "/" .. here.names[1]
  return {
    native = native,
    loaded = "./" .. situation.shown(s, first),
    versioned = here.versioned,
    manifest = s.settings.manifest,
    build = s.settings.build_command,
    install = loading.fill(s.settings.install_command, { package = here.package, version = here.version }),
    variable = here.variables.variant,
    variant = here.variant or "modern",
    leaf = here.leaf,
    lock = "package-lock.json",
    sentinel = here.wanted,
  }
end

local function by_id(findings)
  local found, ids = {}, {}
  for id in pairs(rows) do
    found[id], ids[#ids + 1] = {}, id
  end
  for _, finding in ipairs(findings) do
    if not found[finding.id] then
      found[finding.id], ids[#ids + 1] = {}, finding.id
    end
    table.insert(found[finding.id], finding)
  end
  table.sort(ids)
  return found, ids
end

local function all_fixed(list)
  for _, finding in ipairs(list) do
    if not finding.fixed then
      return false
    end
  end
  return true
end

local function state_of(list)
  return #list == 0 and "ok" or all_fixed(list) and "fixed" or "FOUND"
end

-- A row says what is wrong: "ok" in front of it would be read as part of that.
local function shown(state)
  return state == "ok" and "no" or state
end

local function text_of(row, finding, field, values)
  local text = finding[field] or row[field]
  return text and loading.fill(text, values)
end

local function print_finding(s, finding)
  s:print("      " .. finding.what)
  if finding.fixed then
    s:print("      fixed: " .. repair.describe(finding.repair))
  elseif finding.failed then
    s:print("      not fixed: " .. finding.failed)
  end
end

-- One row, with its event.
local function tell(s, id, list, values)
  local row, state, first = rows[id] or {}, state_of(list), list[1] or {}
  local symptom = row.symptom or first.symptom or "a check of this project"
  local verify, fix = text_of(row, first, "verify", values), text_of(row, first, "fix", values)
  local what = {}
  for i, finding in ipairs(list) do
    what[i] = finding.what
  end
  s.ui:event("diagnosis", {
    id = id,
    state = state:lower(),
    symptom = symptom,
    found = s.json.array(what),
    verify = verify,
    fix = fix,
  })
  s:print(("%-5s %s %s"):format(shown(state), id, symptom))
  for _, finding in ipairs(list) do
    print_finding(s, finding)
  end
  if state == "FOUND" then
    s:print(verify and "      verify: " .. verify or "      pienv help " .. id)
    s:print(fix and "      fix:    " .. fix or "      pienv help " .. id)
  end
  return state
end

---@param s pienv.context
---@param findings doctor.finding[]
---@param values table<string, string>
function M.run(s, findings, values)
  local found, ids = by_id(findings)
  local problems = 0
  for _, id in ipairs(ids) do
    problems = problems + (tell(s, id, found[id], values) == "FOUND" and 1 or 0)
  end
  s:print(("%d checks, %s"):format(#ids, problems == 0 and "healthy" or problems .. " found"))
  if problems > 0 then
    s:ends_with(1)
  end
end

return M
