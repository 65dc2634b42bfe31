-- What follows from the description of an ELF file (pienv.object): its libc, glibc versions, what the loader may find
-- wrong with it. Pure.

local M = {}

-- Versions that are names of abilities: the first glibc that has each. Others of this kind are taken for unknown.
local ABILITY = { GLIBC_ABI_DT_RELR = "2.36" }

local function numbers(version)
  local list = {}
  for digits in string.gmatch(version, "%d+") do
    list[#list + 1] = math.tointeger(digits)
  end
  return list
end

---Compares dotted versions number by number: 2.9 is before 2.17, and 2.17 equals 2.17.0.
---@param a string
---@param b string
---@return integer order -1, 0 or 1
function M.compare_versions(a, b)
  local x, y = numbers(a), numbers(b)
  for i = 1, math.max(#x, #y) do
    local left, right = x[i] or 0, y[i] or 0
    if left ~= right then
      return left < right and -1 or 1
    end
  end
  return 0
end

---The glibc version that a version name asks for.
---@param name string "GLIBC_2.17"
---@return string? version "2.17"; nil for what belongs to no released version (GLIBC_PRIVATE) or not to glibc
function M.glibc_version(name)
  return ABILITY[name] or string.match(name, "^GLIBC_(%d[%d.]*)$")
end

-- Calls visit(library, name) for every version of glibc's that is needed, whichever of its libraries has it.
local function each_glibc(info, visit)
  for _, need in ipairs(info.versions) do
    for _, name in ipairs(need.versions) do
      if string.find(name, "^GLIBC_") then
        visit(need.library, name)
      end
    end
  end
end

---The lowest glibc that has every version that the file needs. GLIBC_ABI_DT_RELR counts as 2.36, the first that has
---it; GLIBC_PRIVATE, which is bound to one build of glibc, is not counted: glibc_over tells it.
---@param info pienv.object.info
---@return string? version "2.17"; nil where no version of glibc is needed
function M.glibc_floor(info)
  local floor
  each_glibc(info, function(_, name)
    local version = M.glibc_version(name)
    if version and (not floor or M.compare_versions(version, floor) > 0) then
      floor = version
    end
  end)
  return floor
end

---@class pienv.elf.over
---@field library string
---@field version string "GLIBC_2.29", "GLIBC_PRIVATE"
---@field symbols string[] undefined symbols that need it, sorted

local function symbols_of(info, version)
  local symbols = {}
  for name, needed in pairs(info.symbol_versions) do
    if needed == version then
      symbols[#symbols + 1] = name
    end
  end
  table.sort(symbols)
  return symbols
end

---What a file needs that a glibc of version `floor` has not, and which symbols need it: later versions, GLIBC_PRIVATE,
---and abilities that are unknown here.
---@param info pienv.object.info
---@param floor string "2.17"
---@return pienv.elf.over[] over in file order; empty when everything is there
function M.glibc_over(info, floor)
  local over = {}
  each_glibc(info, function(library, name)
    local version = M.glibc_version(name)
    if not version or M.compare_versions(version, floor) > 0 then
      over[#over + 1] = { library = library, version = name, symbols = symbols_of(info, name) }
    end
  end)
  return over
end

-- Libraries of glibc and its compiler: every symbol of theirs is versioned.
local VERSIONED = {
  ["^libc%.so%.6$"] = true,
  ["^libm%.so%.6$"] = true,
  ["^libdl%.so%.2$"] = true,
  ["^libpthread%.so%.0$"] = true,
  ["^librt%.so%.1$"] = true,
  ["^libutil%.so%.1$"] = true,
  ["^ld%-linux"] = true,
  ["^libgcc_s%.so%.1$"] = true,
  ["^libstdc%+%+%.so%.6$"] = true,
}

local function is_versioned(library)
  for pattern in pairs(VERSIONED) do
    if library:find(pattern) then
      return true
    end
  end
  return false
end

---The C library that a file is made for. "libc.so" alone is Android's name and musl's: Android marks its files.
---@param info pienv.object.info
---@return "gnu"|"musl"|"android"|nil libc nil where no C library is needed
function M.libc(info)
  if info.android then
    return "android"
  end
  for _, library in ipairs(info.needed) do
    if library == "libc.so.6" then
      return "gnu"
    elseif library:find("^libc%.musl%-") or library == "libc.so" then
      return "musl"
    end
  end
end

---Undefined symbols that no needed library can have: they are the host's, or missing. Only told where every needed
---library is glibc's or its compiler's, whose symbols are all versioned; weak ones may stay undefined.
---@param info pienv.object.info
---@return string[] names sorted; empty where nothing can be told
function M.unprovided(info)
  local names, weak = {}, {}
  for _, library in ipairs(info.needed) do
    if not is_versioned(library) then
      return {}
    end
  end
  for _, name in ipairs(info.undefined_weak) do
    weak[name] = true
  end
  for _, name in ipairs(info.undefined) do
    if not weak[name] and not info.symbol_versions[name] then
      names[#names + 1] = name
    end
  end
  return names
end

-- glibc keeps about this much room for the static TLS of libraries that are loaded late (1664 bytes by default, and
-- what node and other addons have taken of it is unknown).
local TLS_ROOM = 1024

local function paths_of(info)
  local paths = {}
  for path in ((info.rpath or "") .. ":" .. (info.runpath or "")):gmatch("[^:]+") do
    paths[#paths + 1] = path
  end
  return paths
end

---What may go wrong with a file that loads here: one sentence each.
---@param info pienv.object.info
---@return string[] remarks
function M.remarks(info)
  local remarks = {}
  local function add(condition, text)
    remarks[#remarks + 1] = condition and text or nil
  end
  add(
    info.static_tls and info.tls_size > TLS_ROOM,
    ("%d bytes of static TLS: may fail late in a process"):format(info.tls_size)
  )
  add(info.static_tls and info.tls_size <= TLS_ROOM, "static TLS: may fail late in a process")
  add(info.textrel, "relocations change the code: hardened systems refuse that")
  add(info.exec_stack, "asks for an executable stack: new kernels and glibc 2.41 refuse that")
  for _, path in ipairs(paths_of(info)) do
    add(not path:find("^%$ORIGIN") and not path:find("^%${ORIGIN}"), "looks for libraries in " .. path)
  end
  return remarks
end

return M
