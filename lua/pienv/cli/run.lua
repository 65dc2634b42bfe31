-- Runs a recipe: options, check, targets, plan, steps.

local context = require("pienv.context")
local engine = require("pienv.engine")
local failure = require("pienv.failure")
local host = require("pienv.host")
local json = require("pienv.json")
local line = require("pienv.cli.line")
local options = require("pienv.options")
local path = require("pienv.path")
local plan = require("pienv.plan")
local schema = require("pienv.schema")
local sessions = require("pienv.cli.session")
local terminal = require("pienv.terminal")
local verb = require("pienv.verb")

local M = {}

---Makes the context of a run: everything that check, targets and steps may see.
---@param session pienv.session
---@param project pienv.project
---@param recipe pienv.recipe
---@param given table<string, string> options of the command line
---@param using? table an engine; the real one by default
---@return pienv.context
function M.context(session, project, recipe, given, using)
  using = using or engine.real()
  local this = host.detect(using.cpu)
  local values, origins = options.resolve(recipe, { env = session.env, command_line = given, host = this })
  local settings, settings_origin = options.settings(recipe, project)
  return context.new({
    options = values,
    origin = origins,
    settings = settings,
    settings_origin = settings_origin,
    policy = recipe.policy,
    root = project.root,
    trusted = project.trusted,
    folder = session.folder,
    env = session.env,
    host = this,
    args = session.line.args,
    flags = session.line.engine,
    verb = recipe.verb,
    recipe = recipe,
    engine = using,
    ui = session.ui,
  })
end

-- A function of the recipe, called so that what it raises points at the recipe.
local function call(run, c)
  local ok, result = xpcall(run, failure.handler, c)
  if not ok then
    error(result, 0)
  end
  return result
end

-- Every target is a table with an id of its own: ids name step instances and folders.
local function check_targets(recipe, list)
  local seen, wrong = {}, type(list) ~= "table" and "'targets' gave no list, but " .. type(list)
  for i, target in ipairs(wrong and {} or list) do
    local id = type(target) == "table" and target.id or false
    if type(id) ~= "string" then
      wrong = wrong or "target " .. i .. " has no 'id'"
    elseif seen[id] then
      wrong = wrong or "two targets have the id '" .. id .. "'"
    end
    seen[id] = true
  end
  if wrong then
    failure.raise({ code = "P0212", message = "recipe '" .. recipe.name .. "': " .. wrong })
  end
  return list
end

-- Steps for each target of a recipe without targets would silently never run.
local function refuse_targetless(recipe)
  local first
  if recipe.plain and not (recipe.check or next(recipe.options) or next(recipe.settings)) then
    return -- and no code of the recipe has run since, which could have changed a step
  end
  for name, step in pairs(recipe.steps) do
    first = step.per and (not first or name < first) and name or first
  end
  if first then
    schema.raise(recipe.chunk, { "steps", first, "per" }, {
      code = "P0213",
      message = "step '" .. first .. "' runs for each target, but the recipe has no 'targets'",
      hint = "give the recipe: targets = function(c) return { { id = ... } } end",
    })
  end
end

---Checks the combination of options and finds the targets.
---@param recipe pienv.recipe
---@param c pienv.context
function M.check(recipe, c)
  if recipe.check then
    call(recipe.check, c)
  end
  if not recipe.targets then
    refuse_targetless(recipe)
  end
  c.targets = recipe.targets and check_targets(recipe, call(recipe.targets, c)) or {}
end

---The same, and makes the plan.
---@param recipe pienv.recipe
---@param c pienv.context
---@return pienv.instance[]
function M.plan(recipe, c)
  M.check(recipe, c)
  return plan.make(recipe, c.targets)
end

local function document(recipe, instances, preview)
  local steps = {}
  for i, instance in ipairs(instances) do
    local needs = {}
    for k, needed in ipairs(instance.needs) do
      needs[k] = needed.id
    end
    steps[i] = {
      id = instance.id,
      step = instance.name,
      target = instance.target and instance.target.id,
      needs = json.array(needs),
      about = instance.step.about,
      finally = instance.step.finally,
    }
  end
  return {
    v = 1,
    type = "plan",
    recipe = recipe.name,
    steps = json.array(steps),
    preview = preview and json.array(preview),
  }
end

-- Names may hold what would drive a terminal; a program gets the bytes as they are.
local function harmless(text)
  return terminal.is_tty(1) and terminal.sanitize(text) or text
end

-- The steps that an instance runs after. "find[*]" are those of all targets, which would make a long line.
local function names_of_needs(instance)
  local names, seen = {}, {}
  for _, needed in ipairs(instance.needs) do
    local of_all = needed.target and not instance.target
    local name = of_all and needed.name .. "[*]" or needed.id
    names[#names + 1] = not seen[name] and name or nil
    seen[name] = true
  end
  return names
end

-- A line for each step: its name, what it does, after which others it runs; the first two in columns.
local function plan_lines(instances)
  local names, abouts = 0, 0
  for _, instance in ipairs(instances) do
    names, abouts = math.max(names, #instance.id), math.max(abouts, #(instance.step.about or ""))
  end
  local lines = {}
  for i, instance in ipairs(instances) do
    local needs = names_of_needs(instance)
    local name = instance.id .. (" "):rep(names - #instance.id)
    local about = instance.step.about or ""
    local after = #needs > 0 and "after " .. table.concat(needs, ", ") or ""
    local always = instance.step.finally and "  (always)" or ""
    local text = name .. "  " .. about .. (" "):rep(abouts - #about) .. "  " .. after .. always
    lines[i] = text:gsub("%s+$", "")
  end
  return lines
end

---Shows a plan on standard output.
---@param session pienv.session
---@param recipe pienv.recipe
---@param c pienv.context
---@param instances pienv.instance[]
function M.show_plan(session, recipe, c, instances)
  local preview = recipe.preview and call(recipe.preview, c)
  if session.line.engine.json then
    io.stdout:write(json.encode(json.readable(document(recipe, instances, preview))), "\n")
    return
  end
  io.stdout:write(
    ("plan of %s: %d step%s; nothing is run\n"):format(recipe.name, #instances, #instances == 1 and "" or "s")
  )
  for i, text in ipairs(plan_lines(instances)) do
    io.stdout:write(harmless(("%3d  %s"):format(i, text)), "\n")
  end
  for _, text in ipairs(preview or {}) do
    io.stdout:write(harmless(text), "\n")
  end
end

---Where a project's transactions keep their journals.
---@param project pienv.project
---@return string folder
function M.journal(project)
  return context.journal(project.root)
end

-- Whatever a kill interrupted in this project is finished or taken back before anything else happens.
local function recover(session, project)
  local journal = M.journal(project)
  if not require("pienv.presence").stat(journal, { follow = false }) then
    return
  end
  local list, err = require("pienv.transaction").recover(journal, { root = project.root })
  if not list then
    failure.raise({ code = "P0303", message = err, hint = "look at " .. journal .. ", then remove it" })
  end
  for _, row in ipairs(list) do
    session.ui:note("pienv: " .. row.action .. " an interrupted installation: " .. table.concat(row.files, ", "))
  end
end

-- What is known of the last run is read while the recipe is loaded. A guess: what nobody asks for does no harm.
local function begin_records(project, word)
  local file = project.recipes_dir and path.join(project.recipes_dir, word .. ".lua")
  if file then
    local logs = require("pienv.uptodate.log")
    logs.begin(project.root, logs.name(word, path.relative(file, project.root) or file))
  end
end

---Runs the recipe that the command line names.
---@param session pienv.session
---@param word string
---@return integer exit_code
function M.run(session, word)
  local project, flags = sessions.project(session), session.line.engine
  session.ui.root = project.root
  if not (flags.help or flags.dry_run) then -- those write nothing
    recover(session, project)
    begin_records(project, word)
  end
  local recipe = verb.take(sessions.recipe(session, project, word), session.line.rest, flags.help)
  if flags.help then
    return require("pienv.cli.help").recipe(session, recipe)
  end
  local given = line.recipe_options(session.line.rest, recipe)
  local c = M.context(session, project, recipe, given)
  if flags.dry_run then
    M.show_plan(session, recipe, c, M.plan(recipe, c))
    return 0
  end
  M.check(recipe, c)
  return require("pienv.cli.perform").run(session, project, recipe, c)
end

M.recover = recover

return M
