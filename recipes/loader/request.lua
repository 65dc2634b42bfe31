-- What is generated: settings and options, their check, and the version that the loader is for.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local packages = require("recipes.addon.package")
local path = require("pienv.path")

local M = {}

M.settings = {
  loader = { default = "loader", about = "name, without its ending, of the generated files in the output folder" },
  manifest = { default = "embedded-addon", about = "name, without its ending, of what pienv embed writes" },
}
for _, shared in ipairs({ addon.settings, loading.settings }) do
  for name, setting in pairs(shared) do
    M.settings[name] = setting
  end
end

M.options = {
  check = { type = "boolean", default = false, about = "only compare: exit 1 where the files on disk are others" },
}

---The package's folder of addons, absolute.
---@param c pienv.context
---@return string
function M.output(c)
  return path.join(path.absolute(c.settings.package, c.root), c.settings.output)
end

-- Names of variables stand in JavaScript as they are.
local function check_variables(c)
  local names, err = loading.names(c.settings.variables)
  for _, name in pairs(names or c:fail(err, { exit = 3 })) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_]*$") then
      c:fail(("variables: '%s' is no name of a variable"):format(tostring(name)), { exit = 3 })
    end
  end
end

---Rejects names that cannot stand where they are written.
---@param c pienv.context
function M.check(c)
  for _, name in ipairs({ "loader", "manifest" }) do
    local value = c.settings[name]
    if type(value) ~= "string" or not value:find("^[%w_][%w_.-]*$") then
      c:fail(("%s: '%s' cannot begin a file name"):format(name, tostring(value)), { exit = 3 })
    end
  end
  check_variables(c)
end

---Name and version in the package's package.json, and whether node takes its .js files for modules.
---@param s pienv.context
---@return { name: string, version: string, type?: string, main?: string }
function M.package(s)
  local file = path.join(path.absolute(s.settings.package, s.root), "package.json")
  local text, err = s.fs.read(file)
  local meta, why = packages.read({ file = file, text = text or "", decode = s.json.decode })
  return meta or s:fail(text and why or err, { exit = 4, hint = "the loader asks for the package's version" })
end

return M
