-- What the checks have in common: package, folders, the addons that are there, what their bytes are. Reads through s.

local addon = require("recipes.addon")
local elf = require("pienv.elf")
local identity = require("recipes.addon.identity")
local loading = require("recipes.addon.loading")
local packages = require("recipes.addon.package")
local path = require("pienv.path")
local places = require("recipes.addon.places")
local verdict = require("recipes.addon.verdict")

local M = {}

---@class doctor.file
---@field name string
---@field path string absolute
---@field tuple? addon.tuple nil: its name says nothing
---@field info? pienv.object.info
---@field err? string
---@field identity? addon.identity

---@class doctor.situation
---@field package string
---@field version string
---@field folder string of the package, absolute
---@field native string the folder of the addons, absolute
---@field versioned string where a compiled program of this version keeps what it extracted
---@field natives string the folder of all of them
---@field tag string of this machine
---@field variant? string the best that this CPU can run
---@field chosen? string what a loader takes here
---@field source string who chose it
---@field names string[] file names for this machine, best first
---@field files doctor.file[] every addon in the native folder
---@field variables table<string, string>
---@field wanted string the sentinel; "": none
---@field leaf string name of the leaf package of this machine
---@field glibc? string version of this system's glibc

local function read_package(s, folder)
  local file = path.join(folder, "package.json")
  local text, err = s.fs.read(file)
  local meta, why = packages.read({ file = file, text = text or "", decode = s.json.decode })
  return meta or s:fail(text and why or err, { exit = 4, hint = "the setting 'package' of pienv.lua names its folder" })
end

---What a file holds of the sentinel; nil where addons have none.
---@param s pienv.context
---@param here doctor.situation
---@param file string absolute
---@return addon.identity?
function M.identity(s, here, file)
  return identity.once((identity.of(s.search, file, { sentinel = s.settings.sentinel, version = here.version })))
end

local function files_of(s, here)
  local files = {}
  for _, name in ipairs(s.fs.list(here.native) or {}) do
    local file = path.join(here.native, name)
    local stat = name:find("%.node$") and s.fs.stat(file)
    if stat and stat.type == "file" then
      local tuple = addon.parse({
        name = name,
        addon = s.settings.addon,
        tags = s.settings.tags,
        variants = s.settings.variants,
        filename = s.policy.filename,
      })
      local info, err = s.object.inspect(file)
      local one = { name = name, path = file, tuple = tuple, info = info, err = err }
      one.identity = M.identity(s, here, file)
      files[#files + 1] = one
    end
  end
  return files
end

-- "glibc 2.36"; other C libraries have no such answer.
local function glibc_of(s)
  local result = s:run({ "getconf", "GNU_LIBC_VERSION", check = false })
  return result and result.exit == 0 and result.stdout:match("^glibc (%d[%d.]*)") or nil
end

local function folders_of(s, here)
  local home = s.env.HOME
  return places.folders({
    platform = s.host.platform,
    env = s.env,
    variables = here.variables,
    home = home and path.is_absolute(home) and home or "/",
    app = s.settings.app,
    version = here.version,
    executable = "/",
    native = here.native,
    exists = function(folder)
      local stat = s.fs.stat(folder)
      return stat ~= nil and stat.type == "directory"
    end,
  })
end

---@param s pienv.context
---@return doctor.situation
function M.read(s)
  local folder = path.absolute(s.settings.package, s.root)
  local meta = read_package(s, folder)
  local here = { package = meta.name, version = meta.version, folder = folder, meta = meta, tag = addon.tag(s.host) }
  here.native, here.variables = path.join(folder, s.settings.output), loading.names(s.settings.variables)
  here.wanted = addon.sentinel({ sentinel = s.settings.sentinel, version = here.version })
  here.leaf = places.leaf({ leaf = s.settings.leaf, package = here.package, tag = here.tag })
  local input = { arch = s.host.arch, env = s.env, variables = here.variables, variants = s.settings.variants }
  input.level = s.host.level
  local found = places.variant(input)
  here.chosen, here.source = found.variant, found.source
  here.variant = s.host.arch == "x64" and addon.detect(input) or nil
  here.names = addon.candidates({
    addon = s.settings.addon,
    platform = s.host.platform,
    arch = s.host.arch,
    variant = here.chosen,
    variants = s.settings.variants,
    filename = s.policy.filename,
  })
  local folders = folders_of(s, here)
  here.natives, here.versioned = folders.natives, folders.versioned
  here.glibc = s.host.platform == "linux" and glibc_of(s) or nil
  here.files = files_of(s, here)
  return here
end

---A path as it is said: from the project's root.
---@param s pienv.context
---@param file string
---@return string
function M.shown(s, file)
  return path.relative(file, s.root) or file
end

---What the bytes of a file say about the target of its name.
---@param s pienv.context
---@param file doctor.file
---@param fields? table more of probe.input
---@return probe.verdict
function M.judge(s, file, fields)
  local tuple = file.tuple or s.host
  local variant = file.tuple and s.settings.variants[file.tuple.variant]
  local libc = addon.libc(tuple.abi) or file.info and file.info.format == "elf" and elf.libc(file.info) or nil
  local input = {
    target = { platform = tuple.platform, arch = tuple.arch, libc = libc },
    info = file.info,
    err = file.err,
    claimed_level = variant and variant.level,
  }
  for name, value in pairs(fields or {}) do
    input[name] = value
  end
  return verdict.of(input)
end

return M
