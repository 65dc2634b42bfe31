-- What the bytes of a finished addon must say: stripped, still loadable, and true to its label. Pure: works on what
-- pienv.object inspected. Each check returns nil, or a message and the next step.

local addon = require("recipes.addon")
local bytes = require("recipes.addon.bytes")
local elf = require("pienv.elf")
local mark = require("recipes.build.mark")

local M = {}

local FORBIDDEN = { [".symtab"] = true, [".strtab"] = true }

local LINK_HINT = "Link with -Wl,-z,x86-64-v%d (GNU ld 2.36 or later; LLD drops it)."
local LIBC_HINT = "Set CROSS_TARGET and CC to the same libc (for musl: CROSS_TARGET=x86_64-unknown-linux-musl)."
local GLIBC_HINT = "Build with a compiler and libraries of that glibc, or raise the suffix of CROSS_TARGET."
local MARCH_HINT = "Look for -march in CC, CFLAGS and LDFLAGS, or build the variant of that level."

---Sections that a stripped release must not have, in file order.
---@param sections { name: string }[]
---@return string[]
function M.forbidden(sections)
  local names = {}
  for _, section in ipairs(sections) do
    local name = section.name
    if FORBIDDEN[name] or name:find("^%.debug_") or name:find("^%.zdebug_") then
      names[#names + 1] = name
    end
  end
  return names
end

-- Codes of pienv.object to the sentences of releases; %s is what the engine tells after the last colon.
local UNREADABLE = {
  ECLASS = "Unsupported ELF class: %s",
  EENDIAN = "Unsupported ELF endian marker: %s",
  ETRUNCATED = "ELF section table is truncated.",
  ESECTABLE = "ELF section table is truncated.",
  EOVERFLOW = "ELF integer exceeds JavaScript's safe range: %s",
  ESECNAMEINDEX = "ELF section name table index is out of bounds.",
  ESECRANGE = "ELF section headers extend past the end of the file.",
  ESECNAMERANGE = "ELF section name table extends past the end of the file.",
}

---The sentence for a file that cannot be read as ELF.
---@param input { err: string, code: string } what pienv.object.inspect said
---@return string
function M.unreadable(input)
  local form = UNREADABLE[input.code]
  return form and form:format(input.err:match(": ([^:]*)$")) or input.err
end

---@class build.inspected
---@field base string file name, as said in messages
---@field info pienv.object.info

---@param input build.inspected
---@return string? message
---@return string? hint
function M.stripped(input)
  if #input.info.sections == 0 then
    return ("Native addon %s has no section table, so nothing shows that it is stripped."):format(input.base),
      "Strip with --strip-unneeded, which keeps the table."
  end
  local names = M.forbidden(input.info.sections)
  if #names > 0 then
    local form = "Native addon %s still contains stripped-release forbidden ELF sections: %s"
    return form:format(input.base, table.concat(names, ", ")), "Install llvm-strip or a strip that knows this machine."
  end
end

---The name under which node or bun registers the addon, if it exports one.
---@param exports string[]
---@return string? symbol
function M.entry(exports)
  local legacy
  for _, name in ipairs(exports) do
    if name == "napi_register_module_v1" then
      return name
    elseif name:find("^node_register_module_v%d+$") then
      legacy = name
    end
  end
  return legacy
end

---@class build.stripping
---@field base string
---@field before pienv.object.info
---@field after pienv.object.info
---@field had_sentinel? boolean
---@field has_sentinel? boolean

---Whether stripping kept what a loader needs.
---@param input build.stripping
---@return string? message
---@return string? hint
function M.survived(input)
  local hint = "Use another strip, or override the step 'strip' in pienv.lua."
  local lost
  if M.entry(input.before.exports) ~= M.entry(input.after.exports) then
    lost = "the export " .. M.entry(input.before.exports)
  elseif input.before.isa_needed ~= input.after.isa_needed then
    lost = "the GNU property that says which CPU it needs"
  elseif input.had_sentinel and not input.has_sentinel then
    lost = "the sentinel"
  end
  if lost then
    return ("Stripping took %s out of native addon %s."):format(lost, input.base), hint
  end
end

local function check_machine(input)
  local info, target = input.info, input.target
  local wanted = bytes.machines[target.arch]
  if wanted and info.machine ~= wanted then
    local form = "Native addon %s is labelled %s, but its bytes are for %s."
    return form:format(input.base, addon.label(target), info.machine),
      ("Set CC to a compiler for %s, or TARGET_PLATFORM and TARGET_ARCH to what is built."):format(addon.tag(target))
  elseif info.type ~= "dyn" then
    return ("Native addon %s is not a shared library (ELF type %s)."):format(input.base, info.type),
      "Link it with -shared."
  end
end

local function check_entry(input)
  if not M.entry(input.info.exports) then
    return ("Native addon %s exports no Node-API entry (napi_register_module_v1)."):format(input.base),
      "Define one with NAPI_MODULE_INIT() of node_api.h."
  end
end

-- Names do not tell musl from glibc (both are linux-x64), so the bytes must. Without a triple, glibc is meant.
local function check_libc(input)
  local wanted = input.target.libc or input.target.platform == "linux" and "gnu"
  local found = elf.libc(input.info)
  if wanted and found and found ~= wanted then
    local form = "Native addon %s was asked for %s libc, but its bytes need %s libc."
    return form:format(input.base, wanted, found), LIBC_HINT
  end
end

-- Names what is over the limit, and which symbols need it: that is where to look.
local function check_glibc(input)
  local limit, needs = input.target.glibc, {}
  for _, over in ipairs(limit and elf.glibc_over(input.info, limit) or {}) do
    needs[#needs + 1] = ("%s (%s)"):format(over.version, table.concat(over.symbols, ", "))
  end
  if #needs > 0 then
    local form = "Native addon %s was asked to run on glibc %s, but its bytes need %s."
    return form:format(input.base, limit, table.concat(needs, ", ")), GLIBC_HINT
  end
end

-- The property must be there and must say exactly the variant's level: less is a lie about speed, more a crash. Only
-- the first level needs none, for every CPU has it. A file that the caller wanted for this machine's CPU may say more,
-- which is then the truth, and is marked in the report.
local function check_isa(input)
  local name, needed = input.target.variant, input.info.isa_needed
  local level = name and input.variants[name].level
  needed = needed or not mark.wanted(level) and level or nil
  if needed == level or not level or input.native and (needed or 0) > level then
    return nil
  end
  local claim = ("Native addon %s claims variant %s (x86-64-v%d), but its bytes "):format(input.base, name, level)
  if not needed then
    return claim .. "do not say which CPU they need.", LINK_HINT:format(level)
  end
  return claim .. ("need x86-64-v%d."):format(needed), MARCH_HINT
end

---Whether a file is what its label claims: machine, libc and its version, Node-API entry, CPU
---level.
---@param input build.inspected | { target: addon.target, variants: table<string, addon.variant>, native?: boolean }
---@return string? message
---@return string? hint
function M.claim(input)
  for _, check in ipairs({ check_machine, check_libc, check_glibc, check_entry, check_isa }) do
    local message, hint = check(input)
    if message then
      return message, hint
    end
  end
end

return M
