-- What the bytes of an addon say about a target, before anything is loaded. Pure: works on what pienv.object inspected.
-- Each check returns nil, or class, reason and the next step.

local bytes = require("recipes.addon.bytes")
local elf = require("pienv.elf")
local node_api = require("pienv.node_api")

local M = {}

local REBUILD = "Build it for that target, or take the file of that target."

local function label(target)
  return target.platform .. "-" .. target.arch
end

local function check_platform(info, target)
  local what, found = bytes.mismatch(info, target)
  if what == "format" then
    return "wrong-platform", ("%s, not one for %s"):format(bytes.format_names[found], target.platform), REBUILD
  elseif what == "slice" then
    return "wrong-platform", ("none of its slices is for %s"):format(target.arch), REBUILD
  elseif what == "machine" then
    return "wrong-platform", ("its bytes are for %s, not %s"):format(found, label(target)), REBUILD
  elseif what == "kind" then
    return "wrong-platform", ("no shared library (type %s)"):format(found), "Link it as a shared library."
  elseif what then
    return "wrong-platform", "its bytes are for " .. found, REBUILD
  end
end

local function check_entry(info)
  if not node_api.entry(info) then
    return "no-entry",
      "exports no napi_register_module_v1 and does not register itself",
      "Define the entry with NAPI_MODULE_INIT() of node_api.h, and keep it when stripping."
  end
end

local function check_node_api(info, input)
  local version, name = node_api.minimum(info.undefined)
  local known = input.node_api
  if known and version and (version == "experimental" or version > known) then
    return "imports",
      ("needs Node-API %s (%s), the host has %d"):format(version, name, known),
      "Use a newer node, or build with a lower NAPI_VERSION."
  end
end

local function check_libc(info, target)
  local found = elf.libc(info)
  local wanted = target.platform == "android" and "android" or target.libc or "gnu"
  if found and found ~= wanted then
    return "wrong-libc", ("its bytes need %s libc, not %s"):format(found, wanted), REBUILD
  end
end

local function check_floor(info, input)
  local limit, needs = input.glibc, {}
  for _, over in ipairs(limit and elf.glibc_over(info, limit) or {}) do
    needs[#needs + 1] = ("%s of %s (%s)"):format(over.version, over.library, table.concat(over.symbols, ", "))
  end
  if #needs > 0 then
    return "floor",
      ("needs %s, which glibc %s has not"):format(table.concat(needs, "; "), limit),
      "Build against that glibc (CROSS_TARGET with a suffix such as .2.17), or use a newer system."
  end
end

-- A level that nobody can know is not refused here: M.remarks says that it is unproven.
local function check_isa(info, input)
  local needed, has, claimed = info.isa_needed, input.level, input.claimed_level
  if needed and has and needed > has then
    return "isa", ("needs x86-64-v%d, this CPU has v%d"):format(needed, has), "Use the variant for this CPU."
  elseif needed and claimed and needed > claimed then
    return "isa", ("claims x86-64-v%d, but its bytes need v%d"):format(claimed, needed), REBUILD
  end
end

---Whether a symbol is one of node's: Node-API, V8 or libuv.
---@param name string
---@return boolean
function M.is_hosts(name)
  local of_node = name:find("^uv_") or name:find("^_ZNK?2v8") or name:find("^_ZNK?4node") or node_api.version_of(name)
  return of_node ~= nil
end

local function check_symbols(info)
  local missing = {}
  for _, name in ipairs(elf.unprovided(info)) do
    missing[#missing + 1] = not M.is_hosts(name) and name or nil
  end
  if #missing > 0 then
    return "imports",
      ("undefined symbol %s: neither Node-API nor of a needed library"):format(table.concat(missing, ", ")),
      'Link the library that defines it; builder cc: libs = { "-lNAME" } in pienv.lua.'
  end
end

-- Runs checks until one objects.
local function first(checks, ...)
  for _, check in ipairs(checks) do
    local class, reason, hint = check(...)
    if class then
      return class, reason, hint
    end
  end
end

local function check_elf(info, input)
  local class, reason, hint = check_libc(info, input.target)
  if not class then
    class, reason, hint = first({ check_floor, check_isa, check_symbols }, info, input)
  end
  return class, reason, hint
end

-- Libraries that every Windows has by itself, without ".dll".
local WINDOWS = [[
  kernel32 kernelbase ntdll user32 gdi32 advapi32 shell32 shlwapi ole32 oleaut32 ws2_32 iphlpapi bcrypt
  bcryptprimitives crypt32 ncrypt secur32 userenv psapi dbghelp version winmm mswsock powrprof pdh rpcrt4 cfgmgr32
  setupapi imm32 comctl32 dwmapi dxgi opengl32 wtsapi32 netapi32 msvcrt ucrtbase
]]

local function windows_patterns()
  local patterns = { "^api%-ms%-win%-", "^ext%-ms%-", "^node%.exe$" }
  for name in WINDOWS:gmatch("%S+") do
    patterns[#patterns + 1] = "^" .. name .. "%.dll$"
  end
  return patterns
end

-- Libraries that may be needed, as patterns of lower-case names. A policy table: a project that ships others gives its
-- own.
M.allowed = { macho = { "^/usr/lib/", "^/system/library/" }, pe = windows_patterns() }

local function is_allowed(library, patterns)
  for _, pattern in ipairs(patterns) do
    if library:lower():find(pattern) then
      return true
    end
  end
  return false
end

local function check_libraries(info, input)
  local patterns = (input.allowed or M.allowed)[info.format]
  for _, import in ipairs(info.imports) do
    if not import.weak and not is_allowed(import.library, patterns) then
      return "imports",
        ("needs %s, which the system does not have by itself"):format(import.library),
        info.format == "pe" and "Link the C runtime statically (/MT), or ship that library."
          or "Link that library statically; only /usr/lib and /System are on every machine."
    end
  end
end

local function check_signature(info, input)
  if input.target.arch == "arm64" and not info.signature then
    return "signature", "not signed; macOS on arm64 kills what loads it", "Sign it: codesign --sign - FILE."
  elseif info.strings_misaligned then
    return "signature",
      "its string pool is misaligned, which new versions of macOS refuse",
      "Strip it with another tool, then sign it again."
  end
end

local function check_os(info, input)
  local has = input.os
  if has and info.os_minimum and elf.compare_versions(info.os_minimum, has) > 0 then
    return "floor",
      ("needs %s %s, not %s"):format(info.platform, info.os_minimum, has),
      "Build with MACOSX_DEPLOYMENT_TARGET=" .. has .. "."
  end
end

local BY_FORMAT = {
  elf = { check_elf },
  macho = { check_os, check_libraries, check_signature },
  pe = { check_libraries },
}

---Judges the bytes: nil where nothing speaks against them.
---@param info pienv.object.info
---@param input probe.input
---@return string? class
---@return string? reason
---@return string? hint
function M.judge(info, input)
  local class, reason, hint = check_platform(info, input.target)
  if class then
    return class, reason, hint
  end
  local part = bytes.slice(info, input.target)
  class, reason, hint = first({ check_entry, check_node_api }, part, input)
  if not class then
    class, reason, hint = first(BY_FORMAT[part.format], part, input)
  end
  return class, reason, hint
end

local function macho_remarks(info)
  local remarks = {}
  if info.soname and info.soname:find("^/") and not is_allowed(info.soname, M.allowed.macho) then
    remarks[#remarks + 1] = "its install name tells a path of the build host: " .. info.soname
  end
  for _, path in ipairs(info.run_paths) do
    remarks[#remarks + 1] = path:find("^/") and "looks for libraries in " .. path or nil
  end
  remarks[#remarks + 1] = not info.signature and "not signed" or nil
  return remarks
end

---What is worth a look in a file that is not refused: one sentence each.
---@param info pienv.object.info
---@param input probe.input
---@return string[]
function M.remarks(info, input)
  local part = bytes.slice(info, input.target)
  local remarks = part.format == "elf" and elf.remarks(part) or part.format == "macho" and macho_remarks(part) or {}
  if part.format == "elf" and input.claimed_level and not part.isa_needed then
    remarks[#remarks + 1] = ("the claim x86-64-v%d is unproven: the file does not say which CPU it needs"):format(
      input.claimed_level
    )
  end
  return remarks
end

return M
