-- What GitHub Actions gets of a run: a summary of the job as a table, and outputs for the steps that follow.

local fs = require("pienv.fs")
local json = require("pienv.json")
local style = require("pienv.ui.style")

local M = {}

-- A summary may have 1 MiB; who runs thousands of steps wants to see the slow and the failed ones.
local MOST_ROWS = 200

local marks = { done = "✅", ["up to date"] = "☑️", skipped = "⏭️", failed = "❌", ["not run"] = "⬜" }

-- Text in a cell of a table: no markup, one line.
local function cell(value)
  local text = json.utf8(tostring(value or "")):gsub("[&<>|`*_%[%]\\]", function(char)
    return ("&#%d;"):format(char:byte())
  end)
  return (text:gsub("[%c]+", " "))
end

local function table_of(titles, rows)
  local lines = { "| " .. table.concat(titles, " | ") .. " |", "|" .. (" --- |"):rep(#titles) }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |"
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The failed steps and the longest ones, in the order of the plan.
local function chosen(steps)
  local by_length, chosen_steps, list = { table.unpack(steps) }, {}, {}
  table.sort(by_length, function(a, b)
    local a_failed, b_failed = a.state == "failed", b.state == "failed"
    if a_failed ~= b_failed then
      return a_failed
    end
    return a.seconds > b.seconds or a.seconds == b.seconds and a.id < b.id
  end)
  for i = 1, math.min(MOST_ROWS, #by_length) do
    chosen_steps[by_length[i]] = true
  end
  for _, step in ipairs(steps) do
    list[#list + 1] = chosen_steps[step] and step or nil
  end
  return list
end

local function step_rows(steps)
  local rows = {}
  for i, step in ipairs(chosen(steps)) do
    rows[i] = {
      (marks[step.state] or "") .. " " .. cell(step.id),
      cell(style.seconds(step.seconds)),
      step.cpu_seconds > 0 and cell(style.seconds(step.cpu_seconds)) or "",
      step.max_rss > 0 and cell(style.amount(step.max_rss)) or "",
      cell(step.reason),
    }
  end
  return rows
end

local function artifact_rows(artifacts)
  local rows = {}
  for i, artifact in ipairs(artifacts) do
    rows[i] = { cell(artifact.path), cell(artifact.size), cell(artifact.sha256) }
  end
  return rows
end

---The summary as Markdown.
---@param report pienv.report
---@return string
function M.summary(report)
  local ok = report.exit == 0 or report.exit == 10
  local title = "### %s pienv %s: %s in %s\n\n"
  local how = report.signal or ok and "done" or "failed"
  local name = report.recipe .. (report.verb and " " .. report.verb or "")
  local parts = { title:format(ok and "✅" or "❌", cell(name), cell(how), style.seconds(report.seconds)) }
  parts[#parts + 1] = table_of({ "step", "time", "cpu", "memory", "reason" }, step_rows(report.steps))
  if #report.steps > MOST_ROWS then
    parts[#parts + 1] = ("\n%d of %d steps: those that failed and the longest.\n"):format(MOST_ROWS, #report.steps)
  end
  if #report.artifacts > 0 then
    parts[#parts + 1] = "\n" .. table_of({ "artifact", "bytes", "sha256" }, artifact_rows(report.artifacts))
  end
  return table.concat(parts) .. "\n"
end

-- "name=value", or the form for values of several lines, whose end must not stand in them.
local function output(name, value)
  value = json.utf8(value)
  if not value:find("[\r\n]") then
    return name .. "=" .. value .. "\n"
  end
  local mark = "pienv-" .. require("pienv.sha256").hash(value)
  return ("%s<<%s\n%s\n%s\n"):format(name, mark, value, mark)
end

local function column(rows, field)
  local values = {}
  for _, row in ipairs(rows) do
    values[#values + 1] = row[field]
  end
  return table.concat(values, "\n")
end

---Outputs of the job's step: cache-hit and cache-key where the cache was asked, artifact and artifact-sha256 where
---there are artifacts, one a line where there are several.
---@param report pienv.report
---@return string
function M.outputs(report)
  local parts, hits, asked, keys = {}, 0, 0, {}
  for _, row in ipairs(report.cache) do
    local answered = row.state == "hit" or row.state == "miss" or row.state == "stored" or row.state == "built"
    asked, hits = asked + (answered and 1 or 0), hits + (row.state == "hit" and 1 or 0)
    keys[#keys + 1] = (answered or row.state == "key") and row.key and { key = row.key } or nil
  end
  if asked > 0 then
    parts[#parts + 1] = output("cache-hit", tostring(hits == asked))
  end
  if #keys > 0 then
    parts[#parts + 1] = output("cache-key", column(keys, "key"))
  end
  if #report.artifacts > 0 then
    parts[#parts + 1] = output("artifact", column(report.artifacts, "path"))
    parts[#parts + 1] = output("artifact-sha256", column(report.artifacts, "sha256"))
  end
  return table.concat(parts)
end

---Appends to the files that GitHub names in the environment.
---@param report pienv.report
---@param env table<string, string>
---@param warn fun(text: string)
function M.write(report, env, warn)
  for variable, text in pairs({ GITHUB_STEP_SUMMARY = M.summary(report), GITHUB_OUTPUT = M.outputs(report) }) do
    if env[variable] and text ~= "" then
      local ok, err = fs.append(env[variable], text)
      if not ok then
        warn("warning: " .. variable .. ": " .. err)
      end
    end
  end
end

return M
