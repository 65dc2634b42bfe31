-- From index.d.ts to the ESM exports of index.js: a pure translation.
--
-- index.js keeps every byte outside the two markers. Declarations lose `const` of enums, because the exports give
-- their values at run time. Lines may end in LF or CR LF; each file keeps its own.

local enums = require("recipes.build.enums")
local markers = require("recipes.addon.markers")

local M = {}

M.START, M.STOP = markers.START, markers.STOP

local SECTION = {
  classes = "// classes",
  functions = "// functions",
  enums = "// string/numeric enums (napi-rs string_enum produces TS-only const enum)",
}

local BYTE_ORDER_MARK = "\239\187\191"

local LISTS = { class = "classes", ["function"] = "functions", enum = "enums" }

---@class build.enum
---@field name string
---@field members build.enum.member[]

---@class build.symbols
---@field classes string[]
---@field functions string[]
---@field enums build.enum[]
---@field left_out string[] what is declared and cannot be exported: names with a `$`, enums and members without value

-- Kind and name of what a line declares, and where in the line its body may begin.
local function declaration(line)
  local kind, name, after = line:match("^export declare (%l+) ([^%s(<{;:]+)()")
  if kind == "const" and name == "enum" then
    kind, name, after = line:match("^export declare const (enum) ([^%s(<{;:]+)()")
  end
  if LISTS[kind] then
    return kind, name, after
  end
end

-- Declarations of one enum may follow each other; their members belong together.
local function merge(known, item)
  if type(known) == "table" and type(item) == "table" then
    table.move(item.members, 1, #item.members, #known.members + 1, known.members)
  end
end

-- An overloaded function is declared several times and exported once.
local function add(out, seen, kind, name, item)
  if not name:find("^[%w_]+$") then
    out.left_out[#out.left_out + 1] = name
  elseif seen[name] then
    merge(seen[name], item)
  else
    local list = out[LISTS[kind]]
    list[#list + 1], seen[name] = item, item
  end
end

local function read_enum(out, text, name, start)
  local body = text:match("^[ \t]*{()", start)
  local members, left_out = {}, {}
  if body then
    members, left_out = enums.read(text, body)
  end
  for _, member in ipairs(left_out) do
    out.left_out[#out.left_out + 1] = name .. "." .. member
  end
  if #members == 0 then
    out.left_out[#out.left_out + 1] = name
  end
  return #members > 0 and { name = name, members = members } or nil
end

---Reads the public symbols of declarations, in their order.
---@param declarations string text of index.d.ts
---@return build.symbols
function M.symbols(declarations)
  local out, seen = { classes = {}, functions = {}, enums = {}, left_out = {} }, {}
  declarations = declarations:gsub("^" .. BYTE_ORDER_MARK, "")
  for start, line in declarations:gmatch("()([^\r\n]+)") do
    local kind, name, after = declaration(line)
    local item = kind ~= "enum" and name or kind and read_enum(out, declarations, name, start + after - 1)
    if item then
      add(out, seen, kind, name, item)
    end
  end
  return out
end

local function bindings(names)
  local lines = {}
  for i, name in ipairs(names) do
    lines[i] = ("export const %s = nativeBindings.%s;"):format(name, name)
  end
  return lines
end

local function objects(list)
  local lines = {}
  for _, enum in ipairs(list) do
    lines[#lines + 1] = ("export const %s = {"):format(enum.name)
    for _, item in ipairs(enum.members) do
      lines[#lines + 1] = ("\t%s: %s,"):format(item.name, item.value)
    end
    lines[#lines + 1] = "};"
  end
  return lines
end

---@param symbols build.symbols
---@return integer exports
function M.count(symbols)
  return #symbols.classes + #symbols.functions + #symbols.enums
end

---The generated text between the markers: sections parted by a blank line, empty ones left out.
---@param symbols build.symbols
---@return string
function M.block(symbols)
  local parts = {}
  local function section(kind, lines)
    if #lines > 0 then
      parts[#parts + 1] = SECTION[kind] .. "\n" .. table.concat(lines, "\n")
    end
  end
  section("classes", bindings(symbols.classes))
  section("functions", bindings(symbols.functions))
  section("enums", objects(symbols.enums))
  return table.concat(parts, "\n\n")
end

-- First position, last position and number of a marker.
local function find_marker(text, marker)
  local first, last = text:find(marker, 1, true)
  local count, at = 0, last
  while at do
    count, at = count + 1, select(2, text:find(marker, at + 1, true))
  end
  return { first = first, last = last, count = count }
end

local function check_markers(path, start, stop)
  if start.count == 0 or stop.count == 0 or stop.first < start.first then
    local form = "gen-enums: %s is missing the generated marker block. Add\n%s\n%s\nplaceholders before running."
    return form:format(path, M.START, M.STOP)
  end
  local twice = start.count > 1 and start or stop.count > 1 and stop
  if twice then
    local form = "gen-enums: %s has the marker\n%s\n%d times. Keep one generated marker block."
    return form:format(path, twice == start and M.START or M.STOP, twice.count)
  end
end

---Replaces what stands between the markers of index.js. Its lines end as that of the first marker does.
---@param input { index: string, path: string, types?: string, symbols: build.symbols }
---@return string? index
---@return string? message
function M.patch(input)
  if M.count(input.symbols) == 0 then
    return nil, ("No public symbols found in %s — check napi build output"):format(input.types or "index.d.ts")
  end
  local start, stop = find_marker(input.index, M.START), find_marker(input.index, M.STOP)
  local message = check_markers(input.path, start, stop)
  if message then
    return nil, message
  end
  local line_end = input.index:match("^\r\n", start.last + 1) or "\n"
  local block = ("\n" .. M.block(input.symbols) .. "\n"):gsub("\n", line_end)
  return input.index:sub(1, start.last) .. block .. input.index:sub(stop.first)
end

---Makes every exported const enum a plain one.
---@param declarations string
---@return string declarations
---@return integer fixed how many there were
function M.plain_enums(declarations)
  local mark = declarations:match("^" .. BYTE_ORDER_MARK) or ""
  local text, short = ("\n" .. declarations:sub(#mark + 1)):gsub("\nexport const enum ", "\nexport declare enum ")
  local fixed
  text, fixed = text:gsub("\nexport declare const enum ", "\nexport declare enum ")
  return mark .. text:sub(2), short + fixed
end

return M
