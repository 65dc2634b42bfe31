-- pienv types: what an editor with the Lua language server needs to know pienv: the annotated sources and stubs below
-- .pienv/types/, and a .luarc.json that names them. What stands in a .luarc.json of yours stays.

local beneath = require("pienv.beneath")
local failure = require("pienv.failure")
local fs = require("pienv.fs")
local json = require("pienv.json")
local path = require("pienv.path")
local sessions = require("pienv.cli.session")
local state = require("pienv.state")
local vm = require("pienv.vm")

local M = {}

local LIBRARY = ".pienv/types"

local NEW = [[
{
  "runtime.version": "Lua 5.4",
  "runtime.path": ["?.lua", "?/init.lua"],
  "workspace.library": ["]] .. LIBRARY .. [["],
  "workspace.checkThirdParty": false
}
]]

local function fail(message, hint)
  failure.raise({ code = "P0304", message = message, hint = hint or "go to a folder where you may write" })
end

---Where a stock file goes below the library; nil for what no recipe requires.
---@param name string "lua/pienv/_meta/fs.lua"
---@return string?
function M.place(name)
  if name:find("^lua/pienv/cli") then
    return nil
  end
  return name:gsub("^lua/", "")
end

-- Adds the library to a decoded .luarc.json, in whichever form it has; false: it is there.
local function add_library(settings)
  local nested = type(settings.workspace) == "table" and settings["workspace.library"] == nil
  local holder, key = settings, "workspace.library"
  if nested then
    holder, key = settings.workspace, "library"
  end
  local list = type(holder[key]) == "table" and holder[key] or {}
  for _, entry in ipairs(list) do
    if entry == LIBRARY then
      return false
    end
  end
  list[#list + 1] = LIBRARY
  holder[key] = json.array(list)
  return true
end

-- The text that .luarc.json should have; nil: the one it has is fine.
local function luarc(file)
  local text, err, code = fs.read(file, { follow = false }) -- a link would put another file's text into the tree
  if not text then
    return code == "ENOENT" and NEW or fail(err)
  end
  local settings = json.decode(text)
  if type(settings) ~= "table" then
    fail(file .. " is no plain JSON", 'add to it yourself: "workspace.library": ["' .. LIBRARY .. '"]')
  end
  return add_library(settings) and json.encode(settings) .. "\n" or nil
end

local function write(file, text)
  local ok, err = fs.mkdirs(path.dirname(file))
  if ok then
    ok, err = fs.write(file, text)
  end
  return ok or fail(err)
end

-- The folder of the library, empty: what another version wrote is gone. Written to by its handle.
local function open_library(opened)
  local name = path.basename(LIBRARY)
  local link = beneath.link_on_way(fs, opened.root, path.join(opened.root, LIBRARY))
  if link then
    fail("not writing " .. LIBRARY .. ": " .. link .. " is a symbolic link", "remove the link")
  end
  local top <close> = fs.folder(opened.root, state.NAME)
  if top then
    fs.remove_tree(top:path() .. "/" .. name)
  end
  local folder, err = state.open(opened.root, name)
  return folder or fail(err)
end

local function write_library(opened)
  local folder <close> = open_library(opened)
  for _, name in ipairs(vm.stock_names()) do
    local place = M.place(name)
    if place then
      write(folder:path() .. "/" .. place, vm.stock(name))
    end
  end
  return path.join(opened.root, LIBRARY)
end

function M.run(session)
  local opened = sessions.project(session)
  local file = path.join(opened.root, ".luarc.json")
  local text = luarc(file)
  session.ui:file(write_library(opened), "written")
  if text then
    write(file, text)
    session.ui:file(file, "written")
  end
  session.ui:note("next: open the folder in an editor with the Lua language server")
  return 0
end

return M
