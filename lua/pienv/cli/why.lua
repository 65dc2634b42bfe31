-- pienv why RECIPE [STEP]: what would make each step run now, against the record of its last success; with --key, why a
-- cache key has no entry. Nothing is written.

local context = require("pienv.context")
local execute = require("pienv.execute")
local failure = require("pienv.failure")
local json = require("pienv.json")
local line = require("pienv.cli.line")
local run = require("pienv.cli.run")
local sessions = require("pienv.cli.session")
local suggest = require("pienv.suggest")
local terminal = require("pienv.terminal")
local uptodate = require("pienv.uptodate")
local verb = require("pienv.verb")

local M = {}

-- What a step needs that would run: its value is not known before.
local function running_need(instance, rows)
  for _, needed in ipairs(instance.needs) do
    if rows[needed].runs then
      return needed
    end
  end
end

-- One row: does the instance run, and why.
local function judge(instance, c, tracker, rows, outcomes)
  if not (tracker and uptodate.is_declared(instance.step)) then
    return { runs = true, reason = "declares no inputs" }
  end
  local needed = running_need(instance, rows)
  local s = context.for_step(c, {
    step = instance.name,
    target = instance.target,
    needs = not needed and execute.values_of(instance, outcomes) or {},
  })
  if needed and not rows[needed].undeclared then
    return { runs = "perhaps", reason = "depends on " .. needed.id .. ", which runs" }
  end
  local ok, reason, outcome = xpcall(tracker.why, failure.handler, tracker, instance, s, outcomes)
  if not ok and failure.ends_run(reason) then
    error(reason, 0)
  elseif not ok then
    return { runs = true, reason = "fails: " .. failure.from(reason).message }
  end
  outcomes[instance] = outcome
  if needed then
    return { runs = reason and true or "perhaps", reason = reason or "depends on what " .. needed.id .. " returns" }
  end
  return { runs = reason ~= nil, reason = reason or "up to date" }
end

local function judge_all(instances, c, tracker)
  local rows, outcomes = {}, {}
  for i, instance in ipairs(instances) do
    local row = judge(instance, c, tracker, rows, outcomes)
    row.undeclared = not uptodate.is_declared(instance.step)
    row.instance = instance
    rows[instance], rows[i] = row, row
  end
  return rows
end

local function select_step(rows, word)
  local chosen, names = {}, {}
  for _, row in ipairs(rows) do
    names[#names + 1] = row.instance.id
    if not word or row.instance.id == word or row.instance.name == word then
      chosen[#chosen + 1] = row
    end
  end
  if not chosen[1] then
    local close = suggest.closest(word, names)
    failure.raise({
      code = "P0102",
      message = "no step is named '" .. word .. "'",
      hint = close and "did you mean '" .. close .. "'?" or "pienv plan RECIPE shows the steps",
    })
  end
  return chosen
end

local function print_json(name, rows)
  local steps = {}
  for i, row in ipairs(rows) do
    local instance = row.instance
    steps[i] = {
      id = instance.id,
      step = instance.name,
      target = instance.target and instance.target.id,
      runs = row.runs == "perhaps" and "perhaps" or row.runs and "yes" or "no",
      reason = row.reason,
    }
  end
  local document = { v = 1, type = "why", recipe = name, steps = json.array(steps) }
  io.stdout:write(json.encode(json.readable(document)), "\n")
end

local function print_rows(rows)
  local width = 0
  for _, row in ipairs(rows) do
    width = math.max(width, #row.instance.id)
  end
  for _, row in ipairs(rows) do
    local id = row.instance.id
    local text = id .. (" "):rep(width - #id) .. "  " .. row.reason
    io.stdout:write(terminal.is_tty(1) and terminal.sanitize(text) or text, "\n")
  end
end

-- A step's name comes first, before the recipe's options.
local function take_step(rest)
  local is_name = rest[1] and not rest[1]:find("^%-") and not rest[1]:find("=", 1, true)
  return is_name and table.remove(rest, 1) or nil
end

local function of_recipe(session, word)
  local project = sessions.project(session)
  local recipe = verb.take(sessions.recipe(session, project, word), session.line.rest)
  local step = take_step(session.line.rest)
  local c = run.context(session, project, recipe, line.recipe_options(session.line.rest, recipe))
  local instances = run.plan(recipe, c)
  local tracker, rows = uptodate.open(c, project), nil
  require("pienv.task").main(function()
    rows = judge_all(instances, c, tracker)
  end)
  rows = select_step(rows, step)
  if session.line.engine.json then
    print_json(recipe.name, rows)
  else
    print_rows(rows)
  end
  return 0
end

---@param session pienv.session
---@return integer exit_code
function M.run(session)
  if session.own.key then
    session.line.rest = { "explain", "--key", session.own.key, table.unpack(session.line.rest) }
    return run.run(session, "cache")
  end
  return of_recipe(session, sessions.recipe_word(session))
end

return M
