-- What `pienv check` proves without running anything: rule ids and what they mean.

---@type table<string, string>
local M = {}

M.about = {
  ["bad-file-name"] = "the policy 'filename' gives something that is no file name",
  ["command-name"] = "a recipe has the name of a command: it runs with `pienv run NAME` only",
  ["cycle"] = "steps need each other",
  ["lua-error"] = "a file cannot be read as Lua, or raises an error when it is loaded",
  ["multiple-results"] = "a call whose several results all become arguments or entries",
  ["no-recipe"] = "a file does not return pienv.recipe or pienv.project",
  ["no-targets"] = "a step runs for each target, but the recipe has none",
  ["reserved-name"] = "an option or step has a name that is taken",
  ["same-file-name"] = "two targets have one file name",
  ["unknown-name"] = "a field, step, option or recipe that does not exist",
  ["unreachable-file"] = "a file that is made but that no loader candidate reaches",
  ["wrong-type"] = "a field is missing or has a wrong type",
}

-- Rules that are told by errors of loading, by their code.
M.of_code = {
  P0202 = "wrong-type",
  P0203 = "unknown-name",
  P0204 = "cycle",
  P0205 = "no-recipe",
  P0206 = "reserved-name",
  P0213 = "no-targets",
}

return M
