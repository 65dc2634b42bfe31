-- pienv eject NAME: writes the stock recipe of that name into recipes/, byte for byte, where the project's wins.

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
  fs.sweep(folder) -- what a killed one left
  if presence.stat(file, { follow = false }) then
    failure.raise({ code = "P0304", message = file .. " exists already", hint = "move it away first" })
  end
  local made, err = fs.mkdirs(folder)
  if made then
    made, err = fs.write(file, text)
  end
  if not made then
    failure.raise({ code = "P0304", message = err, hint = "eject where you may write" })
  end
  session.ui:file(file, "written")
  return 0
end

return M
