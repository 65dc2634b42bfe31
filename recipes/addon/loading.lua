-- How an addon is chosen and loaded at run time, as data: the names that differ in every repository (settings) and the
-- orders that do not (rules). `pienv probe` reads them, and the generated loader of a package carries them as JSON.

local M = {}

---Names, in the stock project's words. A project's pienv.lua replaces whichever differ.
M.settings = {
  app = { default = "omp", about = "the program's name: its folders, and who is to be restarted" },
  variables = {
    default = {},
    about = "environment variables under other names: variant, cache, compiled, folder, staging, debug",
  },
  leaf = { default = "{package}-{tag}", about = "name of the npm package that holds the files of one target" },
  hook = { default = "__ompInstallTokioRuntime", about = "export that is called once after loading; '': none" },
  minimal_abi = {
    default = {},
    about = "exports by which an addon without any sentinel is known to fit; empty: such an addon is refused",
  },
  install_command = { default = "bun install {package}", about = "how a user installs the package again" },
  build_command = {
    default = "bun --cwd={folder} run build",
    about = "how a developer builds it; {folder}: the package's",
  },
  download = { default = "", about = "URL of a released file, with {version}, {tag}, {name}; '': there is none" },
}

---Variables by what they are for.
M.variables = {
  variant = "PI_NATIVE_VARIANT", -- overrides the choice
  cache = "__PI_NATIVE_VARIANT_CACHE", -- hands the detected variant to workers and children
  compiled = "PI_COMPILED",
  folder = "PI_NATIVES_DIR",
  staging = "PI_NATIVES_STAGING", -- one of rules.off: addons of node_modules are loaded where they are
  debug = "PI_DEBUG_STARTUP",
}

M.rules = {
  -- What says "compiled", the first that does.
  compiled = { "manifest", "variable", "url" },
  compiled_urls = { "$bunfs", "~BUN", "%7EBUN" },
  modules_folder = "node_modules",
  off = { "0", "off", "false", "no" },

  -- Folders of the candidates by mode. In each group: for each file name, each folder.
  order = {
    compiled = { { "versioned", "user" }, { "native", "exec" } },
    staged = { { "versioned" }, { "leaf" }, { "native", "exec" } },
    install = { { "leaf" }, { "native", "exec" } },
    workspace = { { "native", "exec" } },
  },

  -- Where the natives folder is, the first that can be told: a variable's value or the user's home, and what is joined
  -- to it. `path`: trimmed, "~" is the home, a relative or empty one counts as unset. `needs`: that folder must exist.
  natives = {
    { variable = "folder", path = true },
    { env = "XDG_DATA_HOME", needs = { "{app}" }, join = { "{app}", "natives" } },
    { home = true, join = { ".{app}", "natives" } },
  },
  -- Where older releases of the compiled program put their addon.
  user = {
    win32 = { { env = "LOCALAPPDATA", join = { "{app}" } }, { home = true, join = { "AppData", "Local", "{app}" } } },
    others = { { home = true, join = { ".local", "bin" } } },
  },

  -- Modes whose addons must be of the loader's version, and which the files of a mode come from.
  checked = { compiled = true, staged = true, install = true, workspace = false },
  staged_platform = "win32",

  -- Folders of versions that nobody can be using: older by number, untouched for so many seconds.
  stale_seconds = 600,
  temporary = "{target}.tmp.{pid}.{ms}",
  mode = "0755", -- of an extracted file
  memo = "{name}.sum", -- beside it: its digest, and by what it is known again (recipes/addon/memo.lua)
}

---The variables of a project: the stock names, but for those that it gives.
---@param given table<string, string> the setting
---@return table<string, string>? names
---@return string? err a name that means nothing
function M.names(given)
  local names = {}
  for what, name in pairs(M.variables) do
    names[what] = given[what] or name
  end
  for what in pairs(given) do
    if not M.variables[what] then
      return nil, ("variables: unknown name '%s'"):format(tostring(what))
    end
  end
  return names
end

---Puts values in the places of a form: "{name}" becomes values.name. A place without a value stays.
---@param form string
---@param values table<string, string|number>
---@return string
function M.fill(form, values)
  return (form:gsub("{(%w+)}", function(name)
    return values[name] and tostring(values[name])
  end))
end

return M
