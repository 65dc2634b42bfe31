-- Options and settings of pienv doctor.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")

local M = {}

M.settings = {
  manifest = { default = "embedded-addon", about = "name, without its ending, of the file that describes the archive" },
  builder = { default = "napi", about = "what compiles: napi needs the program of that name" },
}
for _, more in ipairs({ addon.settings, loading.settings }) do
  for name, setting in pairs(more) do
    M.settings[name] = setting
  end
end

M.options = {
  fix = { type = "boolean", default = false, about = "repair what can be repaired without loss" },
  limit = { type = "integer", default = 60, about = "seconds that loading one file may take" },
}
for _, name in ipairs({ "CROSS_TARGET", "TARGET_PLATFORM", "TARGET_ARCH", "TARGET_VARIANT" }) do
  M.options[name:lower()] = { env = name, about = "looked at, as a build would take it" }
end

---@param c pienv.context
function M.check(c)
  if c.options.limit < 1 then
    c:fail("limit must be at least 1 second", { exit = 4 })
  end
  local _, err = loading.names(c.settings.variables)
  if err then
    c:fail(err, { exit = 3, hint = "known: cache, compiled, debug, folder, staging, variant" })
  end
end

return M
