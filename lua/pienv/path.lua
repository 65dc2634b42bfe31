-- Paths as text: pure functions, nothing is looked up. A path is bytes; "/" separates.

local M = {}

---Says whether a path starts at the root.
---@param path string
---@return boolean
function M.is_absolute(path)
  return path:sub(1, 1) == "/"
end

---Removes empty and "." parts and resolves ".." by text (not through symbolic links).
---@param path string
---@return string
function M.normalize(path)
  local absolute = M.is_absolute(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." and parts[#parts] and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part == ".." and absolute then -- the root's parent is the root
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  local text = table.concat(parts, "/")
  if absolute then
    return "/" .. text
  end
  return text == "" and "." or text
end

---Joins parts; an absolute part starts anew. The result is normalized.
---@param ... string
---@return string
function M.join(...)
  local text
  for _, part in ipairs({ ... }) do
    text = (text and not M.is_absolute(part)) and text .. "/" .. part or part
  end
  return M.normalize(text or ".")
end

---Gives the absolute form of a path that is relative to a folder.
---@param path string
---@param base string absolute folder
---@return string
function M.absolute(path, base)
  return M.join(base, path)
end

---The folder of a path: "." for a plain name, "/" for the root.
---@param path string
---@return string
function M.dirname(path)
  local folder = M.normalize(path):match("^(.*)/[^/]*$")
  if folder == "" then
    return "/"
  end
  return folder or "."
end

---A folder and those above it, the nearest first.
---@param folder string absolute
---@param last? string the one to end with; the root when it is none of them or not given
---@return string[]
function M.upwards(folder, last)
  local list, at = {}, M.normalize(folder)
  repeat
    list[#list + 1] = at
    local ended = at == last or at == "/"
    at = M.dirname(at)
  until ended
  return list
end

---The last part of a path.
---@param path string
---@return string
function M.basename(path)
  return M.normalize(path):match("([^/]*)$")
end

---The last part's ending with its dot: ".node"; "" where there is none (".profile" has none).
---@param path string
---@return string
function M.extension(path)
  return M.basename(path):match("^.+(%.[^.]*)$") or ""
end

---The path from a folder to something inside it; nil when it is not inside.
---@param path string
---@param base string folder, absolute if and only if path is
---@return string?
function M.relative(path, base)
  local inner, outer = M.normalize(path), M.normalize(base)
  if inner == outer then
    return "."
  end
  local prefix = outer == "/" and "/" or outer .. "/"
  if inner:sub(1, #prefix) == prefix then
    return inner:sub(#prefix + 1)
  end
  return nil
end

return M
