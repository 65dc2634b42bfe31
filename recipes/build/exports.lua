-- From index.d.ts to the ESM exports of index.js: a pure translation.
--
-- index.js keeps every byte outside the two markers. Declarations lose `const` of enums, because the exports give
-- their values at run time.

local M = {}

M.START = "// --- generated native exports (do not edit) ---"
M.STOP = "// --- end generated native exports ---"

local SECTION = {
  classes = "// classes",
  functions = "// functions",
  enums = "// string/numeric enums (napi-rs string_enum produces TS-only const enum)",
}

---@class build.enum
---@field name string
---@field members { name: string, value: string }[]

---@class build.symbols
---@field classes string[]
---@field functions string[]
---@field enums build.enum[]

-- A name ends where word characters end; a `$` would be a part of it, which is not supported.
local function declared(line, kind)
  local name, after = line:match("^export declare " .. kind .. " ([%w_]+)(.?)")
  return after ~= "$" and name or nil
end

local function member(line)
  local name, text = line:match("^%s*([%w_]+)%s*=%s*'([^']*)'")
  if name then
    return { name = name, value = text:find("^%d+$") and text or '"' .. text .. '"' }
  end
  local digits
  name, digits = line:match("^%s*([%w_]+)%s*=%s*(%d+)%s*,?%s*$")
  return name and { name = name, value = digits } or nil
end

local function start_enum(line)
  local name = line:match("^export declare enum ([%w_]+) {") or line:match("^export declare const enum ([%w_]+) {")
  return name and { name = name, members = {} } or nil
end

---Reads the public symbols of declarations, in their order.
---@param declarations string text of index.d.ts
---@return build.symbols
function M.symbols(declarations)
  local out, enum = { classes = {}, functions = {}, enums = {} }, nil
  for line in declarations:gmatch("[^\r\n]+") do
    if enum and line:sub(1, 1) == "}" then
      out.enums[#out.enums + 1] = #enum.members > 0 and enum or nil
      enum = nil
    elseif enum then
      enum.members[#enum.members + 1] = member(line)
    else
      enum = start_enum(line)
      out.classes[#out.classes + 1] = declared(line, "class")
      out.functions[#out.functions + 1] = declared(line, "function")
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

local function objects(enums)
  local lines = {}
  for _, enum in ipairs(enums) do
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

---Replaces what stands between the markers of index.js.
---@param input { index: string, path: string, symbols: build.symbols }
---@return string? index
---@return string? message
function M.patch(input)
  if M.count(input.symbols) == 0 then
    return nil, "No public symbols found in index.d.ts — check napi build output"
  end
  local _, start = input.index:find(M.START, 1, true)
  local stop = start and input.index:find(M.STOP, start + 1, true)
  if not stop then
    local form = "gen-enums: %s is missing the generated marker block. Add\n%s\n%s\nplaceholders before running."
    return nil, form:format(input.path, M.START, M.STOP)
  end
  return input.index:sub(1, start) .. "\n" .. M.block(input.symbols) .. "\n" .. input.index:sub(stop)
end

---Makes every exported const enum a plain one.
---@param declarations string
---@return string declarations
---@return integer fixed how many there were
function M.plain_enums(declarations)
  local text, short = declarations:gsub("export const enum ", "export declare enum ")
  local fixed
  text, fixed = text:gsub("export declare const enum ", "export declare enum ")
  return text, short + fixed
end

return M
