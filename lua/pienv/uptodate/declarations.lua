-- What a step declares so that it can be skipped: fields of its table, and their check.

local failure = require("pienv.failure")
local schema = require("pienv.schema")
local shape = require("pienv.shape")

local M = {}

local FIELDS = { inputs = "table|function", outputs = "table|function", env = "table" }

---The fields of a step, with those that declare what it depends on.
---@param fields table<string, string> field -> type
---@return table<string, string> fields the same table
function M.fields(fields)
  for name, type_name in pairs(FIELDS) do
    fields[name] = type_name
  end
  return fields
end

---Copies the declarations of one step to another.
---@param from table
---@param to table
function M.copy(from, to)
  for name in pairs(FIELDS) do
    to[name] = from[name]
  end
end

local function check_entries(chunk, name, step, field)
  for i, entry in ipairs(step[field]) do
    if type(entry) ~= "string" or entry == "" then
      local message = ("entry %d of '%s' of step '%s' must be a text"):format(i, field, name)
      schema.raise(chunk, { "steps", name, field }, { code = "P0202", message = message })
    end
  end
end

-- Steps of which nothing is wrong, and that need no other one.
local PLAIN = { about = "string", run = "function!", inputs = "texts|function", outputs = "texts|function" }
local FINALLY = { about = "string", run = "function!", finally = "boolean" }
local WITH_ENV = {
  about = "string",
  run = "function!",
  inputs = "texts|function!",
  outputs = "texts|function",
  env = "texts",
}

---Is nothing wrong with any step, and does none need another one or a target? Asked before each is checked by itself,
---in the order of their names: of ten thousand steps nearly all are such.
---@param steps table<any, any>
---@return boolean
function M.are_plain(steps)
  return shape.all(steps, PLAIN, WITH_ENV, FINALLY)
end

---Raises what is wrong with the declarations of a step.
---@param chunk string
---@param name string
---@param step pienv.step
function M.check(chunk, name, step)
  local declared = step.inputs or step.outputs
  if not (declared or step.env) then
    return
  end
  local wrong = not declared and "declares 'env', but neither 'inputs' nor 'outputs'"
    or step.finally and "always runs ('finally'), so it cannot declare 'inputs' or 'outputs'"
  if wrong then
    schema.raise(chunk, { "steps", name }, { code = "P0202", message = "step '" .. name .. "' " .. wrong })
  end
  for _, field in ipairs({ "inputs", "outputs", "env" }) do
    if type(step[field]) == "table" then
      check_entries(chunk, name, step, field)
    end
  end
end

---What a declaration gives: a list, as it stands or from a function of the context. Raises what is no list of texts.
---@param instance pienv.instance
---@param field "inputs"|"outputs"
---@param context_of fun(instance: pienv.instance): pienv.context
---@return string[]
function M.list_of(instance, field, context_of)
  local list = instance.step[field]
  if type(list) ~= "function" then
    return list or {}
  end
  list = list(context_of(instance))
  local wrong = type(list) ~= "table" and type(list)
  for _, name in ipairs(wrong and {} or list) do
    wrong = wrong or (type(name) ~= "string" or name == "") and "one that holds a " .. type(name)
  end
  if wrong then
    local message = ("'%s' of step '%s' must give a list of paths, got %s"):format(field, instance.name, wrong)
    failure.raise({ code = "P0202", message = message })
  end
  return list
end

return M
