-- A report as a trace in Chrome's JSON form, for Perfetto (ui.perfetto.dev) and chrome://tracing: one slice a step and
-- one a process, and how many processes ran at once. Pure.

local argv = require("pienv.argv")
local json = require("pienv.json")

local M = {}

local STEPS, PROCESSES = 1, 2

local function micros(seconds)
  return math.floor(seconds * 1e6 + 0.5)
end

-- Slices of one lane must not overlap: each gets the first lane that is free.
local function lane_for(lanes, from, to)
  for i, till in ipairs(lanes) do
    if till <= from then
      lanes[i] = to
      return i
    end
  end
  lanes[#lanes + 1] = to
  return #lanes
end

local function slice(list, row)
  list[#list + 1] = row
end

local function name(list, pid, text)
  list[#list + 1] = { ph = "M", pid = pid, name = "process_name", args = { name = text } }
  list[#list + 1] = { ph = "M", pid = pid, name = "process_sort_index", args = { sort_index = pid } }
end

local function base(word)
  return word and word:match("[^/]+$") or "?"
end

local function process_slice(step, process, lane)
  return {
    ph = "X",
    cat = "process",
    name = base(process.argv[1]),
    pid = PROCESSES,
    tid = lane,
    ts = micros(process.start),
    dur = micros(process.seconds),
    args = {
      step = step.id,
      argv = json.array(process.argv),
      command = argv.quote(process.argv),
      cwd = process.cwd,
      pid = process.pid,
      exit = process.exit,
      signal = process.signal,
      cpu_seconds = process.cpu_seconds,
      max_rss = process.max_rss,
    },
  }
end

local function step_slice(step, lane)
  return {
    ph = "X",
    cat = "step",
    name = step.id,
    pid = STEPS,
    tid = lane,
    ts = micros(step.start),
    dur = micros(step.seconds),
    args = {
      state = step.state,
      reason = step.reason,
      target = step.target,
      needs = json.array(step.needs),
      cpu_seconds = step.cpu_seconds,
      max_rss = step.max_rss,
    },
  }
end

local function by_start(a, b)
  return a.start < b.start or a.start == b.start and (a.id or a.number) < (b.id or b.number)
end

-- How many processes run, wherever that changes.
local function counter(list, changes)
  table.sort(changes, function(a, b)
    return a.at < b.at or a.at == b.at and a.by < b.by
  end)
  local running = 0
  for _, change in ipairs(changes) do
    running = running + change.by
    slice(list, { ph = "C", pid = PROCESSES, name = "processes", ts = change.at, args = { running = running } })
  end
end

---@param report pienv.report
---@return string text
function M.make(report)
  local list, steps, processes, changes = {}, {}, {}, {}
  name(list, STEPS, "steps of " .. report.recipe)
  name(list, PROCESSES, "processes")
  for _, step in ipairs(report.steps) do
    steps[#steps + 1] = step.start and step or nil
    for _, process in ipairs(step.processes) do
      processes[#processes + 1] = { start = process.start, number = process.number, step = step, process = process }
      changes[#changes + 1] = { at = micros(process.start), by = 1 }
      changes[#changes + 1] = { at = micros(process.start + process.seconds), by = -1 }
    end
  end
  table.sort(steps, by_start)
  table.sort(processes, by_start)
  local lanes = { {}, {} }
  for _, step in ipairs(steps) do
    slice(list, step_slice(step, lane_for(lanes[STEPS], micros(step.start), micros(step.start + step.seconds))))
  end
  for _, row in ipairs(processes) do
    local till = micros(row.start + row.process.seconds)
    slice(list, process_slice(row.step, row.process, lane_for(lanes[PROCESSES], micros(row.start), till)))
  end
  counter(list, changes)
  return json.encode(json.readable({
    displayTimeUnit = "ms",
    otherData = { pienv = report.pienv, recipe = report.recipe, started = report.started },
    traceEvents = json.array(list),
  })) .. "\n"
end

return M
