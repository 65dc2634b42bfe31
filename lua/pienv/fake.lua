-- A recording fake of the engine: recipes are tested without compiler, disk or network.
--
--   local fake = require "pienv.fake"
--   local run = fake.run("build", {
--     files = { ["src/addon.c"] = "..." },                     -- content by path, from the project root
--     modes = { ["/bin/cc"] = 493 },                           -- permission bits where they matter
--     links = { ["target/current"] = "x64" },                  -- symbolic links, which only say where they lead
--     process = function(spec, fs) fs.write("out.node", "ELF") return { exit = 0 } end,
--     locked = { [".lock"] = { pid = 42, command = "pienv", since = 0, about = "" } },   -- who holds which lock
--     objects = { ["out.node"] = { format = "elf", ... } },    -- what object.inspect answers
--     loads = { ["out.node"] = { class = "crash", signal = "SIGILL", seconds = 0 } },     -- what dlprobe.run answers
--     options = { variant = "modern" }, env = {}, settings = {},
--     host = { platform = "linux", arch = "x64", level = 3 },
--   })
--   run.exit, run.failure, run.calls, run.files, run.output, run.outcomes["compile[linux-x64-modern]"]
--
-- The fake holds files in memory; every change and every process is recorded in order in run.calls.

local path = require("pienv.path")

local M = {}

local ROOT = "/project"

local function not_found(verb, name)
  return nil, verb .. " " .. name .. ": No such file or directory", "ENOENT"
end

local function is_below(name, folder)
  return name:sub(1, #folder + 1) == folder .. "/"
end

local function stat_of(state, name, opts)
  if state.links[name] and opts and opts.follow == false then
    return { type = "link", size = #state.links[name], mode = 511, uid = 0, gid = 0, links = 1, mtime = 0 }
  end
  local file = state.files[name]
  if file then
    local stat =
      { type = "file", size = #file, mode = state.modes[name] or 420, uid = 0, gid = 0, links = 1, mtime = 0 }
    stat.mtime_ns, stat.inode = state.changes[name] or 0, 1
    return stat
  end
  for other in pairs(state.files) do
    if is_below(other, name) then
      return { type = "directory", size = 0, mode = 493, uid = 0, gid = 0, links = 1, mtime = 0 }
    end
  end
  if state.folders[name] then
    return { type = "directory", size = 0, mode = 493, uid = 0, gid = 0, links = 1, mtime = 0 }
  end
  return not_found("stat", name)
end

local function list_of(state, folder)
  local found, names = {}, {}
  for _, set in ipairs({ state.files, state.folders }) do
    for name in pairs(set) do
      local entry = is_below(name, folder) and name:sub(#folder + 2):match("^[^/]+")
      if entry and not found[entry] then
        found[entry], names[#names + 1] = true, entry
      end
    end
  end
  if #names == 0 and not state.folders[folder] then
    return not_found("list", folder)
  end
  table.sort(names)
  return names
end

local function shorten(name)
  return path.relative(name, ROOT) or name
end

local function record(state, call, ...)
  local row = { call }
  for _, argument in ipairs({ ... }) do
    row[#row + 1] = type(argument) == "string" and shorten(argument) or argument
  end
  state.calls[#state.calls + 1] = row
end

-- Each change has a time of its own.
local function note_change(state, name)
  state.changed = state.changed + 1
  state.changes[name] = state.changed
end

local function fake_writes(fs, state)
  function fs.write(name, bytes, opts)
    record(state, "write", name)
    note_change(state, name)
    state.files[name], state.modes[name] = bytes, opts and opts.mode
    return true
  end
  function fs.copy(from, to, opts)
    record(state, "copy", from, to)
    if not state.files[from] then
      return not_found("open", from)
    end
    note_change(state, to)
    state.files[to], state.modes[to] = state.files[from], opts and opts.mode
    return "read_write"
  end
  fs.link = fs.copy
  function fs.rename(from, to)
    record(state, "rename", from, to)
    if not state.files[from] then
      return not_found("rename", from)
    end
    state.files[to], state.files[from] = state.files[from], nil
    return true
  end
  function fs.symlink(target, name)
    record(state, "symlink", name)
    state.links[name] = target
    return true
  end
  function fs.chmod(name, mode)
    record(state, "chmod", name)
    state.modes[name] = mode
    return true
  end
  function fs.mkdirs(name)
    record(state, "mkdirs", name)
    state.folders[name] = true
    return { name }
  end
  function fs.mkdtemp(parent, prefix)
    state.temporaries = state.temporaries + 1
    local name = path.join(parent, ("%s-%06d"):format(prefix, state.temporaries))
    return fs.mkdirs(name) and name
  end
  function fs.remove(name)
    record(state, "remove", name)
    local was = (state.files[name] or state.links[name]) ~= nil
    state.files[name], state.links[name] = nil, nil
    return was
  end
  function fs.remove_tree(name)
    record(state, "remove_tree", name)
    for _, set in ipairs({ state.files, state.folders }) do
      for other in pairs(set) do
        if other == name or is_below(other, name) then
          set[other] = nil
        end
      end
    end
    return true
  end
end

local function fake_fs(state)
  local fs = {}
  function fs.read(name)
    local bytes = state.files[name]
    if not bytes then
      return not_found("open", name)
    end
    return bytes, stat_of(state, name)
  end
  function fs.stat(name, opts)
    return stat_of(state, name, opts)
  end
  function fs.readlink(name)
    return state.links[name]
  end
  function fs.list(folder)
    return list_of(state, folder)
  end
  function fs.sweep()
    return {}
  end
  function fs.realpath(name)
    return name
  end
  function fs.user()
    return 0
  end
  fake_writes(fs, state)
  fs.folder = require("pienv.fake.folder").new(fs, state.links)
  return fs
end

-- Real patterns over the files in memory.
local function fake_glob(state)
  local match = require("pienv.glob").match
  return {
    match = match,
    find = function(root, pattern)
      local found = {}
      for name in pairs(state.files) do
        local inside = path.relative(name, root)
        found[#found + 1] = inside and match(pattern, inside) and inside or nil
      end
      table.sort(found)
      return found
    end,
  }
end

local function by_root(map)
  local result = {}
  for name, value in pairs(map or {}) do
    result[path.absolute(name, ROOT)] = value
  end
  return result
end

local function fake_object(objects)
  local known = by_root(objects)
  return {
    inspect = function(name)
      local info = known[name]
      for pattern, value in pairs(objects or {}) do
        info = info or name:match(pattern) and value
      end
      if not info then
        return nil, "inspect " .. name .. ": not an object file", "EFORMAT"
      end
      return info
    end,
  }
end

local function fake_process(state, fs, answer)
  return function(spec)
    record(state, "process", table.concat(spec.argv, " "))
    local result, err, code = answer(spec, fs)
    if not result then
      return nil, err or "run " .. spec.argv[1] .. ": No such file or directory", code or "ENOENT"
    end
    result.exit = not result.signal and (result.exit or 0) or nil
    result.stdout, result.stderr = result.stdout or "", result.stderr or ""
    return result
  end
end

---Makes a fake engine.
---@param given table files, modes, links, locked, objects, loads, process, host: as above
---@return table engine
---@return table state files (absolute paths), calls
function M.engine(given)
  local state =
    { files = by_root(given.files), modes = by_root(given.modes), folders = {}, calls = {}, temporaries = 0 }
  state.changes, state.changed = {}, 0
  state.links = by_root(given.links)
  local fs = fake_fs(state)
  local host = given.host or { platform = "linux", arch = "x64", level = 3 }
  return {
    archive = require("pienv.fake.archive").new(fs),
    fs = fs,
    sha256 = {
      file = function(name)
        local bytes, err, code = fs.read(name)
        return bytes and require("pienv.sha256").hash(bytes), err, code
      end,
      hash = require("pienv.sha256").hash,
      copy = function(from, to, opts)
        if fs.stat(to) then
          return nil, "copy " .. from .. " to " .. to .. ": File exists", "EEXIST"
        end
        local copied, err, code = fs.copy(from, to, opts)
        local bytes = copied and fs.read(to)
        return bytes and require("pienv.sha256").hash(bytes), bytes and #bytes or err, code
      end,
    },
    glob = fake_glob(state),
    link = require("pienv.fake.link").new(fs, function(from, to, way, mode)
      record(state, "link", from, to, way)
      state.files[to], state.modes[to] = state.files[from], mode
    end),
    lock = require("pienv.fake.lock").new(function(...)
      record(state, ...)
    end, by_root(given.locked)),
    dlprobe = require("pienv.fake.dlprobe").new(by_root(given.loads), function(...)
      record(state, ...)
    end),
    object = fake_object(given.objects),
    search = require("pienv.fake.search").new(fs),
    transaction = require("pienv.fake.transaction").new(fs, ROOT, function()
      record(state, "commit")
    end),
    process = fake_process(state, fs, given.process or function()
      return { exit = 0 }
    end),
    json = require("pienv.json"),
    time = require("pienv.time"),
    cpu = require("pienv.fake.cpu").new(host),
  },
    state
end

local function quiet_ui(output)
  local function nothing() end
  return {
    say = function(_, text)
      output.said[#output.said + 1] = text
    end,
    result = function(_, text)
      output.printed[#output.printed + 1] = text
    end,
    note = nothing,
    command = nothing,
    planned = nothing,
    passed = nothing,
    started = nothing,
    finished = nothing,
    failure = nothing,
    event = nothing,
  }
end

local function texts(options)
  local result = {}
  for name, value in pairs(options or {}) do
    result[name] = type(value) == "table" and table.concat(value, ",") or tostring(value)
  end
  return result
end

local function outcomes_by_id(run)
  local result = {}
  for instance, outcome in pairs(run.outcomes) do
    result[instance.id] = outcome
  end
  return result
end

local function relative_files(state)
  local result = {}
  for name, bytes in pairs(state.files) do
    result[shorten(name)] = bytes
  end
  return result
end

-- Loads, checks, plans and runs; what is raised belongs to the caller.
local function drive(word, given, using, output)
  local project = require("pienv.project")
  local opened =
    { root = ROOT, fields = given.settings or {}, overrides = given.override or {}, trusted = true, chunk = "test" }
  local recipe = require("pienv.verb").take(project.load(opened, word, { file = given.file }), { given.verb })
  local cli = require("pienv.cli.run")
  local session = { env = given.env or {}, ui = quiet_ui(output), line = { args = {}, engine = {} } }
  local c = cli.context(session, opened, recipe, texts(given.options), using)
  local instances = cli.plan(recipe, c)
  local run
  require("pienv.task").main(function()
    run = require("pienv.execute").run(instances, c, { ui = session.ui })
  end, { jobs = 2 })
  return run, c
end

---@class pienv.fake.run
---@field exit integer
---@field failure? pienv.failure
---@field calls table[] { "process", "cc -c a.c" }, { "write", "a.o" } ... in order
---@field files table<string, string> content by path from the root
---@field said string[] progress
---@field printed string[] results
---@field outcomes table<string, pienv.outcome> by instance id

---Runs a recipe on a fake engine.
---@param word string recipe name; a stock recipe unless given.file names a file
---@param given table verb, files, locked, objects, process, options, env, settings, override, host, file
---@return pienv.fake.run
function M.run(word, given)
  local failure = require("pienv.failure")
  local using, state = M.engine(given)
  local output = { said = {}, printed = {} }
  local ok, run, c = xpcall(drive, failure.handler, word, given, using, output)
  local result = { exit = 0, calls = state.calls, files = relative_files(state), outcomes = {} }
  result.said, result.printed = output.said, output.printed
  local stopped = not ok and run or ok and run.stopped
  if failure.ends_run(stopped) then
    error(stopped, 0)
  elseif stopped then
    result.failure = failure.from(stopped)
  else
    result.outcomes = outcomes_by_id(run)
    result.failure = run.failed[1] and run.failed[1].outcome.failure
  end
  result.exit = result.failure and result.failure.exit or c.exit_code or 0
  return result
end

return M
