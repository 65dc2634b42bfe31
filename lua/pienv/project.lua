-- The project: its root folder, its pienv.lua, and its recipes over the stock ones.

local failure = require("pienv.failure")
local path = require("pienv.path")
local presence = require("pienv.presence")
local recipe = require("pienv.recipe")
local schema = require("pienv.schema")
local source = require("pienv.source")
local strict = require("pienv.strict")
local trust = require("pienv.trust")
local vm = require("pienv.vm")

local M = {}

---@class pienv.project
---@field root string absolute; relative paths of recipes are taken from it
---@field file? string the project file that was loaded
---@field recipes_dir? string where the project's own recipes are; nil with --no-config
---@field trusted boolean --trust was given; --config vouches for its one file only
---@field fields table<string, any> settings out of the project file
---@field logs? false|table<string, integer> false: runs are not kept; caps of what is kept (pienv.log.runs)
---@field ci? (string|string[])[] command lines of recipes that `pienv ci` runs
---@field overrides table<string, table> recipe name or "*" -> overrides

local function holds(folder, name)
  return presence.stat(path.join(folder, name)) ~= nil
end

local function nearest(start, name)
  local folder = start
  while true do
    if holds(folder, name) then
      return folder
    end
    local parent = path.dirname(folder)
    if parent == folder then
      return nil
    end
    folder = parent
  end
end

---The project root: the nearest folder with a pienv.lua, else the git root, else the folder itself.
---@param start string absolute
---@return string
function M.find_root(start)
  return nearest(start, "pienv.lua") or nearest(start, ".git") or start
end

-- `#!/usr/bin/env pienv` is a comment to us.
local function without_shebang(text)
  return text:sub(1, 1) == "#" and "--" .. text or text
end

-- Runs a loaded chunk; returns what the file returns.
local function run_chunk(run, chunk)
  local ok, result = xpcall(run, failure.handler, chunk)
  if not ok then
    error(result, 0)
  end
  return result
end

-- Loads Lua text in an environment of its own; returns what the file returns.
local function run_text(text, chunk)
  text = without_shebang(text)
  source.register(chunk, text)
  local run, err = load(text, "@" .. chunk, "t", strict.environment())
  if not run then
    error(failure.from(err), 0)
  end
  return run_chunk(run, chunk)
end

local function chunk_name(project, file)
  return path.relative(file, project.root) or file
end

-- Folders between the project (or the folder of --config's file) and a file in it, outermost first.
local function folders_above(project, file)
  local base = path.relative(file, project.root) and project.root or path.dirname(project.recipes_dir or file)
  local list, folder = {}, path.dirname(file)
  while folder ~= base and path.relative(folder, base) do
    table.insert(list, 1, folder)
    folder = path.dirname(folder)
  end
  return list
end

---Reads a file that is going to run as code; raises unless it and the folders that lead to it may be trusted.
---@param project pienv.project
---@param file string absolute
---@param trusted? boolean the command line named this very file
---@return string? text nil where there is no such file
function M.read_code(project, file, trusted)
  local vouched = project.trusted or trusted or false
  local text = trust.read(file, vouched)
  for _, folder in ipairs(text and folders_above(project, file) or {}) do
    trust.check_folder(folder, vouched)
  end
  return text
end

-- Runs the file as trusted code; `trusted` also for what the command line named.
local function load_file(project, file, trusted)
  local text = M.read_code(project, file, trusted)
  if not text then
    return nil
  end
  local chunk = chunk_name(project, file)
  return run_text(text, chunk), chunk
end

-- Fields of the project file that are the engine's own, no settings of recipes.
local ENGINE = { override = true, logs = true, ci = true }

local LOGS = { runs = "number", bytes = "number", process_bytes = "number" }

-- `logs = false`, or caps of what is kept below .pienv/runs/.
local function logs_of(chunk, value)
  if value == nil or value == false then
    return value
  end
  schema.fields(chunk, { "logs" }, value, LOGS, "'logs' of the project file")
  for name, cap in pairs(value) do
    if math.type(cap) ~= "integer" or cap < 1 then
      local message = ("'%s' in 'logs' of the project file must be a whole number of at least 1"):format(name)
      schema.raise(chunk, { "logs", name }, { code = "P0202", message = message })
    end
  end
  return value
end

local function read_project_file(project, explicit, vouched)
  local value, chunk = load_file(project, project.file, vouched)
  if value == nil and explicit and not chunk then
    failure.raise({ code = "P0211", message = "no such project file: " .. project.file, hint = "check --config" })
  end
  if chunk and not recipe.is_project(value) then
    local message = "the project file does not return pienv.project { ... }"
    schema.raise(chunk, {}, { code = "P0205", message = message, hint = "end it with: return pienv.project { ... }" })
  end
  for _, name in ipairs(schema.names(chunk, {}, value or {}, "the project file")) do
    if not ENGINE[name] then
      project.fields[name] = value[name]
    end
  end
  project.chunk, project.file = chunk, chunk and project.file
  project.overrides, project.ci = value and value.override or {}, value and value.ci
  if chunk then
    local own = { override = project.overrides, ci = project.ci }
    schema.fields(chunk, {}, own, { override = "table", ci = "table" }, "project file")
    project.logs = logs_of(chunk, value.logs)
  end
end

-- `require "recipes.NAME"`: the project's file of that name over the stock one.
local function add_searcher(project)
  table.insert(package.searchers, 2, function(name)
    local short = project.recipes_dir and name:match("^recipes%.([%w_.-]+)$")
    if not short then
      return nil
    end
    local file = path.join(project.recipes_dir, (short:gsub("%.", "/")) .. ".lua")
    if not presence.stat(file) then
      return "no file '" .. file .. "'"
    end
    return function()
      return (load_file(project, file))
    end, file
  end)
end

---Opens the project around a folder; raises what is wrong with its file.
---@param start string absolute folder
---Options: unvouched (that config was named does not vouch for it).
---@param opts { config?: string, no_config?: boolean, trust?: boolean, unvouched?: boolean }
---@return pienv.project
function M.open(start, opts)
  local project = { root = M.find_root(start), fields = {}, overrides = {}, trusted = opts.trust or false }
  if opts.no_config then
    return project
  end
  project.file = opts.config or path.join(project.root, "pienv.lua")
  project.recipes_dir = path.join(path.dirname(project.file), "recipes")
  add_searcher(project)
  read_project_file(project, opts.config ~= nil, opts.config ~= nil and not opts.unvouched)
  return project
end

local function load_stock(name)
  local file = "recipes/" .. name .. ".lua"
  local chunk, run = "stock:" .. file, vm.stock_chunk(file, strict.environment())
  if not run then
    return nil
  end
  source.register(chunk, vm.stock(file))
  return run_chunk(run, chunk), chunk
end

local function apply_overrides(project, loaded, unknown)
  for _, scope in ipairs({ "*", loaded.name }) do
    if project.overrides[scope] then
      local names
      loaded, names = recipe.override(loaded, project.overrides[scope], project.chunk, scope)
      for _, name in ipairs(names) do
        unknown[#unknown + 1] = name
      end
    end
  end
  return loaded
end

-- Names that this recipe does not know may belong to another one: all are read before one is called unknown.
local function check_names(project, loaded, unknown)
  local names = { override = true, logs = true }
  local function collect(of)
    for _, field in ipairs({ "settings", "policy" }) do
      for name in pairs(of[field]) do
        names[name] = true
      end
    end
  end
  collect(loaded)
  local function all_known()
    for name in pairs(project.fields) do
      if not names[name] then
        return false
      end
    end
    for _, name in ipairs(unknown) do
      if not names[name] then
        return false
      end
    end
    return true
  end
  if all_known() then
    return
  end
  for _, row in ipairs(M.recipes(project)) do
    collect(M.load(project, row.name, { plain = true }))
  end
  for _, name in ipairs(schema.sorted(project.fields)) do
    if not names[name] then
      schema.unknown(project.chunk, { name }, "field", name, names, "the project file")
    end
  end
  for _, name in ipairs(unknown) do
    if not names[name] then
      schema.unknown(project.chunk, { "override", "*", name }, "name", name, names, "override of all recipes")
    end
  end
end

local function check_scopes(project)
  for _, scope in ipairs(schema.names(project.chunk, { "override" }, project.overrides, "'override'")) do
    if scope ~= "*" and not M.exists(project, scope) then
      local known = { "*" }
      for _, row in ipairs(M.recipes(project)) do
        known[#known + 1] = row.name
      end
      schema.unknown(project.chunk, { "override", scope }, "recipe", scope, known, "'override' of the project file")
    end
  end
end

local function own_file(project, name)
  return project.recipes_dir and path.join(project.recipes_dir, name .. ".lua")
end

---@param project pienv.project
---@param name string
---@return boolean
function M.exists(project, name)
  local file = own_file(project, name)
  return file ~= nil and presence.stat(file) ~= nil or vm.stock("recipes/" .. name .. ".lua") ~= nil
end

local function unknown_recipe(project, name, also)
  local names = { table.unpack(also or {}) }
  for _, row in ipairs(M.recipes(project)) do
    names[#names + 1] = row.name
  end
  local close = require("pienv.suggest").closest(name, names)
  failure.raise({
    code = "P0102",
    message = "no recipe or command is named '" .. name .. "'",
    hint = close and "did you mean '" .. close .. "'?" or "pienv list shows the recipes, pienv help the commands",
  })
end

---Reads a recipe's file (the project's over the stock one): what it returns.
---@param project pienv.project
---@param name string
---Options: plain (without overrides), file (this file instead of a look-up), also (more names that a misspelt one may
---have meant).
---@param opts? { plain?: boolean, file?: string, also?: string[] }
---@return table spec
---@return string chunk
function M.read(project, name, opts)
  opts = opts or {}
  local file = opts.file or own_file(project, name)
  local spec, chunk
  if file then
    spec, chunk = load_file(project, file)
  end
  if not chunk and not opts.file then
    spec, chunk = load_stock(name)
  end
  if not chunk then
    unknown_recipe(project, name, opts.also)
  end
  return spec, chunk
end

---Makes a recipe of what its file returns, with the project's overrides applied.
---@param project pienv.project
---@param name string
---@param spec table
---@param chunk string
---@param opts { plain?: boolean }
---@return pienv.recipe
function M.define(project, name, spec, chunk, opts)
  local loaded = recipe.define(spec, name, chunk)
  if loaded.alias and loaded.alias ~= name then -- with the overrides of the name that it stands for
    return M.load(project, loaded.alias, { plain = opts.plain, also = opts.also })
  elseif opts.plain then
    return loaded
  end
  local unknown = {}
  check_scopes(project)
  loaded = apply_overrides(project, loaded, unknown)
  check_names(project, loaded, unknown)
  return loaded
end

---Loads a recipe by name.
---@param project pienv.project
---@param name string
---@param opts? { plain?: boolean, file?: string, also?: string[] } as for read and define
---@return pienv.recipe
function M.load(project, name, opts)
  local spec, chunk = M.read(project, name, opts)
  return M.define(project, name, spec, chunk, opts or {})
end

local function add_names(found, names, origin)
  for _, name in ipairs(names) do
    found[name] = found[name] or origin
  end
end

-- Stock recipes are the files that return one; addon.lua and the like are modules.
local function is_recipe_text(text)
  return text:find("return[^\n]*%.recipe%s*[({]") ~= nil
end

---All recipes by name, sorted: the project's and the stock ones that it does not replace. Nothing is run.
---@param project pienv.project
---@return { name: string, origin: "project"|"stock" }[]
function M.recipes(project)
  local found, own, stock = {}, {}, {}
  for _, entry in ipairs(project.recipes_dir and presence.list(project.recipes_dir) or {}) do
    local name = entry:match("^([%w_-]+)%.lua$")
    local text = name and presence.read(path.join(project.recipes_dir, entry))
    if text and is_recipe_text(text) then
      own[#own + 1] = name
    end
  end
  for _, entry in ipairs(vm.stock_names()) do
    local name = entry:match("^recipes/([%w_-]+)%.lua$")
    if name and is_recipe_text(vm.stock(entry)) then
      stock[#stock + 1] = name
    end
  end
  add_names(found, own, "project")
  add_names(found, stock, "stock")
  local rows = {}
  for _, name in ipairs(schema.sorted(found)) do
    rows[#rows + 1] = { name = name, origin = found[name] }
  end
  return rows
end

return M
