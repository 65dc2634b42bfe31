-- The addons of a target that are there, held so that what is read later is in the folder where they were found.

local beneath = require("pienv.beneath")
local path = require("pienv.path")

local M = {}

---@class addon.found
---@field variant? string
---@field filename string
---@field path string absolute, as users know it
---@field held pienv.beneath.held the file, by which it is read: in its folder, open until the run ends
---@field stat pienv.fs.stat

-- What is made of them is for everybody: what only this user may read must not get into it by a link that somebody else
-- made, now or while this goes on.
local function hold(c, file)
  local held, err, code, hint = beneath.hold(c.fs, c.root, file)
  return held or code ~= "ENOENT" and c:fail(err, { exit = hint and 4, hint = hint }) or nil
end

-- One file; nil where it is not there.
local function find(c, file)
  local held = hold(c, file)
  local stat, err, code = nil, nil, "ENOENT"
  if held then
    stat, err, code = c.fs.stat(held.at, { follow = held.follow })
  end
  if stat and stat.type ~= "file" then
    c:fail(("%s is a %s, no file"):format(file, stat.type), { hint = "remove it, and build the addon again" })
  elseif not stat and code ~= "ENOENT" then
    c:fail(beneath.by_path(err, held.at, file))
  end
  return stat and { path = file, held = held, stat = stat } or nil
end

---Those of the candidates that are there, in their order. Fails at what is no file, or cannot be read safely.
---@param c pienv.context
---@param folder string absolute
---@param candidates { variant?: string, filename: string }[]
---@return addon.found[]
function M.find(c, folder, candidates)
  local list = {}
  for _, candidate in ipairs(candidates) do
    local found = find(c, path.join(folder, candidate.filename))
    if found then
      found.variant, found.filename = candidate.variant, candidate.filename
      list[#list + 1] = found
    end
  end
  return list
end

return M
