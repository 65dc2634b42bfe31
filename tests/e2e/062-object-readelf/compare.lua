-- compare.lua FILES READELF: describes each file with pienv.object and compares that with readelf's output.
-- Prints one line an aspect: name, files compared, files that differ, what differs first.

local object = require("pienv.object")

local list, readelf = ...

local ASPECTS = { "sections", "needed", "soname", "versions", "exports", "undefined", "isa_needed", "build_id" }

local function empty()
  return {
    sections = {},
    needed = {},
    soname = {},
    versions = {},
    exports = {},
    undefined = {},
    isa_needed = {},
    build_id = {},
  }
end

local function keys(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local LEVELS = { ["x86-64-baseline"] = 1, ["x86-64-v2"] = 2, ["x86-64-v3"] = 3, ["x86-64-v4"] = 4 }

local function read_section(line, file)
  local index, rest = line:match("^%s+%[%s*(%d+)%] (.+)$")
  if index and index ~= "0" then
    local name, _, size = rest:match("^(%S*)%s+(%S+)%s+%x+ %x+ (%x+)")
    file.sections[#file.sections + 1] = name .. " " .. tonumber(size, 16)
  end
end

local function read_dynamic(line, file)
  local needed = line:match("%(NEEDED%)%s+Shared library: %[(.*)%]")
  local soname = line:match("%(SONAME%)%s+Library soname: %[(.*)%]")
  table.insert(needed and file.needed or {}, needed or "")
  table.insert(soname and file.soname or {}, soname or "")
end

local function read_symbol(line, state)
  line = line:gsub("<OS specific>: 10", "UNIQUE") -- what readelf says of it where the file is not marked as GNU's
  local bind, visibility, index, name = line:match("^%s+%d+: %x+%s+%S+ %S+%s+(%S+)%s+(%S+)%s+(%S+) (.+)$")
  if not bind or not (bind == "GLOBAL" or bind == "WEAK" or bind == "UNIQUE") then
    return
  end
  name = name:match("^([^@%s]+)")
  if index == "UND" then
    state.undefined[name] = true
  elseif visibility ~= "HIDDEN" and visibility ~= "INTERNAL" then
    state.exports[name] = true
  end
end

local function read_version(line, state, file)
  state.library = line:match("Version: 1%s+File: (%S+)%s+Cnt:") or state.library
  local version = line:match("^%s+0x?%x+:%s+Name: (%S+)%s+Flags: .*Version: %d+$")
  if version and state.library then
    file.versions[#file.versions + 1] = state.library .. " " .. version
  end
end

local function read_note(line, file)
  local id = line:match("Build ID: (%x+)$")
  table.insert(id and file.build_id or {}, id or "")
  local isa = line:match("x86 ISA needed: ([%w%-, ]+)")
  if isa then
    local level = 0
    for word in isa:gmatch("[%w%-]+") do
      level = math.max(level, LEVELS[word] or 0)
    end
    file.isa_needed[1] = tostring(level)
  end
end

local function new_state(name, files)
  local file = empty()
  files[name] = file
  return { file = file, exports = {}, undefined = {} }
end

local function finish(state)
  state.file.exports, state.file.undefined = keys(state.exports), keys(state.undefined)
end

-- The parts of readelf's output, by the line that starts each.
local PARTS = {
  { "^Section Headers:", "sections" },
  { "^Dynamic section", "dynamic" },
  { "^Symbol table '%.dynsym'", "symbols" },
  { "^Symbol table", "other" },
  { "^Version needs section", "versions" },
  { "^Version ", "other" },
  { "^Displaying notes", "notes" },
}

local function read_readelf(path)
  local files, state, part = {}, nil, "other"
  for line in io.lines(path) do
    local name = line:match("^File: (.+)$")
    if name then
      if state then
        finish(state)
      end
      state, part = new_state(name, files), "other"
    end
    for _, row in ipairs(PARTS) do
      if line:find(row[1]) then
        part = row[2]
        break
      end
    end
    if part == "sections" then
      read_section(line, state.file)
    elseif part == "dynamic" then
      read_dynamic(line, state.file)
    elseif part == "symbols" then
      read_symbol(line, state)
    elseif part == "versions" then
      read_version(line, state, state.file)
    elseif part == "notes" then
      read_note(line, state.file)
    end
  end
  finish(state)
  return files
end

local function describe(path)
  local info, err = object.inspect(path)
  local file = empty()
  if not info then
    file.needed[1] = err
    return file
  end
  for i = 2, #info.sections do
    file.sections[i - 1] = info.sections[i].name .. " " .. info.sections[i].size
  end
  for _, need in ipairs(info.versions) do
    for _, version in ipairs(need.versions) do
      file.versions[#file.versions + 1] = need.library .. " " .. version
    end
  end
  file.needed, file.exports, file.undefined = info.needed, info.exports, info.undefined
  file.soname[1], file.build_id[1] = info.soname, info.build_id
  file.isa_needed[1] = info.isa_needed and tostring(info.isa_needed)
  return file
end

local function first_difference(got, want)
  for i = 1, math.max(#got, #want) do
    if got[i] ~= want[i] then
      return string.format("%d: got %s, readelf %s", i, got[i], want[i])
    end
  end
end

local compared, differ, first = {}, {}, {}
local expected = read_readelf(readelf)
for path in io.lines(list) do
  local got, want = describe(path), assert(expected[path], path)
  for _, aspect in ipairs(ASPECTS) do
    local difference = first_difference(got[aspect], want[aspect])
    compared[aspect] = (compared[aspect] or 0) + 1
    differ[aspect] = (differ[aspect] or 0) + (difference and 1 or 0)
    first[aspect] = first[aspect] or difference and path .. " " .. difference
  end
end
for _, aspect in ipairs(ASPECTS) do
  print(table.concat({ aspect, compared[aspect], differ[aspect], first[aspect] or "" }, "\t"))
end
