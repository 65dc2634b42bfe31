-- The short way of `pienv cache populate`: a hit in a work tree where everything is as the stock recipe expects; and
-- of `pienv cache capture`, where the entry is there. It calls the same functions as the recipe, without the machinery
-- around them. Whatever is unusual (another option, a project file, an unfinished installation, a miss, damage, an
-- edit, a terminal) is left to the recipe, which says what there is to say: nothing was changed then.
-- docs/adr/0014-short-way.md

local errno = require("pienv.errno")
local where = require("recipes.cache.where")

local M = {}

local FLAGS =
  { ["-C"] = "folder", ["--root"] = "root", ["--repo"] = "repo", ["--target"] = "target", ["--dirty"] = "dirty" }

-- A word after --dirty, and whether the work tree is looked at then. With "content", the key of a clean one is HEAD's.
local LOOKS = { refuse = true, content = true, ignore = false }

local VERBS = { populate = true, capture = true }

-- `VERB [-C DIR] [--root DIR] [--repo NAME] [--target TAG] [--dirty WORD]` in any order; nil for every other line.
local function options(argv)
  local given, i = {}, 1
  while argv[i] do
    local name = FLAGS[argv[i]]
    if name and argv[i + 1] then
      given[name], i = argv[i + 1], i + 2
    elseif argv[i] == "cache" and not given.recipe then
      given.recipe, i = true, i + 1
    elseif VERBS[argv[i]] and given.recipe and not given.verb then
      given.verb, i = argv[i], i + 1
    else
      return nil
    end
  end
  given.dirty = given.dirty or require("recipes.cache.defaults").dirty
  return given.verb and LOOKS[given.dirty] ~= nil and given or nil
end

-- Variables that change what the recipe would do.
local UNUSUAL = { "ROBOMP_NATIVES_CACHE_ENABLED", "FORCE_COLOR", "GITHUB_ACTIONS" }

local function filled(env, name)
  local value = env.get(name)
  return value ~= "" and value or nil
end

-- Whether a folder has files that the recipe would load, or an installation to finish; what nobody can look at is left
-- to the long way, which says so.
local function has_own(fs, folder)
  for _, name in ipairs({ "/pienv.lua", "/recipes", "/.pienv/journal" }) do
    local stat, _, code = fs.stat(folder .. name)
    if stat or not errno.is_absent(code) then
      return true
    end
  end
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

-- Whether the inputs are as HEAD has them, and how that was looked for.
local function is_clean(e, given, settings, head, folder)
  if not LOOKS[given.dirty] then
    return true
  end
  local asked = { ignore = where.outputs(settings), memo = where.memo(e, folder, head.root), head = head }
  local state = e.gittree.state(head.root, settings.inputs, asked)
  return state and state.clean, asked
end

local function key_of(e, head, target)
  local bytes = require("recipes.cache.key").bytes({ entries = where.inputs(head), target = target.label })
  return e.sha256.hash(bytes)
end

-- The cache's folder and the repository's name in it.
local function find_store(e, given, env, root, head)
  local slug = given.repo and require("recipes.cache.repository").slug(given.repo)
    or not given.repo and where.slug(where.origin(e, head.commondir))
  local cache = where.root(e, {
    given = given.root or filled(env, "ROBOMP_NATIVES_CACHE_ROOT"),
    folder = root,
    env = { XDG_CACHE_HOME = filled(env, "XDG_CACHE_HOME"), HOME = filled(env, "HOME") },
  })
  return slug and cache and { root = cache, slug = slug, folder = cache .. "/" .. slug } or nil
end

-- The level that an entry's addons need where they run here: 1 for any other machine. An entry of another program does
-- not say.
local function needed_level(store, entry, target, host)
  if not entry.manifest.pienv then
    return nil
  end
  local runs_here, level = target.platform == host.platform and target.arch == host.arch, 1
  for _, name in ipairs(entry.names) do
    local file = store.is_addon(name) and entry:known(name)
    level = file and runs_here and math.max(level, file.isa or 1) or level
  end
  return level
end

local function place(store, entry, to, settings)
  return require("recipes.cache.place").run({
    store = store,
    entry = entry,
    to = to,
    restores = function()
      return true
    end,
    may_replace = function(_, bytes, new)
      return require("recipes.cache.edits").same({ a = bytes, b = new, markers = settings.markers })
    end,
    pid = tonumber((store.e.fs.readlink("/proc/self"))) or 0,
  })
end

local function tell(e, at, placed, began)
  local outcome = require("recipes.cache.outcome")
  if placed.warning then
    io.stderr:write("warning: ", placed.warning, "\n")
  end
  local seconds = e.time.monotonic() - began
  local line = outcome.hit_line({ key = at.key, placed = placed, milliseconds = seconds * 1000 })
  io.stderr:write(("ok   populate  %.2f s  %s\n"):format(seconds, line))
  io.stdout:write(at.folder, "/", at.key, "\n")
  return 0
end

-- Looks the entry up, and places what is missing.
local function fetch(e, at, settings)
  local store = where.store(e, { root = at.root, slug = at.slug, settings = settings })
  local found = store:lookup(at.key, at.target.label)
  local _ <close> = found
  local level = found and needed_level(store, found, at.target, at.host)
  if not level or level > (at.host.level or 4) then
    return nil
  end
  local root, path = at.head.root, settings.package .. "/" .. settings.output
  local to = { root = root, path = path, folder = root .. "/" .. path }
  local placed = place(store, found, to, settings)
  if placed then
    require("recipes.cache.recording").write(e, at.argv, at.asked, {
      entry = found,
      placed = placed,
      store = store,
      to = to,
      head = at.head,
      level = at.host.level or 0,
      look = at.look,
    })
  end
  return placed
end

-- What a command is about: cache, key, target; nil where that is not plain.
local function find(e, given, env, root)
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
  local at = find_store(e, given, env, root, head)
  local clean, look
  if at then
    clean, look = is_clean(e, given, settings, head, at.folder)
  end
  if not clean then
    return nil
  end
  at.key, at.target, at.host = key_of(e, head, target), target, host
  at.settings, at.head, at.look = settings, head, look
  return at
end

local function populate(e, at, began)
  local placed = fetch(e, at, at.settings)
  return placed and tell(e, at, placed, began) or nil
end

-- The same for the folder that was given; nil also where anything is not plain.
local function look(e, given)
  local env = e.env
  for _, name in ipairs(UNUSUAL) do
    if env.get(name) then
      return nil
    end
  end
  local folder = not e.terminal.is_tty(2) and e.fs.realpath(given.folder or ".")
  local root = folder and root_of(e.fs, folder)
  local is_plain = root and (given.root or filled(env, "ROBOMP_NATIVES_CACHE_ROOT") or "/"):sub(1, 1) == "/"
  return is_plain and find(e, given, env, root) or nil
end

---Runs the command if it is a plain hit.
---@param argv string[]
---@param e table the engine
---@return integer? exit_code nil: left to the recipe, nothing was changed
---@return pienv.lock.held? lease to be kept until the recipe has ended
function M.run(argv, e)
  local given, began = options(argv), e.time.monotonic()
  if not given then
    return nil
  end
  local asked = given.verb == "populate" and require("recipes.cache.recording").ask(e) or { e = e }
  local at = look(asked.e, given)
  if not at then
    return nil
  elseif given.verb == "populate" then
    at.argv, at.asked = argv, asked
    return populate(e, at, began)
  end
  return require("recipes.cache.lease").run(e, at, began)
end

return M
