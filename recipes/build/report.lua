-- The end of a build: what was installed, as data and as text.

local elf = require("pienv.elf")
local path = require("pienv.path")

local M = {}

---@class build.artifact
---@field path string relative to the project
---@field size integer bytes
---@field sha256 string
---@field isa string "x86-64-v3", or "not marked" where the file does not say
---@field glibc string "2.34", or "none"
---@field needed string[] shared libraries
---@field cpu string what the compiler was allowed to assume
---@field native? true it was made for CPUs like that of the machine which built it

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

---The artifact as an event of --json.
---@param s pienv.context
---@param artifact build.artifact
---@return table
function M.event(s, artifact)
  local fields = { needed = s.json.array(artifact.needed) }
  for name, value in pairs(artifact) do
    fields[name] = fields[name] or value
  end
  return fields
end

-- What a file says about the CPU that it needs.
local function isa_of(info)
  if not info then
    return "not looked at"
  end
  return info.isa_needed and "x86-64-v" .. info.isa_needed or "not marked"
end

---Looks an installed file up.
---@param s pienv.context
---@param installed { path: string, info?: pienv.object.info }
---@param cpu build.cpu
---@return build.artifact
function M.artifact(s, installed, cpu)
  local stat, err = s.fs.stat(installed.path)
  local digest, why = s.sha256.file(installed.path)
  if not stat or not digest then
    s:fail(err or why)
  end
  local info = installed.info
  return {
    path = path.relative(installed.path, s.root) or installed.path,
    size = stat.size,
    sha256 = digest,
    isa = isa_of(info),
    glibc = info and elf.glibc_floor(info) or "none",
    needed = info and info.needed or {},
    cpu = cpu.about,
    native = cpu.native,
  }
end

return M
