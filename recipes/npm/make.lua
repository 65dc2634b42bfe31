-- What a leaf and the core shall hold, made of what is there. Reads only; everything through s.

local beneath = require("pienv.beneath")
local bytes = require("recipes.addon.bytes")
local core = require("recipes.npm.core")
local identity = require("recipes.addon.identity")
local inspect = require("recipes.npm.inspect")
local loading = require("recipes.addon.loading")
local ordered = require("recipes.npm.ordered")
local path = require("pienv.path")
local presence = require("pienv.presence")
local request = require("recipes.npm.request")

local M = {}

---@class npm.found
---@field variant? string
---@field filename string
---@field path string absolute, as users know it
---@field held pienv.beneath.held the file, by which it is read: in its folder, open until the run ends
---@field stat pienv.fs.stat

---The files of a target that are there. Packages are for everybody: what only this user may read must not get into one
---by a link that somebody else made, now or while this goes on.
---@param c pienv.context
---@param target npm.target
---@return npm.found[]
function M.find(c, target)
  local found = {}
  for _, candidate in ipairs(target.candidates) do
    local file = path.join(request.output(c), candidate.filename)
    local held, stat, code, hint = beneath.find(c.fs, c.root, file)
    if held and stat.type ~= "file" then
      c:fail(("%s is a %s, no file"):format(file, stat.type), { hint = "remove it, and build the addon again" })
    elseif held then
      local variant, filename = candidate.variant, candidate.filename
      found[#found + 1] = { path = file, held = held, stat = stat, variant = variant, filename = filename }
    elseif code ~= "ENOENT" then
      c:fail(stat, { exit = hint and 4, hint = hint })
    end
  end
  return found
end

-- The least demanding variant.
local function least_of(target)
  return target.candidates[1].variant
end

local function leaf_name(c, package, tag)
  return loading.fill(c.settings.leaf, { package = package.name, tag = tag })
end

---@class npm.leaf
---@field name string
---@field folder string absolute
---@field files npm.found[]
---@field manifest string text of its package.json
---@field readme string text of its README.md

---@param c pienv.context
---@param target npm.target
---@param package npm.package
---@param files npm.found[]
---@return npm.leaf
function M.leaf(c, target, package, files)
  local name, node = leaf_name(c, package, target.tag), package.node
  local about = { tag = target.tag, platform = target.platform, arch = target.arch }
  local manifest, err = c.policy.manifest({
    name = name,
    version = package.version,
    tag = target.tag,
    platform = target.platform,
    arch = target.arch,
    files = files,
    least = least_of(target),
    libc = c.policy.libc(about),
    license = ordered.get(node, "license"),
    repository = ordered.get(node, "repository"),
    engines = ordered.get(node, "engines"),
  })
  about.name, about.package = name, package.name
  return {
    name = name,
    folder = request.leaf_folder(c, target.tag),
    files = files,
    manifest = manifest or c:fail(err, { hint = "the policy 'filename' names them" }),
    readme = c.policy.readme(about),
  }
end

-- How often each path stands in the file.
local function count_paths(s, file, paths)
  if #paths == 0 then
    return {}
  end
  local found, err = s.search.file(file.held.at, paths, { limit = 0 })
  local counts = {}
  for i, one in ipairs(found or s:fail(beneath.by_path(err, file.held.at, file.path))) do
    counts[i] = { path = paths[i], count = one.count }
  end
  return counts
end

-- The patterns of one format with the libraries that the project adds by name.
local function allowed(s, input)
  local patterns = { table.unpack(s.policy.libraries(input)) }
  for _, name in ipairs(s.settings.libraries) do
    patterns[#patterns + 1] = "^" .. name:lower():gsub("%p", "%%%0") .. "$"
  end
  return patterns
end

local function evidence(s, target, file, package)
  local info, err = s.object.inspect(file.held.at)
  local words = s.policy.libc({ tag = target.tag, platform = target.platform, arch = target.arch }) or {}
  local libc = words[1] == "musl" and "musl" or target.platform == "linux" and "gnu" or nil
  local format = info and info.format or bytes.formats[target.platform]
  local patterns = allowed(s, { format = format, libc = libc })
  local variant = s.settings.variants[file.variant]
  local input = {
    target = { platform = target.platform, arch = target.arch, libc = libc },
    info = info,
    err = beneath.by_path(err, file.held.at, file.path),
    claimed_level = variant and variant.level,
    glibc = request.of_tag(s.settings.glibc, target.tag),
    os = request.of_tag(s.settings.macos, target.tag),
    allowed = { [format] = patterns },
    patterns = patterns,
  }
  if info then
    local paths = s.policy.host_paths({ root = s.root, home = s.env.HOME })
    local version = { sentinel = s.settings.sentinel, version = package.version }
    local found, why = identity.of(s.search, file.held.at, version)
    input.identity = identity.once(why and s:fail(beneath.by_path(why, file.held.at, file.path)) or found)
    input.refused, input.told = count_paths(s, file, paths.refused), count_paths(s, file, paths.told)
  end
  return input
end

---Refuses a file that may not be published for the target.
---@param s pienv.context
---@param file npm.found
---@param package npm.package
---@return string[] remarks
function M.verify(s, file, package)
  local input = evidence(s, s.target, file, package)
  local reason, hint = s.policy.judge(input)
  if reason then
    s:fail(("Leaf %s: %s: %s"):format(s.target.tag, file.filename, reason), { hint = hint, code = "P0704" })
  end
  return inspect.remarks(input)
end

-- Every file name that an addon may have, wherever in the package; the built ones too, whatever their names are.
local function addons_of(c)
  local files = {}
  local function add(folder, name)
    files[#files + 1] = request.shown(c, path.join(folder, name))
  end
  for _, tag in ipairs(c.settings.tags) do
    for _, candidate in ipairs(request.target(c, tag).candidates) do
      add(request.output(c), candidate.filename)
      add(request.leaf_folder(c, tag), candidate.filename)
    end
  end
  for _, name in ipairs(presence.list(request.output(c), c.fs) or {}) do
    if name:find("%.node$") then
      add(request.output(c), name)
    end
  end
  return files
end

---@class npm.core
---@field path string absolute
---@field text string new text of package.json
---@field is_changed boolean
---@field leaves string[] names, pinned
---@field gone string[] leaves of targets that are none any more
---@field files string[]

-- A module of the core; what lies outside of the package is refused later, and not read.
local function module(s, file)
  if file:find("^%.%./") then
    return nil
  end
  local text, err, _, refused = beneath.read(s.fs, s.root, path.join(request.folder(s), file))
  return text or refused and s:fail(err, { exit = 4, hint = refused }) or nil
end

---The core's package.json with every leaf and its list of files, or the error that a publication would have shown.
---@param s pienv.context
---@param package npm.package
---@return npm.core
function M.core(s, package)
  local leaves = {}
  for i, tag in ipairs(s.settings.tags) do
    leaves[i] = leaf_name(s, package, tag)
  end
  local needs = core.needs(package.value, function(file)
    return module(s, file)
  end)
  local files = core.files({ setting = s.settings.core_files, value = package.value, needs = needs })
  local message, hint = core.object({ list = files, needs = needs, addons = addons_of(s) })
  if message then
    s:fail(("%s: %s"):format(package.name, message), { hint = hint })
  end
  local dependencies, gone = core.dependencies({
    old = ordered.get(package.node, "optionalDependencies"),
    leaves = leaves,
    version = package.version,
    form = leaf_name(s, package, "{tag}"),
  })
  local text = core.text(package.text, dependencies, files)
  local is_changed = text ~= package.text
  return { path = package.path, text = text, is_changed = is_changed, leaves = leaves, gone = gone, files = files }
end

return M
