-- Paths as text by the rules of the target's system, which may be another than this one. Pure. Joins give what node's
-- path.posix.join and path.win32.join give for absolute folders.

local M = {}

-- The part that ".." never removes: "/", "C:\", "\\server\share\"; "" for a relative path. And the rest.
local function split_root(platform, path)
  if platform ~= "win32" then
    local root, rest = path:match("^(/?)(.*)$")
    return root, rest
  end
  path = path:gsub("/", "\\")
  local server, share, rest = path:match("^\\\\([^\\]+)\\+([^\\]+)(.*)$")
  if server then
    return "\\\\" .. server .. "\\" .. share .. "\\", rest
  end
  local drive, slash
  drive, slash, rest = path:match("^(%a:)(\\?)(.*)$")
  if drive then
    return drive .. slash, rest
  end
  slash, rest = path:match("^(\\?)(.*)$")
  return slash, rest
end

---@param platform string
---@return string separator
function M.separator(platform)
  return platform == "win32" and "\\" or "/"
end

---Whether a path means the same from every folder: "C:\x" and "\\server\share" do, "\x" and "C:x" do not.
---@param platform string
---@param path string
---@return boolean
function M.is_absolute(platform, path)
  local root = split_root(platform, path)
  return #root > (platform == "win32" and 2 or 0) and root:sub(-1) == M.separator(platform)
end

-- One text of the parts, without the empty ones. On Windows two separators in front name a server: only the first part
-- may have them.
local function concat(platform, separator, parts)
  local given = {}
  for _, part in ipairs(parts) do
    given[#given + 1] = part ~= "" and part or nil
  end
  local text = table.concat(given, separator)
  if platform == "win32" and not (given[1] or ""):find("^[\\/][\\/][^\\/]") then
    text = text:gsub("^[\\/]+", separator)
  end
  return text
end

---Joins parts and resolves "." and "..".
---@param platform string
---@param ... string
---@return string
function M.join(platform, ...)
  local separator = M.separator(platform)
  local root, rest = split_root(platform, concat(platform, separator, { ... }))
  local parts = {}
  for part in rest:gmatch(platform == "win32" and "[^\\]+" or "[^/]+") do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." and not (part == ".." and root ~= "") then
      parts[#parts + 1] = part
    end
  end
  if platform == "win32" and root == "" and (parts[1] or ""):find("^%a:") then
    root = ".\\" -- else what is a name here would be a drive
  end
  local text = root .. table.concat(parts, separator)
  return text == "" and "." or text
end

---By what two paths of one file are the same text: Windows ignores the case, and which slash it is.
---@param platform string
---@param path string
---@return string
function M.key(platform, path)
  return platform == "win32" and (path:gsub("/", "\\"):lower()) or path
end

---Whether a folder of that name is on the path, between separators of either kind; on Windows in whatever case.
---@param platform string
---@param path string
---@param name string
---@return boolean
function M.contains(platform, path, name)
  local text = path:gsub("\\", "/") .. "/"
  if platform == "win32" then
    text, name = text:lower(), name:lower()
  end
  return text:find("/" .. name .. "/", 1, true) ~= nil
end

return M
