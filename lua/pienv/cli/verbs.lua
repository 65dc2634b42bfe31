-- The commands beside the recipes: one table for the dispatcher, for help and for `pienv list`.

local M = {}

---@class pienv.verb
---@field usage string
---@field about string
---@field details? string[] more paragraphs for its --help
---@field options? table<string, pienv.option> its own options
---@field takes? "recipe"|"file"|"stock"|"name" what its first word is, for completion
---@field choices? string[] what its first word may be
---@field words? integer how many words it takes at most; nil: it looks itself
---@field text? string what it prints where no JSON can be had instead
---@field writes? boolean it may change files; the others only ask
---@field run fun(session: pienv.session): integer session.own holds the values of its own options

local function in_file(name)
  return function(session)
    return require("pienv.cli." .. name).run(session)
  end
end

local function run_recipe(session)
  local word = require("pienv.cli.session").recipe_word(session)
  return require("pienv.cli.run").run(session, word)
end

local function plan_recipe(session)
  session.line.engine.dry_run = true
  return run_recipe(session)
end

---@type table<string, pienv.verb>
M.verbs = {
  check = {
    usage = "check [RECIPE]",
    about = "find what is wrong with recipes and pienv.lua without running them",
    takes = "recipe",
    words = 1,
    options = { rules = { type = "boolean", about = "list the rules" } },
    run = in_file("check"),
  },
  ci = {
    usage = "ci",
    about = "run the recipes that pienv.lua names in `ci`, until one fails",
    words = 0,
    writes = true,
    run = in_file("ci"),
  },
  clean = {
    usage = "clean",
    about = "remove what pienv itself keeps in the project",
    words = 0,
    writes = true,
    run = in_file("clean"),
  },
  completions = {
    usage = "completions SHELL",
    about = "print what completes pienv's words in bash or zsh",
    details = {
      "bash:  pienv completions bash >~/.local/share/bash-completion/completions/pienv\n"
        .. 'zsh:   pienv completions zsh >"${fpath[1]}/_pienv"',
    },
    choices = { "bash", "zsh" },
    text = "a script of a shell",
    words = 1,
    options = { words = { type = "boolean", about = "what completes the words after `--`: for those scripts" } },
    run = in_file("completions"),
  },
  eject = {
    usage = "eject NAME",
    about = "copy a stock recipe into recipes/ to change it",
    takes = "stock",
    words = 1,
    writes = true,
    run = in_file("eject"),
  },
  env = {
    usage = "env [RECIPE]",
    about = "show options and settings, their values and where they came from",
    takes = "recipe",
    run = in_file("env"),
  },
  graph = {
    usage = "graph RECIPE [OPTION]...",
    about = "draw the steps of a recipe and what they need",
    takes = "recipe",
    options = {
      format = {
        choices = { "dot", "mermaid", "json" },
        default = "dot",
        about = "what draws it: Graphviz, Mermaid, you",
      },
      targets = { type = "boolean", about = "one node for each target, as in the plan" },
    },
    run = in_file("graph"),
  },
  help = {
    usage = "help [NAME]",
    about = "this text, or help about a command, a recipe or an error code",
    takes = "name",
    options = { man = { type = "boolean", about = "the manual page pienv(1), for `man -l -`" } },
    run = in_file("help"),
  },
  init = {
    usage = "init",
    about = "look at the repository and write a first pienv.lua",
    words = 0,
    writes = true,
    run = in_file("init"),
  },
  list = {
    usage = "list",
    about = "list the recipes of this project and the stock ones",
    words = 0,
    run = in_file("list"),
  },
  log = {
    usage = "log [ls | show [RUN] [STEP] | what-ran [RUN]]",
    about = "show earlier runs: what they ran, what it wrote",
    details = {
      "Runs that start processes are kept below .pienv/runs/, the newest twenty. RUN is the number that ls shows (1: "
        .. "the last run) or the beginning of an id; without one the last run is meant.",
    },
    run = in_file("log"),
  },
  lua = {
    usage = "lua FILE [ARG]...",
    about = "run a Lua file with pienv's modules",
    takes = "file",
    text = "what the file prints",
    writes = true,
    run = in_file("lua"),
  },
  plan = {
    usage = "plan RECIPE [OPTION]...",
    about = "show what would run, as -n does",
    takes = "recipe",
    run = plan_recipe,
  },
  run = {
    usage = "run RECIPE [OPTION]...",
    about = "run a recipe, also one named like a command",
    takes = "recipe",
    writes = true,
    run = run_recipe,
  },
  show = {
    usage = "show RECIPE [OPTION]...",
    about = "show every field of a recipe and where it comes from",
    takes = "recipe",
    run = in_file("show"),
  },
  test = {
    usage = "test [FILE]...",
    about = "run tests of recipes (default: recipes/test_*.lua)",
    takes = "file",
    writes = true,
    run = in_file("test"),
  },
  types = {
    usage = "types",
    about = "teach pienv to editors: LuaLS stubs and .luarc.json",
    words = 0,
    writes = true,
    run = in_file("types"),
  },
  version = {
    usage = "version",
    about = "print the version, with --json also how it was built",
    words = 0,
    run = in_file("version"),
  },
  why = {
    usage = "why RECIPE [STEP] [OPTION]...",
    about = "show why each step would run now, or that it is up to date",
    takes = "recipe",
    options = { key = { about = "why this cache key has no entry, as `pienv cache explain`" } },
    run = in_file("why"),
  },
}

-- The values of a command's own options; the words that are left are those it takes.
local function own_options(line, verb)
  local declared = verb.options or {}
  local given = verb.options and require("pienv.cli.line").take_own(line, line.word, declared) or {}
  if verb.words then
    require("pienv.cli.line").refuse_rest(line, verb.words + 1, declared)
  end
  local inputs = { env = {}, command_line = given, host = {} }
  return (require("pienv.options").resolve({ options = declared }, inputs))
end

---Raises where --json is asked of what has no such form: a reader must not take text for it.
---@param line pienv.line
---@param what string
function M.refuse_json(line, what)
  if line.engine.json then
    require("pienv.failure").raise({
      code = "P0101",
      message = "--json: pienv " .. line.word .. " prints " .. what .. ", which has no JSON form",
      hint = "leave --json out",
    })
  end
end

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
    return require("pienv.cli.help").verb(session, line.word, verb)
  end
  session.own = own_options(line, verb)
  if verb.text then
    M.refuse_json(line, verb.text)
  end
  return verb.run(session)
end

return M
