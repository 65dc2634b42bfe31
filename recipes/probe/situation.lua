-- What is known before any candidate is looked at: package, embedded manifest, mode, variant, folders. Reads through s.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local manifests = require("recipes.addon.manifest")
local packages = require("recipes.addon.package")
local path = require("pienv.path")
local places = require("recipes.addon.places")
local programs = require("pienv.programs")
local request = require("recipes.probe.request")

local M = {}

---@class probe.situation
---@field package string name of the npm package
---@field version string
---@field tag string
---@field platform string of the target; paths are this machine's
---@field arch string
---@field variant? string
---@field source string who chose the variant
---@field mode addon.mode
---@field because string
---@field manifest? addon.embedded
---@field folders table<string, string>
---@field names string[] file names, best first
---@field leaf string name of the leaf package
---@field loads "none"|"dlopen"|"node"|"bun"
---@field program? string
---@field wanted string the sentinel; "": none
---@field stem? string
---@field remarks string[]

-- name and version of a package.json; fails where the package has none.
local function read_package(s, folder)
  local file = path.join(folder, "package.json")
  local text, err = s.fs.read(file)
  local meta, why = packages.read({ file = file, text = text or "", decode = s.json.decode })
  return meta or s:fail(text and why or err, { exit = 4, hint = "--from FOLDER names the package" })
end

-- The manifest that the loader finds beside it: the form for node, else that for bun.
local function read_manifest(s, native)
  for _, ending in ipairs({ ".json", ".js" }) do
    local name = s.settings.manifest .. ending
    local text = s.fs.read(path.join(native, name))
    if text then
      local manifest, err = manifests.read({ name = name, text = text, decode = s.json.decode })
      if manifest == nil then
        local message = ("read %s: %s"):format(path.join(native, name), err)
        s:fail(message, { exit = 4, hint = "pienv embed writes it, pienv embed --reset empties it" })
      end
      return manifest or nil
    end
  end
end

-- Where node looks for a package from a folder.
local function modules_folders(s, from)
  local list = {}
  for _, folder in ipairs(path.upwards(from)) do
    if path.basename(folder) ~= loading.rules.modules_folder then
      list[#list + 1] = path.join(folder, loading.rules.modules_folder)
    end
  end
  for folder in (s.env.NODE_PATH or ""):gmatch("[^:]+") do
    list[#list + 1] = path.is_absolute(folder) and folder or nil
  end
  return list
end

-- The folder of an installed package, by the place of the module that asks; links are resolved first, as node does.
local function find_package(s, name, starts)
  for _, start in ipairs(starts) do
    for _, folder in ipairs(modules_folders(s, start)) do
      local found = path.join(folder, name)
      if s.fs.stat(path.join(found, "package.json")) then
        return found
      end
    end
  end
end

local function leaf_name(s, package, tag)
  return places.leaf({ leaf = s.settings.leaf, package = package, tag = tag })
end

-- Which leaves are there instead: "installed for another platform" is another mistake than "not installed".
local function missing_leaf(s, here, starts)
  local others = {}
  for _, tag in ipairs(s.settings.tags) do
    local name = leaf_name(s, here.package, tag)
    others[#others + 1] = find_package(s, name, starts) and name or nil
  end
  local instead = #others > 0 and "; installed is " .. table.concat(others, ", ") or ""
  here.remarks[#here.remarks + 1] = ("%s is not installed%s"):format(here.leaf, instead)
end

local function find_leaf(s, here, native)
  if here.mode ~= "install" and here.mode ~= "staged" then
    return nil
  end
  local starts = { s.fs.realpath(native) or native, native }
  local found = find_package(s, here.leaf, starts)
  if not found then
    missing_leaf(s, here, starts)
    return nil
  end
  local version = s.json.decode(s.fs.read(path.join(found, "package.json")) or "{}")
  version = type(version) == "table" and version.version
  if version ~= here.version then
    local form = "%s is of version %s, the package of %s"
    here.remarks[#here.remarks + 1] = form:format(here.leaf, tostring(version), here.version)
  end
  return found
end

local function on_path(s, name)
  local file = programs.find(s, name)
  return file and (s.fs.realpath(file) or file)
end

-- Beside which program the last candidates are.
local function program_of(s, here)
  if s.options.program then
    local file = path.absolute(s.options.program, s.root)
    return s.fs.realpath(file) or s:fail("no such program: " .. file, { exit = 4, hint = "check --program" })
  elseif here.mode == "compiled" then
    return nil
  elseif here.loads == "node" or here.loads == "bun" then
    return on_path(s, here.loads)
  end
  return on_path(s, "bun") or on_path(s, "node")
end

local function choose_variant(s, here, variables)
  local input = { arch = here.arch, env = s.env, variables = variables, variants = s.settings.variants }
  input.level = s.host.arch == here.arch and s.host.level or nil
  local found = places.variant(input)
  here.variant, here.source = found.variant, found.source
end

local function names_of(s, here)
  return addon.candidates({
    addon = s.settings.addon,
    platform = here.platform,
    arch = here.arch,
    variant = here.variant,
    variants = s.settings.variants,
    filename = s.policy.filename,
  })
end

-- The folders, by the path rules of this machine, where the files are.
local function folders_of(s, here, native, variables)
  local folders = s.policy.folders({
    platform = s.host.platform,
    env = s.env,
    variables = variables,
    home = s.env.HOME or "",
    app = s.settings.app,
    version = here.version,
    executable = here.program,
    leaf = find_leaf(s, here, native),
    native = native,
    exists = function(folder)
      local stat = s.fs.stat(folder)
      return stat ~= nil and stat.type == "directory"
    end,
  })
  if not folders.natives then
    local hint = ("set HOME or %s: the cache is below it"):format(variables.folder)
    s:fail(s.env.HOME and "HOME is no absolute path" or "HOME is not set", { exit = 4, hint = hint })
  end
  return folders
end

---@param s pienv.context
---@return probe.situation
function M.read(s)
  local folder = path.absolute(s.options.from or s.settings.package, s.root)
  local native = path.join(folder, s.settings.output)
  local meta, manifest = read_package(s, folder), read_manifest(s, native)
  local variables = loading.names(s.settings.variables)
  local here =
    { package = meta.name, version = meta.version, tag = s.options.target, manifest = manifest, remarks = {} }
  here.platform, here.arch = here.tag:match("^(.-)%-(.*)$")
  here.loads, here.leaf = request.loads(s), leaf_name(s, here.package, here.tag)
  local signals = { platform = here.platform, manifest = manifest ~= nil, native = native, env = s.env }
  signals.variables = variables
  local found = s.policy.mode(signals)
  here.mode, here.because = found.mode, found.because
  if s.options.mode ~= "auto" then
    here.mode, here.because = s.options.mode, "--mode says so"
  end
  choose_variant(s, here, variables)
  here.names, here.program = names_of(s, here), program_of(s, here)
  here.folders = folders_of(s, here, native, variables)
  here.wanted, here.stem = addon.sentinel({ sentinel = s.settings.sentinel, version = here.version })
  return here
end

return M
