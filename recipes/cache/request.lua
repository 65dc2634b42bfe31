-- What a cache command works on: options and settings, and from them the cache's folder, the target and the store.

local addon = require("recipes.addon")
local key_rules = require("recipes.cache.key")
local path = require("pienv.path")
local repository = require("recipes.cache.repository")
local store = require("recipes.cache.store")
local target_rules = require("recipes.cache.target")

local M = {}

local GIB = 1 << 30

---Settings with the names of the stock project; the fields of recipes/addon.lua beside them.
M.settings = {
  inputs = {
    default = { "crates", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml", "packages/natives" },
    about = "paths from the git root whose object ids make the key; their order counts",
  },
  companions = {
    default = { "index.d.ts", "index.js", "embedded-addon.js" },
    about = "files of the output folder that an entry holds beside the addons",
  },
  components = { about = "function(c) that returns more components of the key: { { type, name, value } ... }" },
  ways = { default = { "reflink", "hardlink", "copy" }, about = "how an addon is placed, tried in this order" },
  verify = { default = "stat", about = "stat: size and time of every file on each hit; digest: the bytes too" },
  dirty = { default = "ignore", about = "uncommitted inputs: refuse, content (part of the key), or ignore" },
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
  key = { about = "this key instead of the one of the work tree; no git repository is needed then" },
  workspace = { about = "name of the workspace in the manifest (default: its path)" },
  commit = { about = "commit in the manifest (default: HEAD)" },
  enabled = {
    env = "ROBOMP_NATIVES_CACHE_ENABLED",
    type = "boolean",
    default = true,
    about = "with no, nothing is restored or stored",
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

---The folder of the cache, where none is given.
---@param input { env: table<string, string>, has_data: boolean }
---@return string? folder nil: no home
function M.default_root(input)
  local env = input.env
  if input.has_data then
    return M.DATA
  elseif (env.XDG_CACHE_HOME or ""):sub(1, 1) == "/" then
    return env.XDG_CACHE_HOME .. "/pienv/natives"
  end
  return env.HOME and env.HOME .. "/.cache/pienv/natives"
end

---Where the runbook's installation keeps the cache.
M.DATA = "/data/cache/pi-natives"

---@param e table engine
---@param input { given?: string, folder: string, env: table<string, string> } folder: relative roots count from it
---@return string root absolute
---@return string? err
function M.root(e, input)
  if input.given then
    return path.absolute(input.given, input.folder)
  end
  local stat = e.fs.stat(M.DATA)
  local root = M.default_root({ env = input.env, has_data = stat ~= nil and stat.type == "directory" })
  return root, root == nil and "no folder for the cache: neither --root nor HOME is set" or nil
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

---The folder name of a repository. Pure.
---@param input { repo?: string, url?: string, commondir: string, hash: fun(bytes: string): string } url: of origin
---@return string slug
function M.slug(input)
  return input.url and repository.slug_of_url(input.url) or repository.local_slug(input.commondir, input.hash)
end

---What `slug` goes by.
---@param e table engine
---@param commondir string
---@return table
function M.origin(e, commondir)
  local config = e.fs.read(commondir .. "/config") or ""
  return { url = repository.remote_url(config, "origin"), commondir = commondir, hash = e.sha256.hash }
end

---The ids of the inputs at HEAD as the key takes them.
---@param head pienv.gittree.head
---@return cache.input[]
function M.inputs(head)
  local list = {}
  for i, entry in ipairs(head.entries) do
    list[i] = { path = entry.path, id = entry.id or false }
  end
  return list
end

---Opens the store of a repository.
---@param e table engine
---@param input { root: string, slug: string, settings: table, group?: integer }
---@return cache.store
function M.store(e, input)
  local settings = input.settings
  local prefix = settings.addon .. "."
  return store.open({
    e = e,
    root = input.root,
    folder = input.root .. "/" .. input.slug,
    companions = settings.companions,
    ways = settings.ways,
    verify = settings.verify,
    group = input.group,
    is_addon = function(name)
      return name:sub(1, #prefix) == prefix and name:sub(-5) == ".node"
    end,
  })
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

---Paths of what a build makes, from the git root: changes there are no changes of inputs.
---@param input { package: string, output: string, addon: string, companions: string[] }
---@return string[] patterns
function M.outputs(input)
  local folder = path.join(input.package, input.output)
  local names = { input.addon .. ".*.node", "embedded-addons.*.tar.gz", ".build", ".build/**" }
  for _, name in ipairs(input.companions) do
    names[#names + 1] = name
  end
  for i, name in ipairs(names) do
    names[i] = path.join(folder, name)
  end
  return names
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
