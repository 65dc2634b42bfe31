-- The short way of `pienv cache populate`: a hit in a work tree where everything is as the stock recipe expects. It
-- calls the same functions as the recipe, without the machinery around them. Whatever is unusual (another option, a
-- project file, an unfinished installation, a miss, damage, an edit, a terminal) is left to the recipe, which says what
-- there is to say: nothing was changed then. docs/adr/0014-short-way.md

local where = require("recipes.cache.where")

local M = {}

local FLAGS = { ["-C"] = "folder", ["--root"] = "root", ["--repo"] = "repo", ["--target"] = "target" }

-- `populate [-C DIR] [--root DIR] [--repo NAME] [--target TAG]` in any order; nil for every other line.
local function options(argv)
  local given, i = {}, 1
  while argv[i] do
    local name = FLAGS[argv[i]]
    if name and argv[i + 1] then
      given[name], i = argv[i + 1], i + 2
    elseif argv[i] == "cache" and not given.recipe then
      given.recipe, i = true, i + 1
    elseif argv[i] == "populate" and given.recipe and not given.verb then
      given.verb, i = true, i + 1
    else
      return nil
    end
  end
  return given.verb and given or nil
end

-- Variables that change what the recipe would do.
local UNUSUAL = { "ROBOMP_NATIVES_CACHE_ENABLED", "FORCE_COLOR" }

local function filled(env, name)
  local value = env.get(name)
  return value ~= "" and value or nil
end

-- Whether a folder has files that the recipe would load, or an installation to finish.
local function has_own(fs, folder)
  return fs.stat(folder .. "/pienv.lua") or fs.stat(folder .. "/recipes") or fs.stat(folder .. "/.pienv/journal")
end

-- The project of a folder, when it is a work tree of git and nothing more.
local function root_of(fs, folder)
  while folder do
    if has_own(fs, folder) then
      return nil
    elseif fs.stat(folder .. "/.git") then
      return folder
    end
    folder = folder:match("^(/.+)/[^/]*$")
  end
end

-- Whether the inputs are as HEAD has them.
local function is_clean(e, settings, root, store)
  if settings.dirty == "ignore" then
    return true
  end
  local memo = where.memo(e, store, root)
  local state = e.gittree.state(root, settings.inputs, { ignore = where.outputs(settings), memo = memo })
  return state and state.clean
end

local function key_of(e, head, target)
  local bytes = require("recipes.cache.key").bytes({ entries = where.inputs(head), target = target.label })
  return e.sha256.hash(bytes)
end

local function open_store(e, given, env, root, settings, head)
  local slug = given.repo and require("recipes.cache.repository").slug(given.repo)
    or not given.repo and where.slug(where.origin(e, head.commondir))
  local cache = where.root(e, {
    given = given.root or filled(env, "ROBOMP_NATIVES_CACHE_ROOT"),
    folder = root,
    env = { XDG_CACHE_HOME = filled(env, "XDG_CACHE_HOME"), HOME = filled(env, "HOME") },
  })
  return slug and cache and where.store(e, { root = cache, slug = slug, settings = settings }) or nil
end

-- An entry of pienv's own was captured for its target alone, and says which CPU it needs.
local function fits(store, entry, target, host)
  if not entry.manifest.pienv then
    return false
  end
  local runs_here = target.platform == host.platform and target.arch == host.arch
  for _, name in ipairs(entry.names) do
    local file = store.is_addon(name) and entry:known(name)
    if file and runs_here and (file.isa or 1) > (host.level or 4) then
      return false
    end
  end
  return true
end

local function place(store, entry, root, settings)
  local path = settings.package .. "/" .. settings.output
  local edits = require("recipes.cache.edits")
  return require("recipes.cache.place").run({
    store = store,
    entry = entry,
    to = { root = root, path = path, folder = root .. "/" .. path },
    restores = function()
      return true
    end,
    may_replace = function(_, bytes, new)
      return edits.same({ a = bytes, b = new, markers = settings.markers })
    end,
    pid = tonumber(store.e.fs.readlink("/proc/self")) or 0,
  })
end

local function tell(e, store, entry, root, settings, placed, began)
  local outcome = require("recipes.cache.outcome")
  local folder = root .. "/" .. settings.package .. "/" .. settings.output
  local err = placed.facts and outcome.note_hit(store, entry, placed, { folder = folder, root = root })
  if err then
    io.stderr:write("warning: ", err, "\n")
  end
  local seconds = e.time.monotonic() - began
  local line = outcome.hit_line({ key = entry.key, placed = placed, milliseconds = seconds * 1000 })
  io.stderr:write(("ok   populate  %.2f s  %s\n"):format(seconds, line))
  io.stdout:write(entry.path, "\n")
  return 0
end

local function populate(e, given, env, root, began)
  local settings, rules = require("recipes.cache.defaults"), require("recipes.cache.target")
  local host = require("pienv.host").machine(e.cpu)
  local target = given.target and rules.parse(given.target)
    or rules.of({
      platform = env.get("TARGET_PLATFORM"),
      arch = env.get("TARGET_ARCH"),
      variant = env.get("TARGET_VARIANT"),
      host = host,
    })
  if not target then
    return nil
  end
  local head = e.gittree.head(root, settings.inputs)
  if not head or not head.commit or head.root ~= root then
    return nil
  end
  local store = open_store(e, given, env, root, settings, head)
  if not store or not is_clean(e, settings, root, store) then
    return nil
  end
  local found = store:lookup(key_of(e, head, target), target.label)
  local _ <close> = found
  local placed = found and fits(store, found, target, host) and place(store, found, root, settings)
  return placed and tell(e, store, found, root, settings, placed, began) or nil
end

---Runs the command if it is a plain hit.
---@param argv string[]
---@param e table the engine
---@return integer? exit_code nil: left to the recipe, nothing was changed
function M.run(argv, e)
  local given = options(argv)
  if not given then
    return nil
  end
  local env, began = e.env, e.time.monotonic()
  for _, name in ipairs(UNUSUAL) do
    if env.get(name) then
      return nil
    end
  end
  local folder = not e.terminal.is_tty(2) and e.fs.realpath(given.folder or ".")
  local root = folder and root_of(e.fs, folder)
  local is_plain = root and (given.root or filled(env, "ROBOMP_NATIVES_CACHE_ROOT") or "/"):sub(1, 1) == "/"
  return is_plain and populate(e, given, env, root, began) or nil
end

return M
