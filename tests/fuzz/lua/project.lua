-- The tables that users write (lua/pienv/recipe.lua, schema.lua), and where in their text an error is shown
-- (source.lua). Input: JSON of the table, then a NUL byte and the text of the file, if there is one.

local failure = require("pienv.failure")
local json = require("pienv.json")
local recipe = require("pienv.recipe")
local source = require("pienv.source")

local CHUNK = "=fuzz"

-- Functions have no form in JSON: a text that says so stands for one.
local function with_functions(value)
  if value == "function" then
    return function() end
  elseif type(value) ~= "table" then
    return value ~= json.null and value or nil
  end
  local result = {}
  for key, inner in pairs(value) do
    result[key] = with_functions(inner)
  end
  return result
end

local function try(call, ...)
  local ok, result = pcall(call, ...)
  if not ok and not failure.is(result) then
    error(result, 0)
  elseif not ok then
    assert(failure.render(result) ~= "", "an error without a text")
  end
  return ok and result or nil
end

return function(bytes)
  local text, code = bytes:match("^([^\0]*)\0?(.*)$")
  local value = json.decode(text)
  if type(value) ~= "table" then
    return
  end
  source.register(CHUNK, code)
  local spec = try(recipe.recipe, with_functions(value))
  local defined = spec and try(recipe.define, spec, "fuzz", CHUNK)
  if defined then
    try(recipe.override, defined, with_functions(value), CHUNK, "fuzz")
  end
end
