-- The commands beside the recipes: one table for the dispatcher, for help and for `pienv list`.

local M = {}

---@class pienv.verb
---@field usage string
---@field about string
---@field run fun(session: pienv.session): integer

local function in_file(name)
  return function(session)
    return require("pienv.cli." .. name).run(session)
  end
end

local function no_arguments(session)
  if session.line.rest[1] then
    require("pienv.failure").raise({
      code = "P0101",
      message = "unexpected argument '" .. session.line.rest[1] .. "'",
      hint = "pienv help " .. session.line.word,
    })
  end
end

local function version(session)
  no_arguments(session)
  return require("pienv.cli.version").run(session)
end

local function run_recipe(session)
  local word = table.remove(session.line.rest, 1)
  if not word then
    require("pienv.failure").raise({
      code = "P0101",
      message = "run what?",
      hint = "pienv run NAME; pienv list shows names",
    })
  end
  return require("pienv.cli.run").run(session, word)
end

local function plan_recipe(session)
  session.line.engine.dry_run = true
  return run_recipe(session)
end

---@type table<string, pienv.verb>
M.verbs = {
  clean = { usage = "clean", about = "remove what pienv itself keeps in the project", run = in_file("clean") },
  eject = { usage = "eject NAME", about = "copy a stock recipe into recipes/ to change it", run = in_file("eject") },
  env = {
    usage = "env [RECIPE]",
    about = "show options and settings, their values and where they came from",
    run = in_file("env"),
  },
  help = { usage = "help [NAME]", about = "this text, or help about a command or recipe", run = in_file("help") },
  list = { usage = "list", about = "list the recipes of this project and the stock ones", run = in_file("list") },
  lua = { usage = "lua FILE [ARG]...", about = "run a Lua file with pienv's modules", run = in_file("lua") },
  plan = { usage = "plan RECIPE [OPTION]...", about = "show what would run, as -n does", run = plan_recipe },
  run = { usage = "run RECIPE [OPTION]...", about = "run a recipe, also one named like a command", run = run_recipe },
  test = {
    usage = "test [FILE]...",
    about = "run tests of recipes (default: recipes/test_*.lua)",
    run = in_file("test"),
  },
  version = { usage = "version", about = "print the version, with --json also how it was built", run = version },
}

---Runs the command line.
---@param line pienv.line
---@return integer exit_code
function M.run(line)
  if line.engine.version then
    line.word = "version"
  elseif not line.word then
    line.word = line.engine.help and "help" or "list"
    line.engine.help = nil
  end
  local verb = M.verbs[line.word]
  local session = require("pienv.cli.session").new(line)
  if not verb then
    return require("pienv.cli.run").run(session, line.word)
  elseif line.engine.help then
    return require("pienv.cli.help").verb(line.word, verb)
  end
  return verb.run(session)
end

return M
