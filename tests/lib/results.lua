-- Reads what the test runs left: TAP files (tests/lib/tap), the list of tests that should have run (tests/run), the
-- budgets and the optional tools. For tests/summary and tests/contract; run from the top folder, with plain Lua 5.4.

local M = {}

local function lines_of(path)
  local list = {}
  local file = io.open(path)
  if file then
    for line in file:lines() do
      list[#list + 1] = line
    end
    file:close()
  end
  return list, file ~= nil
end

M.lines_of = lines_of

---The names of the tests that should have run in a build, as "group/name".
---@param build string folder
---@return string[] names
function M.expected(build)
  return (lines_of(build .. "/results/expected"))
end

local function parse_case(line)
  local bad, rest = line:match("^(n?o?t? ?)ok%s*%d*%s*%-?%s*(.*)$")
  if not bad or bad ~= "" and bad ~= "not " then
    return nil
  end
  local name, reason = rest:match("^(.-)%s*#%s*[Ss][Kk][Ii][Pp]%s*(.*)$")
  return { name = name or rest, reason = reason, outcome = bad ~= "" and "failed" or reason and "skipped" or "passed" }
end

---The result of one test program.
---@param build string folder
---@param test string "group/name"
---@return { cases: { name: string, outcome: "passed"|"failed"|"skipped", reason: string? }[], seconds: number } result
function M.read(build, test)
  local cases, seconds = {}, 0
  local lines, found = lines_of(build .. "/results/" .. test .. ".tap")
  for _, line in ipairs(lines) do
    local whole_skip = line:match("^1%.%.0 # SKIP%s*(.*)$")
    local case = whole_skip and { name = "all of it", reason = whole_skip, outcome = "skipped" } or parse_case(line)
    cases[#cases + 1] = case
    local milliseconds = line:match("^# took (%d+) ms$")
    seconds = milliseconds and tonumber(milliseconds) / 1000 or seconds
  end
  if not found then
    cases[1] = { name = "did not finish, or did not run", outcome = "failed" }
  end
  return { cases = cases, seconds = seconds }
end

---Seconds by group, from tests/budgets.
---@return table<string, number> budgets
function M.budgets()
  local budgets = {}
  for _, line in ipairs(lines_of("tests/budgets")) do
    local group, seconds = line:match("^([%w_]+)%s+(%d+)")
    if group then
      budgets[group] = tonumber(seconds)
    end
  end
  return budgets
end

---The set of names in the first column of the table of optional tools in docs/TESTING.md.
---@return table<string, true> names
function M.optional_tools()
  local names, inside = {}, false
  for _, line in ipairs(lines_of("docs/TESTING.md")) do
    if line:match("^#") then
      inside = line:match("^#+ Optional tools") ~= nil
    end
    local name = inside and line:match("^| `([^`]+)`")
    if name then
      names[name] = true
    end
  end
  return names
end

return M
