-- P0705: what is embedded, and what a compiled program of this version keeps in its folder.

local embedded = require("recipes.addon.embedded")
local manifests = require("recipes.addon.manifest")
local path = require("pienv.path")
local situation = require("recipes.doctor.situation")

local M = {}

local function finding(what, repair)
  return { id = "P0705", what = what, repair = repair }
end

-- The manifests that are there, in either form.
local function read_manifests(s, here)
  local list = {}
  for _, ending in ipairs({ ".js", ".json" }) do
    local name = s.settings.manifest .. ending
    local text, err, code = s.fs.read(path.join(here.native, name))
    if text then
      local manifest, why = manifests.read({ name = name, text = text, decode = s.json.decode })
      list[#list + 1] = { name = name, manifest = manifest, err = why, repair = { kind = "reset" } }
    elseif code ~= "ENOENT" then -- it may be in order: what nobody could look at is not reset
      list[#list + 1] = { name = name, err = err }
    end
  end
  return list
end

-- What an archive holds against what the manifest says of it.
local function archive_reason(s, here, manifest)
  local file = path.join(here.native, manifest.archive.filename)
  if not embedded.is_safe(manifest.archive.filename) or not s.fs.stat(file) then
    return ("names %s, which is not there"):format(tostring(manifest.archive.filename))
  end
  local members, err = s.archive.list(file)
  local sizes = {}
  for _, member in ipairs(members or {}) do
    sizes[member.name] = member.size
  end
  for _, one in ipairs(members and manifest.files or {}) do
    if one.size and sizes[one.filename] ~= one.size then
      local form = "says that %s has %d bytes, %s holds %s"
      return form:format(one.filename, one.size, manifest.archive.filename, tostring(sizes[one.filename] or "none"))
    end
  end
  return err
end

local function manifest_reason(s, here, one)
  if one.manifest == nil then
    return "cannot be read: " .. one.err
  elseif not one.manifest then
    return nil
  elseif one.manifest.version ~= here.version then
    return ("is of version %s, the package of %s"):format(one.manifest.version, here.version)
  end
  return archive_reason(s, here, one.manifest)
end

-- The embedded file of that name.
local function embedded_file(list, name)
  for _, one in ipairs(list) do
    for _, file in ipairs(one.manifest and one.manifest.files or {}) do
      if file.filename == name then
        return file
      end
    end
  end
end

local function cached_reason(s, here, file, wanted)
  local info, err = s.object.inspect(file)
  local identity = info and situation.identity(s, here, file)
  local stat = s.fs.stat(file)
  if not info then
    return "is damaged: " .. err
  elseif identity and identity.count == 0 then
    return ("does not hold the sentinel %s"):format(identity.wanted)
  elseif wanted and wanted.size and stat.size ~= wanted.size then
    return ("has %d bytes, the embedded one %d"):format(stat.size, wanted.size)
  elseif wanted and wanted.sha256 and s.sha256.file(file) ~= wanted.sha256 then
    return "has another digest than the embedded one"
  end
end

local function is_folder(s, folder)
  local stat = s.fs.stat(folder, { follow = false })
  return stat ~= nil and stat.type == "directory"
end

-- Only a folder of that very version in the natives folder is removed, and none that is a link.
local function removal(s, here)
  local is_own = path.dirname(here.versioned) == path.normalize(here.natives)
  return is_own and is_folder(s, here.versioned) and { kind = "remove folder", path = here.versioned } or nil
end

---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check(s, here)
  local list, findings = read_manifests(s, here), {}
  for _, one in ipairs(list) do
    local reason = manifest_reason(s, here, one)
    local shown = situation.shown(s, path.join(here.native, one.name))
    findings[#findings + 1] = reason and finding(shown .. " " .. reason, one.repair) or nil
  end
  for _, name in ipairs(s.fs.list(here.versioned) or {}) do
    local file = path.join(here.versioned, name)
    local stat = name:find("%.node$") and s.fs.stat(file)
    local reason = stat and stat.type == "file" and cached_reason(s, here, file, embedded_file(list, name))
    findings[#findings + 1] = reason and finding(file .. " " .. reason, removal(s, here)) or nil
  end
  return findings
end

return M
