-- What a cache command may be asked for: options and settings.

local addon = require("recipes.addon")
local defaults = require("recipes.cache.defaults")
local edits = require("recipes.cache.edits")
local key_rules = require("recipes.cache.key")
local repository = require("recipes.cache.repository")
local target_rules = require("recipes.cache.target")

local M = {}

local GIB = 1 << 30

---Settings with the names of the stock project; the fields of recipes/addon.lua beside them.
M.settings = {
  inputs = {
    about = "paths from the git root whose object ids make the key; their order counts"
      .. " (default: the crates, Cargo.lock, Cargo.toml, rust-toolchain.toml, the package)",
  },
  companions = {
    default = defaults.companions,
    about = "files of the output folder that an entry holds beside the addons",
  },
  markers = {
    default = defaults.markers,
    about = "lines around what is generated in a companion that git tracks",
  },
  variables = {
    default = { "TARGET_VARIANT", "CROSS_TARGET", "RUSTFLAGS", "CC", "CFLAGS", "LDFLAGS", "CI" },
    about = "variables that a manifest records",
  },
  secrets = { default = edits.SECRETS, about = "words in names of variables that no manifest records" },
  components = { about = "function(c) that returns more components of the key: { { type, name, value } ... }" },
  ways = { default = defaults.ways, about = "how an addon is placed, tried in this order" },
  verify = { default = defaults.verify, about = "stat: size and time of each file on a hit; digest: the bytes too" },
  dirty = { default = defaults.dirty, about = "what --dirty says where it is not given" },
  leaks = { default = "warn", about = "workspace paths in outputs: warn, refuse, or ignore" },
  group = { about = "name of the group that owns what the cache holds" },
  durable = { default = true, about = "a captured entry is on disk before it counts" },
  build = { about = "command that builds, as a list, or function(input) that gives one (default: pienv build)" },
  lock_timeout = { default = 120, about = "seconds to wait for another process's lock" },
}

---Options of all verbs. Their variables are those of the natives runbook.
M.options = {
  root = { env = "ROBOMP_NATIVES_CACHE_ROOT", about = "folder of the cache" },
  repo = { about = "OWNER/NAME of the repository (default: from the origin remote)" },
  target = { about = "target as linux-x64-modern (default: this host's, with TARGET_VARIANT)" },
  target_platform = { env = "TARGET_PLATFORM", about = "platform of the target" },
  target_arch = { env = "TARGET_ARCH", about = "architecture of the target" },
  variant = { env = "TARGET_VARIANT", about = "CPU variant of the target" },
  dirty = {
    choices = { "refuse", "content", "ignore" },
    about = "uncommitted inputs: refuse, content (part of the key), or ignore (default: the field dirty)",
  },
  key = { about = "this key instead of the one of the work tree; no git repository is needed then" },
  workspace = { about = "name of the workspace in the manifest (default: its path)" },
  commit = { about = "commit in the manifest (default: HEAD)" },
  enabled = {
    env = "ROBOMP_NATIVES_CACHE_ENABLED",
    type = "boolean",
    default = true,
    about = "use the cache; otherwise nothing is restored or stored",
  },
  cache = {
    choices = { "rw", "ro", "off" },
    default = "rw",
    about = "read and write the cache, only read it (nothing is noted, either), or neither",
  },
  lock_timeout = {
    type = "integer",
    about = "seconds to wait for a lock of another process (default: the field of that name)",
  },
  max_entries = {
    env = "ROBOMP_NATIVES_CACHE_MAX_ENTRIES_PER_REPO",
    type = "integer",
    default = 8,
    about = "most entries of a repository",
  },
  max_bytes = {
    env = "ROBOMP_NATIVES_CACHE_MAX_BYTES",
    type = "integer",
    default = 4 * GIB,
    about = "most bytes of a repository; 0: any number",
  },
  min_free = { type = "integer", default = 0, about = "bytes that must stay free on the cache's file system; 0: none" },
  keys = { type = "list", about = "keys, or unique beginnings of them" },
  variants = { type = "list", about = "ensure each of these variants instead of one" },
  wait = { type = "boolean", default = true, about = "wait for a process that builds the same key" },
  repair = { type = "boolean", default = false, about = "heal damaged entries from workspaces, or drop them" },
  every = { bare = "", about = "collect garbage again and again, each --every=SECONDS (default: --interval)" },
  interval = {
    env = "ROBOMP_NATIVES_CACHE_GC_INTERVAL_SECONDS",
    type = "integer",
    default = 3600,
    about = "seconds between two rounds of gc --every; 0: no loop",
  },
  why = { about = "why an entry is bad" },
  rebuild = { type = "boolean", default = false, about = "build a fresh entry and renew the workspaces" },
  require_cache = { type = "boolean", default = false, about = "trouble with the cache is a failure (exit 5)" },
}

-- Refuses the value of an option, by the name of what gave it.
local function refuse(c, name, expected)
  local where = c.origin[name]:match("^environment (.+)$") or "--" .. name:gsub("_", "-")
  local message = ("%s: '%s' is not %s"):format(where, c.options[name], expected)
  c:fail(message, { exit = 2, code = "P0103", hint = ("pienv cache %s --help describes it"):format(c.verb) })
end

local KEY = "a key (64 hexadecimal digits)"
local BEGINNING = "a key (64 hexadecimal digits, or the first of them, at least four)"

-- A key is given whole, or to `show`, which only looks, by a beginning as messages name it.
local function check_key(c)
  local key, shown = c.options.key, c.verb == "show"
  if key and not key_rules.is_key(key) and not (shown and key:find("^%x%x%x%x+$") and #key < 64) then
    refuse(c, "key", shown and BEGINNING or KEY)
  end
end

local AMOUNTS = { "max_entries", "max_bytes", "min_free", "lock_timeout" }

---Rejects values that no cache can be asked with. (An empty root would be the project's own folder, and what lies in
---that is no cache's to sweep.)
---@param c pienv.context
function M.check(c)
  local o = c.options
  if o.root == "" then
    refuse(c, "root", "a folder")
  elseif o.repo and not repository.slug(o.repo) then
    refuse(c, "repo", "OWNER/NAME")
  elseif o.every and o.every ~= "" and not math.tointeger(tonumber(o.every)) then
    refuse(c, "every", "a whole number of seconds")
  end
  check_key(c)
  for _, name in ipairs(AMOUNTS) do
    if o[name] and o[name] < 0 then
      refuse(c, name, "0 or more")
    end
  end
end

---The target of a run.
---@param input { label?: string, platform?: string, arch?: string, variant?: string, host: pienv.host }
---@return cache.target? target
---@return string? err
function M.target(input)
  if not input.label then
    return target_rules.of(input)
  end
  local target = target_rules.parse(input.label)
  if not target then
    return nil, ("Unsupported target: %s. Expected <platform>-<arch>[-<variant>]."):format(input.label)
  end
  return target
end

---Reads the tuple out of an addon's name.
---@param settings table
---@param filename? fun(target: addon.target): string
---@return fun(name: string): addon.tuple?
function M.parser(settings, filename)
  return function(name)
    return addon.parse({
      name = name,
      addon = settings.addon,
      variants = settings.variants,
      tags = settings.tags,
      filename = filename,
    })
  end
end

---The command that builds a target.
---@param input { program: string, root: string, target: cache.target, flags: table } flags: of pienv's own command line
---@return string[] argv
function M.command(input)
  local argv, flags = { input.program, "-C", input.root }, input.flags
  for _, name in ipairs({ "trust", "no_config" }) do
    argv[#argv + 1] = flags[name] and "--" .. name:gsub("_", "-") or nil
  end
  if flags.config then
    table.move({ "--config", flags.config }, 1, 2, #argv + 1, argv)
  end
  table.move({ "run", "build" }, 1, 2, #argv + 1, argv)
  return argv
end

---@param text string
---@return boolean
M.is_key = key_rules.is_key

return M
