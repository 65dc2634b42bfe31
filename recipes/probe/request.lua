-- What is probed: options and settings, and their check.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")

local M = {}

M.settings = {
  manifest = { default = "embedded-addon", about = "name, without its ending, of the file that describes the archive" },
}
for _, more in ipairs({ addon.settings, loading.settings }) do
  for name, setting in pairs(more) do
    M.settings[name] = setting
  end
end

M.options = {
  target = {
    about = "platform and architecture, as linux-x64; another machine's files are not loaded",
    default = function(host)
      return addon.tag(host)
    end,
  },
  mode = {
    default = "auto",
    choices = { "auto", "compiled", "staged", "install", "workspace" },
    about = "how the loader runs: compiled program, staged or plain install, or work tree; auto: as it would tell",
  },
  load = {
    default = "dlopen",
    choices = { "none", "dlopen", "node", "bun" },
    about = "what loads a candidate: nothing, a process of pienv, or a real runtime, there also in a worker",
  },
  all = { type = "boolean", default = false, about = "load every candidate, not only up to the first that loads" },
  extract = {
    type = "boolean",
    default = false,
    about = "extract or stage as the loader does, and remove the folders of old versions",
  },
  from = { about = "folder of the package; default: that of pienv.lua" },
  program = { about = "the program that loads the addon; default: bun or node on PATH, none for compiled" },
  libc = { default = "gnu", choices = { "gnu", "musl" }, about = "C library of the target, on Linux" },
  glibc = { about = "version of glibc that the target has, as 2.17" },
  after = {
    type = "list",
    default = {},
    about = "addons that node or bun loads before each candidate, as a program that uses others, too",
  },
  limit = { type = "integer", default = 60, about = "seconds that loading one file may take" },
}

---@param c pienv.context
---@return boolean here whether the target's files run on this machine
function M.is_host(c)
  return c.options.target == addon.tag(c.host)
end

local function check_foreign(c)
  local form = "%s is not loaded on %s"
  local message = form:format(c.options.target, addon.tag(c.host))
  if c.options.extract then
    c:fail(message .. ": there is nothing to extract", { exit = 4, hint = "leave out --extract" })
  elseif c.options.load ~= "none" and c.origin.load ~= "default" then
    c:fail(message, { exit = 4, hint = "--load none: only the bytes are looked at" })
  end
end

---Rejects what cannot be probed. That a target is not supported is no error here: it is told when nothing loads.
---@param c pienv.context
function M.check(c)
  if not c.options.target:find("^%l[%l%d]*%-%l[%l%d]*$") then
    c:fail(
      ("'%s' is no target"):format(c.options.target),
      { exit = 4, hint = "as linux-x64: " .. table.concat(c.settings.tags, ", ") }
    )
  elseif c.options.limit < 1 then
    c:fail("limit must be at least 1 second", { exit = 4 })
  elseif c.options.glibc and not c.options.glibc:find("^%d+%.%d+$") then
    c:fail(("glibc: '%s' is no version"):format(c.options.glibc), { exit = 4, hint = "as 2.17" })
  end
  local _, err = loading.names(c.settings.variables)
  if err then
    c:fail(err, { exit = 3, hint = "known: cache, compiled, debug, folder, staging, variant" })
  elseif not M.is_host(c) then
    check_foreign(c)
  end
  local load = M.loads(c)
  if #c.options.after > 0 and load ~= "node" and load ~= "bun" then
    c:fail("only a runtime loads other addons first", { exit = 4, hint = "--after needs --load node or --load bun" })
  end
end

---What loads the candidates.
---@param c pienv.context
---@return "none"|"dlopen"|"node"|"bun"
function M.loads(c)
  return M.is_host(c) and c.options.load or "none"
end

return M
