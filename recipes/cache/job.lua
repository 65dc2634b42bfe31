-- The job of one run: target, key, store and workspace, found out once through the step's context.

local edits = require("recipes.cache.edits")
local key_rules = require("recipes.cache.key")
local path = require("pienv.path")
local presence = require("pienv.presence")
local repository = require("recipes.cache.repository")
local request = require("recipes.cache.request")
local where = require("recipes.cache.where")

local M = {}

---@class cache.job
---@field e table engine
---@field target cache.target
---@field key? string
---@field head? pienv.gittree.head
---@field inputs cache.input[]
---@field extra cache.extra[]
---@field dirty? string why the inputs are not what HEAD has
---@field trouble? string why there is no key or no store
---@field store? cache.store
---@field noted? boolean its miss is in the journal
---@field to cache.destination
---@field parse fun(name: string): addon.tuple?

local function wrong(s, message)
  s:fail(message, { exit = 4, code = "P0301" })
end

-- The number of a group, by /etc/group: name services are not asked.
local function group_id(s)
  local name = s.settings.group
  if not name then
    return nil
  end
  local groups = s.engine.fs.read("/etc/group") or ""
  for line in groups:gmatch("[^\n]+") do
    local entry, id = line:match("^([^:]*):[^:]*:(%d+)")
    if entry == name then
      return math.tointeger(tonumber(id))
    end
  end
  wrong(s, ("group: there is no group '%s'"):format(name))
end

local function destination(s)
  local relative = path.join(s.settings.package, s.settings.output)
  if path.is_absolute(relative) or relative:sub(1, 2) == ".." then
    wrong(s, ("package: '%s' must be beneath the project"):format(s.settings.package))
  end
  return { root = s.root, path = relative, folder = path.join(s.root, relative) }
end

---The target that the options mean.
---@param s pienv.context
---@return cache.target
function M.target(s)
  local o = s.options
  local target, err = s.policy.target({
    label = o.target,
    platform = o.target_platform,
    arch = o.target_arch,
    variant = o.variant,
    host = s.host,
  })
  return target or wrong(s, err)
end

-- The project's folder from the git root: outputs are named from there.
local function prefix(s, head)
  local inner = head.root and path.relative(s.root, head.root)
  return inner and inner ~= "." and inner or nil
end

-- Paths of the inputs: the project's list, else what its names lead to.
local function input_paths(s)
  if s.settings.inputs then
    return s.settings.inputs
  end
  local head, err = s.engine.gittree.head(s.root, {})
  if not head then
    return nil, err
  end
  return where.default_inputs({ crate = s.settings.crate, package = s.settings.package, prefix = prefix(s, head) })
end

-- HEAD's ids of the inputs; nil and a reason where there is no repository to ask.
local function read_head(s)
  local paths, no_repository = input_paths(s)
  for _, input in ipairs(paths or {}) do
    local refused = key_rules.refuse(input)
    if refused then
      s:fail(refused, { exit = 3 })
    end
  end
  local head, err
  if paths then
    head, err = s.engine.gittree.head(s.root, paths)
  end
  if not head then
    return nil, err or no_repository
  elseif not head.commit then
    return nil, "the repository has no commit yet"
  end
  return head, paths
end

---Patterns of the outputs, from the git root.
---@param s pienv.context
---@param head pienv.gittree.head
---@return string[]
function M.outputs(s, head)
  local package, inner = s.settings.package, prefix(s, head)
  local settings = s.settings
  return where.outputs({
    package = inner and path.join(inner, package) or package,
    output = settings.output,
    addon = settings.addon,
    companions = settings.companions,
    prefix = inner,
  })
end

-- Verbs that may leave a memory of a clean tree; the others only ask, and write nothing.
local REMEMBERED = { populate = true, capture = true, ensure = true }

-- Looks at the work tree: what differs from HEAD under the inputs.
local function look_for_changes(s, job, paths)
  local mode = s.options.dirty or s.settings.dirty
  if mode == "ignore" then
    return
  end
  local remembered = job.store and REMEMBERED[s.verb] and s.options.cache ~= "ro"
  local state, err = s.engine.gittree.state(s.root, paths, {
    ignore = M.outputs(s, job.head),
    ids = mode == "content",
    memo = remembered and where.memo(s.engine, job.store.folder, s.root) or nil,
  })
  if not state then
    job.dirty, job.unread = err, err
  elseif not state.clean and mode == "content" then
    for i, input in ipairs(job.inputs) do
      job.inputs[i] = { path = input.path, id = state.ids[input.path] or false }
    end
    job.content = edits.dirty(state.changes)
  elseif not state.clean then
    job.dirty = edits.dirty(state.changes)
  end
end

---The folder of the cache.
---@param s pienv.context
---@return string
function M.root(s)
  local root, err = where.root(s.engine, { given = s.options.root, folder = s.folder or s.root, env = s.env })
  return root or wrong(s, err)
end

local function store_of(s, root, slug)
  return where.store(s.engine, {
    root = root,
    slug = slug,
    settings = s.settings,
    group = group_id(s),
    parse = request.parser(s.settings, s.policy.filename),
  })
end

-- Opens the store of the job's repository.
local function open_store(s, job)
  local e, o = s.engine, s.options
  local slug = o.repo and repository.slug(o.repo)
  if not slug then
    local head = job.head or e.gittree.head(s.root, {})
    if not head then
      return "no git repository: --repo OWNER/NAME says whose entries are meant"
    end
    slug = s.policy.slug(where.origin(e, head.commondir))
  end
  job.store = store_of(s, M.root(s), slug)
  job.store.read_only = o.cache == "ro"
end

---Takes the key of the work tree now.
---@param s pienv.context
---@param job cache.job
function M.take_key(s, job)
  local head, paths = read_head(s)
  if not head then
    job.trouble = paths
    return
  end
  job.head, job.inputs = head, s.policy.inputs(head)
  job.trouble = not job.store and open_store(s, job) or nil
  look_for_changes(s, job, paths)
  job.extra = s.settings.components and s.settings.components(s) or {}
  job.bytes = s.policy.key_bytes({ entries = job.inputs, target = job.target.label, extra = job.extra })
  job.key = s.engine.sha256.hash(job.bytes)
end

-- The key that was given, or the one that begins so; nil: there is no store to look in.
local function given_key(s, job)
  local key = s.options.key
  if key_rules.is_key(key) then
    return key
  end
  return job.store and require("recipes.cache.gc").keys(s, job.store, { key })[1]
end

---The job of a verb that works on one key.
---@param s pienv.context
---@return cache.job
function M.new(s)
  local job = { e = s.engine, target = M.target(s), to = destination(s), inputs = {}, extra = {} }
  job.parse = request.parser(s.settings, s.policy.filename)
  if s.options.key then
    job.trouble = open_store(s, job)
    job.key = given_key(s, job)
  else
    M.take_key(s, job)
  end
  return job
end

---The store alone, for verbs that work on all entries of a repository.
---@param s pienv.context
---@return cache.store
function M.store(s)
  local job = {}
  local why = open_store(s, job)
  return job.store or wrong(s, why)
end

---The stores of all repositories in the cache's folder, or of the one that --repo names.
---@param s pienv.context
---@return cache.store[]
function M.stores(s)
  if s.options.repo then
    return { M.store(s) }
  end
  local fs, root, list = s.engine.fs, M.root(s), {}
  for _, name in ipairs(presence.list(root, fs) or {}) do
    local stat = name:sub(1, 1) ~= "." and fs.stat(root .. "/" .. name, { follow = false })
    list[#list + 1] = stat and stat.type == "directory" and store_of(s, root, name) or nil
  end
  return list
end

---The caps of a run.
---@param s pienv.context
---@return cache.caps
function M.caps(s)
  local o = s.options
  return { max_entries = o.max_entries, max_bytes = o.max_bytes, min_free = o.min_free }
end

return M
