-- The fake's open folders (pienv.fake): their path is the folder's own, for nobody exchanges anything in a fake.

local path = require("pienv.path")

local M = {}

local function nothing() end

-- The first link among the parts of a path.
local function has_link(links, root, name)
  local folder = root
  for part in (path.relative(name, root) or "."):gmatch("[^/]+") do
    folder = path.join(folder, part)
    if links[folder] then
      return true
    end
  end
  return false
end

---Makes the fake of pienv.fs.folder.
---@param fs table the fake's files
---@param links table<string, string> symbolic links by their absolute path
---@return function folder
function M.new(fs, links)
  return function(root, inner, options)
    local name = path.join(root, inner or ".")
    if has_link(links, root, name) then
      return nil, "open folder " .. name .. ": Too many levels of symbolic links", "ELOOP"
    elseif options and options.create then
      fs.mkdirs(name)
    end
    local stat = fs.stat(name)
    if not stat then
      return nil, "open folder " .. name .. ": No such file or directory", "ENOENT"
    elseif stat.type ~= "directory" then
      return nil, "open folder " .. name .. ": Not a directory", "ENOTDIR"
    end
    local function at()
      return name
    end
    return setmetatable({ path = at, close = nothing }, { __close = nothing })
  end
end

return M
