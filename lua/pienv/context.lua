-- What recipes' functions get as their argument: `c` in check and targets, `s` in steps.
-- Everything that touches the machine goes through the engine's table, so that a fake can stand in for it.

local command = require("pienv.command")
local failure = require("pienv.failure")
local json = require("pienv.json")
local path = require("pienv.path")

local M = {}

---@class pienv.context
---@field options table<string, any>
---@field settings table<string, any>
---@field origin table<string, string> where an option's value came from
---@field policy table<string, fun(input: any): any>
---@field root string
---@field env table<string, string>
---@field host pienv.host
---@field args string[] what followed `--`
---@field trusted boolean the user vouched for the tree: --trust
---@field target? table
---@field needs? table<string, any>
---@field fs table
local context = {}
context.__index = context

-- Which arguments of the engine's functions are paths: those are taken from the project root.
local path_arguments = {
  archive = { extract = { 1, 3 }, list = { 1 } },
  fs = {
    read = { 1 },
    write = { 1 },
    copy = { 1, 2 },
    link = { 1, 2 },
    symlink = { 2 },
    readlink = { 1 },
    rename = { 1, 2 },
    chmod = { 1 },
    mkdirs = { 1 },
    remove = { 1 },
    remove_tree = { 1 },
    stat = { 1 },
    list = { 1 },
    realpath = { 1 },
    mkdtemp = { 1 },
    sync = { 1 },
  },
  dlprobe = { run = { 1 } },
  glob = { find = { 1 } },
  link = { put = { 1, 2 } },
  lock = { holder = { 1 }, try = { 1 } },
  object = { inspect = { 1 } },
  search = { file = { 1 } },
  sha256 = { copy = { 1, 2 }, file = { 1 } },
}

local function rooted(root, module, arguments)
  return setmetatable({}, {
    __index = function(wrapped, name)
      local call, positions = module[name], arguments[name]
      if call and positions then
        local plain = call
        call = function(...)
          local given = table.pack(...)
          for _, i in ipairs(positions) do
            if type(given[i]) ~= "string" then -- told here: C would know the function by the name `plain`
              error(("bad argument #%d to '%s' (string expected, got %s)"):format(i, name, type(given[i])), 2)
            end
            given[i] = path.absolute(given[i], root)
          end
          return plain(table.unpack(given, 1, given.n))
        end
      end
      wrapped[name] = call
      return call
    end,
  })
end

---Where the journals of a project's transactions are kept.
---@param root string
---@return string folder
function M.journal(root)
  return path.join(root, ".pienv", "journal")
end

-- Transactions of a step: journal under the root's .pienv, paths from the root.
local function transactions(root, module)
  local journal = M.journal(root)
  return {
    begin = function()
      return module.begin(journal, { root = root })
    end,
    -- What there is after a commit that failed: a hint.
    after = function(mixed)
      return mixed and "run pienv here again: first of all it makes all files old, or all new"
        or "what was there before is still in place"
    end,
  }
end

-- Archives of a step: the paths of the members, too, are taken from the root.
local function archives(root, module)
  local function write(to, options)
    local given, members = {}, {}
    for name, value in pairs(options) do
      given[name] = value
    end
    for i, member in ipairs(options.members or {}) do
      members[i] = {}
      for name, value in pairs(member) do
        members[i][name] = name == "path" and path.absolute(value, root) or value
      end
    end
    given.members = options.members and members
    return module.write(path.absolute(to, root), given)
  end
  return setmetatable({ write = write }, { __index = rooted(root, module, path_arguments.archive) })
end

-- Locks of a step: paths from the root; for whom it waits is told in its output.
local function locks(s, module)
  local function acquire(file, options)
    file = path.absolute(file, s.root)
    local given = {
      waiting = function(holder)
        s:say(module.waiting_text(file, holder))
      end,
    }
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return module.acquire(file, given)
  end
  return setmetatable({ acquire = acquire }, { __index = rooted(s.root, module, path_arguments.lock) })
end

local function engine_module(self, name)
  local engine = self.engine
  local module
  if name == "archive" then
    module = archives(self.root, engine.archive)
  elseif path_arguments[name] then
    module = rooted(self.root, engine[name], path_arguments[name])
  elseif name == "transaction" then
    module = transactions(self.root, engine.transaction)
  else
    module = engine[name]
  end
  self[name] = module
  return module
end

local engine_names = {
  archive = true,
  cpu = true,
  dlprobe = true,
  fs = true,
  glob = true,
  json = true,
  link = true,
  object = true,
  search = true,
  sha256 = true,
  time = true,
  transaction = true,
}

context.__index = function(self, name)
  if name == "lock" then
    self.lock = locks(self, self.engine.lock)
    return self.lock
  elseif engine_names[name] then
    return engine_module(self.base or self, name)
  end
  local base = rawget(self, "base")
  return context[name] or base and base[name]
end

---Makes the context of a run.
---@param fields table options, settings, origin, policy, root, env, host, args, engine, ui
---@return pienv.context
function M.new(fields)
  return setmetatable(fields, context)
end

---Makes the context of one step instance over the run's.
---@param base pienv.context
---@param fields table step, target, needs
---@return pienv.context
function M.for_step(base, fields)
  fields.base, fields.deferred = base, {}
  return setmetatable(fields, context)
end

-- Texts that a recipe gives are looked at where it gives them, not where they are shown.
local function check_text(text, method)
  if type(text) == "number" then
    return tostring(text)
  elseif type(text) ~= "string" then
    error("argument of s:" .. method .. " must be a text, got " .. type(text), 3)
  end
  return text
end

local codes = { [3] = "P0202", [4] = "P0301" }

---Raises a failure with step and target added.
---@param message string
---@param opts? { exit?: integer, hint?: string, code?: string, output?: string[] }
function context:fail(message, opts)
  opts = opts or {}
  message = check_text(message, "fail")
  local exit = opts.exit or (self.step and 1 or 4)
  failure.raise({
    code = opts.code or codes[exit] or "P0401",
    exit = exit,
    message = message,
    hint = opts.hint,
    output = opts.output,
    command = opts.command,
    child_exit = opts.child_exit,
    step = self.step,
    target = self.target and self.target.id,
  })
end

---Ends the step as skipped.
---@param reason string shown beside the step
function context:skip(reason)
  error({ skip = check_text(reason, "skip") }, 0)
end

---Raises unless an addon or script may be loaded by this user (docs/TRUST.md).
---@param file string
---@param ways? string lines of the hint: how to go on without loading it
function context:check_library(file, ways)
  require("pienv.trust").check_library(path.absolute(file, self.root), self.trusted, ways)
end

---Gives the reason that is shown beside the finished step.
---@param reason string
function context:because(reason)
  self.reason = check_text(reason, "because")
end

---Gives the exit code of a run that does not fail: "10" for an answer that is no error. Of several the highest counts.
---@param code integer
function context:ends_with(code)
  local run = rawget(self, "base") or self
  run.exit_code = math.max(rawget(run, "exit_code") or 0, code)
  self.answered = true
end

---Runs a function when the step ends, however it ends; the last deferred runs first.
---@param run fun()
function context:defer(run)
  if type(run) ~= "function" then
    error("argument of s:defer must be a function, got " .. type(run), 2)
  end
  self.deferred[#self.deferred + 1] = run
end

---Shows one line of progress (standard error).
---@param text string
function context:say(text)
  self.ui:say(check_text(text, "say"), self)
end

---Writes one line of the result (standard output).
---@param text string
function context:print(text)
  text = check_text(text, "print")
  self.ui:result(text)
  local printed = rawget(self, "printed")
  if printed then
    printed[#printed + 1] = json.utf8(text)
  end
end

---Runs a process; other steps go on meanwhile. Options beside the arguments are those of task.process (cwd, env, stdin,
---stdout, stderr, timeout, on_line ...); check = false returns a failing result instead of raising.
---@param spec table
---@return table result exit, signal, stdout, stderr, user, system, max_rss, wall, timed_out
function context:run(spec)
  return command.run(self, spec)
end

return M
