-- Node-API: which version an addon needs, by the functions that it leaves to its host. Pure.

local M = {}

-- Version by name; "experimental" for those of no version yet.
local versions

local function load_versions()
  versions = {}
  for version, names in pairs(require("pienv.node_api_names")) do
    for _, name in ipairs(names) do
      versions[name] = version
    end
  end
  return versions
end

---The version that brought a function.
---@param name string "napi_create_bigint_int64"
---@return integer|"experimental"|nil version nil for what is no function of Node-API
function M.version_of(name)
  return (versions or load_versions())[name]
end

---Those of the names that are functions of Node-API, in the order of the list.
---@param names string[]
---@return string[]
function M.functions(names)
  local found = {}
  for _, name in ipairs(names) do
    found[#found + 1] = M.version_of(name) and name or nil
  end
  return found
end

---The lowest version that has all functions of Node-API that an addon leaves undefined, and one that needs it. An addon
---that looks functions up when it runs leaves none undefined: then nothing is known.
---@param undefined string[] pienv.object.info's
---@return integer|"experimental"|nil version nil where no function of Node-API is undefined
---@return string? name the first that needs this version
function M.minimum(undefined)
  local minimum, reason = nil, nil
  for _, name in ipairs(M.functions(undefined)) do
    local version = M.version_of(name)
    if version == "experimental" then
      return version, name
    elseif not minimum or version > minimum then
      minimum, reason = version, name
    end
  end
  return minimum, reason
end

---How node finds the start of an addon: by an export, or the addon registers itself when it is loaded.
---@param info pienv.object.info
---@return string? symbol "napi_register_module_v1", "node_register_module_v115", "napi_module_register"
function M.entry(info)
  local legacy
  for _, name in ipairs(info.exports) do
    if name == "napi_register_module_v1" then
      return name
    end
    legacy = name:match("^node_register_module_v%d+$") or legacy
  end
  for _, name in ipairs(info.undefined) do
    legacy = legacy or name == "napi_module_register" and name or nil
  end
  return legacy
end

return M
