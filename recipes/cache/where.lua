-- Where things are: the cache's folder, the repository's name in it, its store, and what a build makes in a work tree.

local path = require("pienv.path")
local repository = require("recipes.cache.repository")

local M = {}

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

---The inputs of a project that names none: those of the natives runbook, by the project's own names. The crate stands
---for the folder of all crates above it, because it may need any of them. Pure.
---@param input { crate: string, package: string, prefix?: string } prefix: of the project, from the git root
---@return string[] paths from the git root
function M.default_inputs(input)
  local crates = path.normalize(input.crate):match("^[^/]+")
  local list = { crates, "Cargo.lock", "Cargo.toml", "rust-toolchain.toml", path.normalize(input.package) }
  for i, name in ipairs(list) do
    if name == "." then
      return { input.prefix or "." } -- the whole project
    end
    list[i] = input.prefix and path.join(input.prefix, name) or name
  end
  return list
end

---What the names of memories of work trees begin with.
M.MEMO = ".pienv-tree-"

---Where the cache remembers that a work tree was clean (pienv.gittree). A user who may not write there has no memory,
---and the tree is looked at each time.
---@param e table engine
---@param folder string of the repository
---@param root string of the work tree
---@return string? file
function M.memo(e, folder, root)
  local stat = e.fs.stat(folder, { follow = false })
  local is_there = stat ~= nil and stat.type == "directory"
  return is_there and folder .. "/" .. M.MEMO .. e.sha256.hash(root):sub(1, 16) or nil
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
---@param input { root: string, slug: string, settings: table, group?: integer, parse?: function } parse: the tuple of a
---  name that the project's policy makes
---@return cache.store
function M.store(e, input)
  local settings = input.settings
  local prefix = settings.addon .. "."
  return require("recipes.cache.store").open({ -- read when it is needed: a hit may do without
    e = e,
    root = input.root,
    slug = input.slug,
    folder = input.root .. "/" .. input.slug,
    companions = settings.companions,
    ways = settings.ways,
    verify = settings.verify,
    group = input.group,
    is_addon = function(name)
      local plain = name:sub(1, #prefix) == prefix and name:sub(-5) == ".node"
      return plain or input.parse ~= nil and input.parse(name) ~= nil
    end,
  })
end

---Paths of what a build makes, from the git root: changes there are no changes of inputs.
---@param input { package: string, output: string, addon: string, companions: string[], prefix?: string } prefix: of the
---  project, from the git root
---@return string[] patterns
function M.outputs(input)
  local folder = path.join(input.package, input.output)
  local names = { "*.node", "embedded-addons.*.tar.gz", ".build", ".build/**" }
  for _, temporary in ipairs({ ".pienv-*.tmp", "*.tmp.*", "*.old.*" }) do -- of installations that were killed
    names[#names + 1] = temporary
  end
  for _, name in ipairs(input.companions) do
    names[#names + 1] = name
  end
  for i, name in ipairs(names) do
    names[i] = path.join(folder, name)
  end
  names[#names + 1] = path.join(input.prefix or ".", ".pienv")
  return names
end

return M
