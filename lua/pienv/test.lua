-- Tests of Lua code and of recipes, run by `pienv test FILE...`; output is TAP version 14, with --json an event a test.
--
--   local t = require "pienv.test"
--   t.test("adds", function()
--     t.equal(1 + 1, 2)
--   end)
--
-- Checks raise; a test passes when nothing was raised. Tests run in the order of the file.

local failure = require("pienv.failure")

local M = {}

local cases = {}

---Declares a test.
---@param name string unique in its file
---@param run fun()
function M.test(name, run)
  cases[#cases + 1] = { name = name, run = run }
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  return keys
end

---Writes any value as text, tables with sorted keys: for messages.
---@param value any
---@return string
function M.show(value)
  if type(value) == "string" then
    return string.format("%q", value)
  end
  if type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for _, key in ipairs(sorted_keys(value)) do
    parts[#parts + 1] = "[" .. M.show(key) .. "]=" .. M.show(value[key])
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

---Raises unless the two values are equal; tables are compared by content.
---@param got any
---@param want any
---@param what? string said in the message
function M.equal(got, want, what)
  local a, b = M.show(got), M.show(want)
  if a ~= b then
    error((what and what .. ": " or "") .. "got " .. a .. ", want " .. b, 2)
  end
end

---Raises unless the value is true-like.
---@param value any
---@param what? string
function M.ok(value, what)
  if not value then
    error((what or "value") .. " is " .. tostring(value), 2)
  end
end

---Raises unless the text holds the pattern's plain text.
---@param text string
---@param part string
function M.contains(text, part)
  if not string.find(text, part, 1, true) then
    error(M.show(text) .. " does not contain " .. M.show(part), 2)
  end
end

---Calls the function and returns what it raised; raises when it raised nothing.
---@param run function
---@return any raised
function M.raises(run, ...)
  local ok, raised = pcall(run, ...)
  if ok then
    error("nothing was raised", 2)
  end
  return raised
end

---Ends the current test as skipped, with a reason.
---@param reason string
function M.skip(reason)
  error({ skip = reason })
end

local function message_of(raised)
  local text = type(raised) == "table" and raised.message or raised
  return type(text) == "string" and text or M.show(raised)
end

-- Runs a test; "passed", "failed" or "skipped", and why.
local function run_case(case)
  local ok, raised = xpcall(case.run, function(raised)
    if type(raised) == "table" then
      return raised
    end
    return debug.traceback(tostring(raised), 2)
  end)
  if failure.ends_run(raised) then
    error(raised, 0)
  elseif ok then
    return "passed"
  elseif type(raised) == "table" and raised.skip then
    return "skipped", raised.skip
  end
  return "failed", message_of(raised)
end

local tap = {}

function tap.plan(count)
  print("TAP version 14")
  print("1.." .. count)
end

function tap.case(number, name, state, why)
  local head = state == "failed" and "not ok " or "ok "
  print(head .. number .. " - " .. name .. (state == "skipped" and " # SKIP " .. why or ""))
  if state == "failed" then
    print("  " .. string.gsub(why, "\n", "\n  "))
  end
end

---@class pienv.test.teller
---@field plan fun(count: integer)
---@field case fun(number: integer, name: string, state: "passed"|"failed"|"skipped", why?: string)

-- Loads a test file; what is wrong with it is an error of the file.
local function load_tests(file, text)
  local run, err
  if text then
    run, err = load(text, "@" .. file, "t")
  else
    run, err = loadfile(file, "t")
  end
  if not run then
    failure.raise({ code = "P0207", message = err, hint = "pienv test FILE..." })
  end
  run()
end

---Runs test files; the exit code is 1 when a test failed.
---@param files string[]
---@param read? fun(file: string): string? gives a file's text; it is read as it is when there is none
---@param teller? pienv.test.teller TAP without
---@return integer exit_code
function M.main(files, read, teller)
  local failed, told = 0, teller or tap
  for _, file in ipairs(files) do
    load_tests(file, read and read(file))
  end
  told.plan(#cases)
  for number, case in ipairs(cases) do
    local state, why = run_case(case)
    told.case(number, case.name, state, why)
    failed = failed + (state == "failed" and 1 or 0)
    collectgarbage()
  end
  return failed == 0 and 0 or 1
end

return M
