-- require "pienv": what recipes and project files are written with.

local failure = require("pienv.failure")
local recipe = require("pienv.recipe")

local M = {}

---Declares a recipe: the value that a file in recipes/ returns.
---@param spec table fields as in docs/RECIPES.md
---@return table
M.recipe = recipe.recipe

---Declares a project: the value that pienv.lua returns.
---@param spec table settings of the recipes, and `override`
---@return table
M.project = recipe.project

---Raises a failure from code that has no step context (shared modules): it ends the run with exit code 4.
---@param message string
---@param opts? { exit?: integer, hint?: string }
function M.fail(message, opts)
  opts = opts or {}
  failure.raise({ code = "P0301", exit = opts.exit, message = message, hint = opts.hint })
end

return M
