-- Which file of an archive a compiled program extracts, and whether it has to. Pure.

local addon = require("recipes.addon")
local memos = require("recipes.addon.memo")

local M = {}

---@class addon.embedded_file
---@field variant string a key of the variants, or "default"
---@field filename string
---@field size? integer
---@field sha256? string

---@class addon.embedded the populated manifest
---@field platformTag string
---@field version string
---@field archive { format: string, filename: string, filePath?: string }
---@field files addon.embedded_file[]

local function by_variant(files, variant)
  for _, file in ipairs(files) do
    if file.variant == variant then
      return file
    end
  end
end

-- The chosen variant, else one that asks less of the CPU.
local function suitable(input)
  if not input.variant then
    return by_variant(input.manifest.files, "default") or input.manifest.files[1]
  end
  local reached = false
  for _, name in ipairs(addon.variant_names(input.variants)) do
    reached = reached or name == input.variant
    local file = reached and by_variant(input.manifest.files, name)
    if file then
      return file
    end
  end
end

---@class addon.choice_input
---@field mode addon.mode
---@field manifest? addon.embedded
---@field tag string
---@field version string of the loader's package
---@field variant? string
---@field variants table<string, addon.variant>

---The file to extract.
---@param input addon.choice_input
---@return addon.embedded_file? file
---@return string? reason where there is none
function M.choose(input)
  local manifest = input.manifest
  if input.mode ~= "compiled" then
    return nil, "the program is not compiled"
  elseif not manifest then
    return nil, "nothing is embedded"
  elseif manifest.platformTag ~= input.tag then
    return nil, ("what is embedded is for %s"):format(manifest.platformTag)
  elseif manifest.version ~= input.version then
    return nil, ("what is embedded is of version %s, not %s"):format(manifest.version, input.version)
  end
  local file = suitable(input)
  if not file then
    return nil, ("nothing embedded is for %s"):format(input.variant or input.tag)
  end
  return file
end

---Whether a name can only mean a file in the folder that it is extracted to.
---@param name any
---@return boolean
function M.is_safe(name)
  return type(name) == "string" and name ~= "" and name ~= "." and name ~= ".." and not name:find("[/\\%z]")
end

---Whether the file in the cache is the embedded one, as far as its size and times tell.
---@param input { file: addon.embedded_file, stat?: addon.stat, memo?: addon.memo }
---@return "fresh"|"stale"|"compare" verdict compare: it is fresh if it has the digest
---@return string reason
function M.freshness(input)
  local file, stat, memo = input.file, input.stat, input.memo
  if not stat then
    return "stale", "it is not there"
  elseif stat.type ~= "file" then
    return "stale", "it is no regular file"
  elseif file.size and file.size ~= stat.size then
    return "stale", ("it has %d bytes, not %d"):format(stat.size, file.size)
  elseif not file.sha256 then
    return "fresh", "it has the size, and no digest is known"
  elseif memo and memo.sha256 == file.sha256 and memos.same(memo.file, stat) then
    return "fresh", "it has not changed since its digest was compared"
  end
  return "compare", "its digest is to be compared"
end

return M
