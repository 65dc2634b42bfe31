-- A leaf package: the files of one target, its manifest and its README. Pure.

local addon = require("recipes.addon")
local ordered = require("recipes.npm.ordered")

local M = {}

---The file names of a target, the least demanding variant first, then the plain name: it is the first of them that a
---program gets which does not choose.
---@param input addon.naming | { target: addon.target }
---@return { variant?: string, filename: string }[]
function M.candidates(input)
  local target, list = input.target, {}
  local names = target.arch == "x64" and addon.variant_names(input.variants) or {}
  for i = #names, 1, -1 do
    local one = { addon = target.addon, platform = target.platform, arch = target.arch, variant = names[i] }
    list[#list + 1] = { variant = names[i], filename = input.filename(one) }
  end
  local plain = { addon = target.addon, platform = target.platform, arch = target.arch }
  list[#list + 1] = { filename = input.filename(plain) }
  return list
end

---@class npm.leaf_input
---@field name string of the leaf package
---@field version string
---@field tag string
---@field platform string
---@field arch string
---@field files { variant?: string, filename: string }[] those that are there, in the order of the candidates
---@field least? string the least demanding variant
---@field libc? string[] npm's words: "glibc", "musl"; nil: the manifest has no such field
---@field license? npm.node the core's own fields
---@field repository? npm.node
---@field engines? npm.node

-- What a program gets that asks for the package and not for a file: the least demanding variant, else the plain file,
-- else the first.
local function main_of(input)
  local plain
  for _, file in ipairs(input.files) do
    if file.variant and file.variant == input.least then
      return file.filename
    end
    plain = plain or not file.variant and file.filename or nil
  end
  return plain or input.files[1].filename
end

---The manifest's text. Without `exports`, so that a loader may ask for any of the files.
---@param input npm.leaf_input
---@return string? text
---@return string? err
function M.manifest(input)
  if #input.files == 0 then
    return nil, "No native addon files found for " .. input.tag
  end
  for _, file in ipairs(input.files) do
    if not file.filename:find("^[^/\\%c]+%.node$") then
      return nil, ("Leaf %s includes non-addon file: %s"):format(input.tag, file.filename)
    end
  end
  return ordered.encode(ordered.object({
    { "name", ordered.string(input.name) },
    { "version", ordered.string(input.version) },
    { "os", ordered.strings({ input.platform }) },
    { "cpu", ordered.strings({ input.arch }) },
    { "libc", input.libc and ordered.strings(input.libc) },
    { "main", ordered.string(main_of(input)) },
    { "files", ordered.strings({ "*.node", "README.md" }) },
    { "license", input.license },
    { "repository", input.repository },
    { "engines", input.engines },
  })) .. "\n"
end

---The text of its README.md. A policy.
---@param input { name: string, package: string, platform: string, arch: string }
---@return string
function M.readme(input)
  return ("# %s\n\nThe native addon of `%s` for %s on %s. It is installed with that package, not by itself.\n"):format(
    input.name,
    input.package,
    input.platform,
    input.arch
  )
end

---The manifest's field `libc`. A policy: none by default, because files for glibc and for musl have the same names here
---and a package manager that reads the field would leave out the only package there is.
---@param _input { tag: string, platform: string, arch: string }
---@return string[]? words "glibc", "musl"
function M.libc(_input)
  return nil
end

return M
