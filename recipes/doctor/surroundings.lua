-- Checks of what lies around the addons: variables, lock files, tools, leftovers, installed leaves.

local loading = require("recipes.addon.loading")
local path = require("pienv.path")
local places = require("recipes.addon.places")
local programs = require("pienv.programs")
local situation = require("recipes.doctor.situation")

local M = {}

local ARCHS = { x86_64 = "x64", aarch64 = "arm64", arm64 = "arm64", i686 = "ia32", armv7 = "arm" }
local SYSTEMS = { linux = "linux", darwin = "darwin", windows = "win32" }

-- Platform and architecture of a target triple; nil for words that are unknown here.
local function of_triple(triple)
  local platform
  for word in triple:gmatch("[^-]+") do
    platform = platform or SYSTEMS[word]
  end
  return platform, ARCHS[triple:match("^[^-]+")]
end

---P0707
---@param s pienv.context
---@return doctor.finding[]
function M.check_tuple(s)
  local o, findings = s.options, {}
  local function add(form, ...)
    findings[#findings + 1] = { id = "P0707", what = form:format(...) }
  end
  local named = { TARGET_PLATFORM = o.target_platform or s.host.platform, TARGET_ARCH = o.target_arch or s.host.arch }
  local arch = named.TARGET_ARCH
  if o.cross_target then
    local platform, cpu = of_triple(o.cross_target)
    local form = "CROSS_TARGET=%s is for %s, %s is %s"
    if platform and platform ~= named.TARGET_PLATFORM then
      add(form, o.cross_target, platform, "TARGET_PLATFORM", named.TARGET_PLATFORM)
    end
    if cpu and cpu ~= arch then
      add(form, o.cross_target, cpu, "TARGET_ARCH", arch)
    end
  end
  local is_cross = o.cross_target ~= nil or named.TARGET_PLATFORM ~= s.host.platform or arch ~= s.host.arch
  if o.target_variant and arch ~= "x64" then
    add("TARGET_VARIANT=%s is set, and %s has no variants", o.target_variant, arch)
  elseif o.target_variant and not s.settings.variants[o.target_variant] then
    add("TARGET_VARIANT=%s is no variant of this project", o.target_variant)
  elseif is_cross and arch == "x64" and not o.target_variant then
    add("a cross build for x64 needs TARGET_VARIANT")
  end
  return findings
end

local function leaves(s, here)
  local list, pinned = {}, here.meta.optionalDependencies
  for _, tag in ipairs(s.settings.tags) do
    local name = places.leaf({ leaf = s.settings.leaf, package = here.package, tag = tag })
    list[#list + 1] = type(pinned) == "table" and pinned[name] and name or nil
  end
  return list
end

local function quoted(name)
  return (name:gsub("%p", "%%%0"))
end

-- Whether a lock file has an entry of its own for a package; that it is named as a dependency is not enough.
local holds = {}

holds["package-lock.json"] = function(text, name)
  return text:find("node_modules/" .. quoted(name) .. '"%s*:') ~= nil
end
holds["npm-shrinkwrap.json"] = holds["package-lock.json"]

holds["bun.lock"] = function(text, name)
  return text:find('"' .. quoted(name) .. '"%s*:%s*%[') ~= nil
end

holds["yarn.lock"] = function(text, name)
  return text:find('["\n]' .. quoted(name) .. "@") ~= nil
end

holds["pnpm-lock.yaml"] = function(text, name)
  return text:find("['/ ]" .. quoted(name) .. "@") ~= nil
end

---P0711: npm keeps only the leaves of the machine that wrote the lock file, when node_modules was there.
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_lock_files(s, here)
  local findings, names, seen = {}, leaves(s, here), {}
  for _, folder in ipairs({ here.folder, s.root }) do
    for _, lock in ipairs({ "bun.lock", "npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock" }) do
      local file, missing = path.join(folder, lock), {}
      local text = not seen[file] and #names > 0 and s.fs.read(file)
      seen[file] = true
      for _, name in ipairs(text and names or {}) do
        missing[#missing + 1] = not holds[lock](text, name) and name or nil
      end
      if #missing > 0 then
        local form, shown = "%s has no entry for %s", situation.shown(s, file)
        local what = form:format(shown, table.concat(missing, ", "))
        findings[#findings + 1] = { id = "P0711", what = what, verify = ("grep -c %s %s"):format(missing[1], shown) }
      end
    end
  end
  return findings
end

local NAPI = "node_modules/@napi-rs/cli/package.json"

---P0713: only where a crate is built by napi.
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_napi(s, here)
  local crate = path.join(path.absolute(s.settings.crate, s.root), "Cargo.toml")
  if s.settings.builder ~= "napi" or not s.fs.stat(crate) then
    return {}
  end
  for _, folder in ipairs({ here.folder, s.root }) do
    if s.fs.stat(path.join(folder, NAPI)) then
      return {}
    end
  end
  if programs.find(s, "napi") then
    return {}
  end
  return { { id = "P0713", what = "Could not locate @napi-rs/cli `napi` binary in node_modules/.bin" } }
end

-- The process that made a temporary, by its name; nil where the name does not tell.
local function owner_of(name)
  return name:match("%.tmp%.(%d+)$") or name:match("%.tmp%.(%d+)%.%d+$")
end

local OLD = 600 -- seconds; younger ones of unknown owners may be in use

local function is_left(s, file, name)
  local is_temporary = name:find("%.tmp%.") or name:find("%.old%.") or name:find("%.new%.") or name:find("^%.pienv%-")
  local stat = is_temporary and s.fs.stat(file, { follow = false })
  if not stat or stat.type ~= "file" then
    return false
  end
  local owner = owner_of(name)
  if owner then
    return s.fs.stat("/proc/" .. owner) == nil
  end
  return s.time.now() - stat.mtime > OLD
end

---P0715
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_temporaries(s, here)
  local findings = {}
  for _, folder in ipairs({ here.native, here.versioned }) do
    for _, name in ipairs(s.fs.list(folder) or {}) do
      local file = path.join(folder, name)
      if is_left(s, file, name) then
        local what = situation.shown(s, file) .. " is of a run that was killed"
        findings[#findings + 1] = { id = "P0715", what = what, repair = { kind = "remove file", path = file } }
      end
    end
  end
  return findings
end

-- Folder of an installed package, as node finds it from the package.
local function installed(s, here, name)
  for _, folder in ipairs(path.upwards(here.folder)) do
    local found = path.join(folder, loading.rules.modules_folder, name)
    if s.fs.stat(path.join(found, "package.json")) then
      return found
    end
  end
end

---P0716: a leaf of another version, or of another machine only. Where no leaf is installed nothing is told: a work tree
---needs none.
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_leaf(s, here)
  local folder = installed(s, here, here.leaf)
  if folder then
    local value = s.json.decode(s.fs.read(path.join(folder, "package.json")) or "")
    local version = type(value) == "table" and tostring(value.version) or "unknown"
    local form = "%s is of version %s, the package of %s"
    return version ~= here.version and { { id = "P0716", what = form:format(folder, version, here.version) } } or {}
  end
  for _, name in ipairs(leaves(s, here)) do
    if name ~= here.leaf and installed(s, here, name) then
      local form = "%s is not installed, but %s is: node_modules is of another machine"
      return { { id = "P0716", what = form:format(here.leaf, name) } }
    end
  end
  return {}
end

return M
