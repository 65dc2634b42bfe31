-- What a user prefers wherever pienv runs: $XDG_CONFIG_HOME/pienv/config.json (or ~/.config/pienv/config.json), as
--   { "color": "never", "jobs": 4, "log_order": "time", "quiet": false, "show": "all", "verbose": true }
-- It holds what a run shows and how many processes it starts at once, and nothing else: what could change an artifact,
-- a key, or which code is loaded belongs to the project, where others see it. Command line and environment go first.

local env = require("pienv.env")
local errno = require("pienv.errno")
local failure = require("pienv.failure")
local flags = require("pienv.cli.flags")
local fs = require("pienv.fs")
local json = require("pienv.json")
local suggest = require("pienv.suggest")

local M = {}

local MAY_SAY = { color = true, jobs = true, log_order = true, quiet = true, show = true, verbose = true }

local LIMIT = 64 * 1024 -- bytes

local function filled(name)
  local value = env.get(name)
  return value ~= "" and value or nil
end

---Where the file is; nil without a home.
---@return string?
function M.file()
  local folder = filled("XDG_CONFIG_HOME") or filled("HOME") and filled("HOME") .. "/.config"
  return folder and folder:sub(1, 1) == "/" and folder .. "/pienv/config.json" or nil
end

local function refuse(file, code, message, hint)
  failure.raise({
    code = code,
    message = file .. ": " .. message,
    hint = (hint and hint .. "; " or "") .. "--no-config leaves the file out",
  })
end

-- What a field must be; nil: the value is fine.
local function wanted(flag, value)
  if flag.type == "integer" then
    return not (math.type(value) == "integer" and value > 0) and "a positive whole number" or nil
  elseif not flag.value then
    return type(value) ~= "boolean" and "true or false" or nil
  end
  for _, choice in ipairs(flag.choices) do
    if choice == value then
      return nil
    end
  end
  return "one of " .. table.concat(flag.choices, ", ")
end

local function flag_of(file, name)
  for _, flag in ipairs(flags) do
    if flag.name == name and MAY_SAY[name] then
      return flag
    end
  end
  local close = suggest.closest(name, MAY_SAY)
  refuse(file, "P0203", "unknown field '" .. name .. "'", close and "did you mean '" .. close .. "'?")
end

---The fields of a file's text; raises what is wrong with it.
---@param file string for messages
---@param text string
---@return table<string, any>
function M.read(file, text)
  local given = json.decode(text)
  if type(given) ~= "table" then
    refuse(file, "P0202", "this is no object of JSON")
  end
  local names = {}
  for name in pairs(given) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local needs = wanted(flag_of(file, name), given[name])
    if needs then
      refuse(file, "P0202", "'" .. name .. "' must be " .. needs)
    end
  end
  return given
end

-- A variable of the environment has said how it is to be.
local function is_said(name)
  return name == "color" and (filled("NO_COLOR") or filled("FORCE_COLOR")) ~= nil
end

---Adds what the user prefers to engine options that the command line has left open.
---@param engine table<string, any>
function M.apply(engine)
  local file = not engine.no_config and M.file()
  local text, err, code = nil, nil, "ENOENT"
  if file then
    text, err, code = fs.read(file, { limit = LIMIT })
  end
  if not text then
    if not errno.is_absent(code) and code ~= "EACCES" then
      refuse(file, "P0202", err)
    end
    return
  end
  for name, value in pairs(M.read(file, text)) do
    if engine[name] == nil and not is_said(name) then
      engine[name] = value
    end
  end
end

return M
