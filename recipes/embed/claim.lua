-- Whether the bytes of an addon are what its name says: platform and architecture, variant, version. Pure: works on
-- what pienv.object and pienv.search found. Each check returns nil, or a message and the next step.

local M = {}

-- Words of pienv.object by node's words.
local FORMATS = { linux = "elf", darwin = "macho", win32 = "pe" }
local FORMAT_NAMES = { elf = "an ELF file", macho = "a Mach-O file", pe = "a PE file" }
local MACHINES = { x64 = "x86_64", arm64 = "aarch64", ia32 = "x86", arm = "arm" }
local LIBRARY_TYPES = { dyn = true, dylib = true, bundle = true, dll = true }

local REBUILD = "Build it again for that target, or remove it from the folder."
local NO_SENTINEL = "Build it again, or set 'sentinel' in pienv.lua (\"\" where addons have none)."

---@class embed.claim
---@field base string file name, as said in messages
---@field tag string "linux-x64"
---@field platform string
---@field arch string
---@field variant string
---@field level? integer x86-64 level that the variant means
---@field info? pienv.object.info
---@field err? string where there is no info: what pienv.object said
---@field version string of the package
---@field sentinel? { text: string, count: integer, others: string[] } what of it is in the file; nil: addons have none

-- What the target uses: of a fat file the slice of its machine; nil where there is none.
local function part_of(info, arch)
  if not info.slices then
    return info
  end
  for _, slice in ipairs(info.slices) do
    if slice.machine == MACHINES[arch] then
      return slice
    end
  end
end

-- What speaks against the name, to follow "but".
local function other_than_named(input)
  local info, format, machine = input.info, FORMATS[input.platform], MACHINES[input.arch]
  local part = part_of(info, input.arch)
  if format and info.format ~= format then
    return "is " .. FORMAT_NAMES[info.format]
  elseif not part then
    return "has no slice for " .. input.arch
  elseif machine and part.machine ~= machine then
    return "holds code for " .. part.machine
  elseif not LIBRARY_TYPES[part.type] then
    return "is no shared library (type " .. part.type .. ")"
  end
end

local function check_platform(input)
  if not input.info then
    return ("Native addon %s cannot be read: %s"):format(input.base, input.err), REBUILD
  end
  local bytes = other_than_named(input)
  if bytes then
    return ("Native addon %s is named for %s, but %s."):format(input.base, input.tag, bytes), REBUILD
  end
end

-- More than the variant means crashes where it is chosen; less is another variant under this name.
local function check_variant(input)
  local needed = part_of(input.info, input.arch).isa_needed
  if needed and input.level and needed ~= input.level then
    local form = "Native addon %s claims variant %s (x86-64-v%d), but its bytes need x86-64-v%d."
    return form:format(input.base, input.variant, input.level, needed), REBUILD
  end
end

local function check_version(input)
  local sentinel = input.sentinel
  if not sentinel or sentinel.count > 0 then
    return nil
  elseif #sentinel.others > 0 then
    local form = "Native addon %s is of another version than %s: it holds %s, not %s."
    return form:format(input.base, input.version, table.concat(sentinel.others, ", "), sentinel.text), REBUILD
  end
  local form = "Native addon %s does not say that it is of version %s: it holds no sentinel %s."
  return form:format(input.base, input.version, sentinel.text), NO_SENTINEL
end

---@param input embed.claim
---@return string? message
---@return string? hint
function M.check(input)
  for _, check in ipairs({ check_platform, check_variant, check_version }) do
    local message, hint = check(input)
    if message then
      return message, hint
    end
  end
end

---What the bytes leave open, for the report.
---@param input embed.claim
---@return string?
function M.unproven(input)
  local part = input.info and part_of(input.info, input.arch)
  if part and input.level and not part.isa_needed then
    return ("unproven: the file does not say which CPU it needs, its name says x86-64-v%d"):format(input.level)
  end
end

---The sentinel's other names in a file.
---@param input { stem: string, after: string[], text: string } after: what follows each match of the stem
---@return string[] others each once, in the order of the file
function M.others(input)
  local others, seen = {}, { [input.text] = true }
  for _, bytes in ipairs(input.after) do
    local name = input.stem .. bytes:match("^[%w_]*")
    if #name > #input.stem and not seen[name] then
      seen[name] = true
      others[#others + 1] = name
    end
  end
  return others
end

return M
