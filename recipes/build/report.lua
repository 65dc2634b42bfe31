-- The end of a build as text: one block per installed file. Pure.

local M = {}

---@class build.artifact
---@field path string relative to the project
---@field size integer bytes
---@field sha256 string
---@field isa string "x86-64-v3", or "not marked" where the file does not say
---@field glibc string "2.34", or "none"
---@field needed string[] shared libraries
---@field cpu string what the compiler was allowed to assume

local function grouped(number)
  local text = tostring(number):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

---@param artifact build.artifact
---@return string[] lines
function M.lines(artifact)
  local rows = {
    { "size", grouped(artifact.size) .. " bytes" },
    { "sha256", artifact.sha256 },
    { "isa", artifact.isa },
    { "built for", artifact.cpu },
    { "glibc", artifact.glibc },
    { "needs", #artifact.needed > 0 and table.concat(artifact.needed, ", ") or "no library" },
  }
  local lines = { artifact.path }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("  %-9s  %s"):format(row[1], row[2])
  end
  return lines
end

return M
