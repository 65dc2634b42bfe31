-- Reads what `pienv embed` wrote about the archive, in either form that a loader may have. Pure.

local M = {}

local function plain(text, key)
  return text:match("[\n{,]%s*" .. key .. ':%s*"([^"\n]*)"')
end

local function read_files(text)
  local files = {}
  for entry in text:gmatch("{%s*(variant:[^{}]*)}") do
    local size = entry:match("size:%s*(%d+)")
    files[#files + 1] = {
      variant = plain("{" .. entry, "variant"),
      filename = plain("{" .. entry, "filename"),
      size = size and math.tointeger(tonumber(size)),
      sha256 = plain("{" .. entry, "sha256"),
    }
  end
  return files
end

-- The module that is written, or its null stub; no other JavaScript.
local function read_js(text)
  local body = text:match("export const embeddedAddon%s*=%s*(.*)$")
  if not body then
    return nil, "it exports no embeddedAddon"
  elseif body:find("^null") then
    return false
  end
  return {
    platformTag = plain(body, "platformTag"),
    version = plain(body, "version"),
    archive = { filename = plain(body:match("archive:%s*(%b{})") or "", "filename") },
    files = read_files(body:match("files:%s*(%b[])") or ""),
  }
end

local function is_complete(value)
  if type(value) ~= "table" or type(value.archive) ~= "table" or type(value.files) ~= "table" then
    return false
  end
  for _, file in ipairs(value.files) do
    if type(file) ~= "table" or type(file.variant) ~= "string" or type(file.filename) ~= "string" then
      return false
    end
  end
  local has_names = type(value.platformTag) == "string" and type(value.version) == "string"
  return has_names and type(value.archive.filename) == "string" and #value.files > 0
end

---@param input { name: string, text: string, decode: fun(text: string): any, string? } name: the file's
---@return addon.embedded|false|nil manifest false: the null stub
---@return string? err
function M.read(input)
  local value, err
  if input.name:find("%.json$") then
    value, err = input.decode(input.text)
    if input.text:find("^%s*null%s*$") then
      return false
    end
  else
    value, err = read_js(input.text)
  end
  if value == false then
    return false
  elseif value == nil or not is_complete(value) then
    return nil, err or "it is not as pienv embed writes it"
  end
  return value
end

return M
