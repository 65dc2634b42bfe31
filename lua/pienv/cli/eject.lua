-- pienv eject NAME: writes the stock recipe of that name into recipes/, byte for byte, where the project's wins.

local beneath = require("pienv.beneath")
local failure = require("pienv.failure")
local fs = require("pienv.fs")
local path = require("pienv.path")
local presence = require("pienv.presence")
local sessions = require("pienv.cli.session")
local trust = require("pienv.trust")
local vm = require("pienv.vm")

local M = {}

---Names of the recipes that can be ejected.
---@return string[]
function M.names()
  local names = {}
  for _, entry in ipairs(vm.stock_names()) do
    names[#names + 1] = entry:match("^recipes/([%w_-]+)%.lua$")
  end
  return names
end

-- In the tree of another user the folder is held open, and is no link: what its owner puts in its place after the look
-- is not written to. In one's own a link is one's own, and the folder goes by its path.
local function open_folder(root, folder)
  local inner, stat = path.relative(folder, root), fs.stat(root)
  if inner and stat and stat.uid ~= fs.user() then
    return fs.folder(root, inner, { create = true })
  end
  local _, err = fs.mkdirs(folder)
  return nil, err
end

local function fail(message, hint)
  failure.raise({ code = "P0304", message = message, hint = hint or "eject where you may write" })
end

local function write(root, file, text)
  local folder, name = path.dirname(file), path.basename(file)
  local opened <close>, err = open_folder(root, folder)
  if err then
    fail(err)
  end
  local at = opened and opened:path() or folder
  fs.sweep(at) -- what a killed one left
  if presence.stat(path.join(at, name), { follow = false }) then
    fail(file .. " exists already", "move it away first")
  end
  local made, why = fs.write(path.join(at, name), text)
  if not made then
    fail(beneath.by_path(why, at, folder))
  end
end

function M.run(session)
  local name = session.line.rest[1]
  local text = name and vm.stock("recipes/" .. name .. ".lua")
  if not text then
    failure.raise({
      code = "P0102",
      message = name and "no stock recipe is named '" .. name .. "'" or "eject which recipe?",
      hint = "stock: " .. table.concat(M.names(), ", "),
    })
  end
  local opened = sessions.project(session)
  local folder = opened.recipes_dir or path.join(opened.root, "recipes")
  local file = path.join(folder, name .. ".lua")
  trust.check_folder(folder, opened.trusted) -- a link of another user would lead the file elsewhere
  write(opened.root, file, text)
  session.ui:file(file, "written")
  return 0
end

return M
