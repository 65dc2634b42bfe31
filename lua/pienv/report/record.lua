-- What a run did, as one document: a listener of the ui that gathers steps, processes, artifacts, what the cache did
-- and failures. Reports, traces, the timings page and GitHub's job summary are made of it.

local json = require("pienv.json")
local path = require("pienv.path")
local style = require("pienv.ui.style")
local time = require("pienv.time")

local M = {}

---@class pienv.record
---@field document pienv.report
local record = {}
record.__index = record

---@class pienv.report see docs/schema/report.json
---@field v 1
---@field type "report"
---@field recipe string
---@field verb? string
---@field argv string[]
---@field root string
---@field pienv string version
---@field started string time stamp
---@field jobs integer
---@field host { platform: string, arch: string, level?: integer, cores: integer }
---@field seconds? number
---@field exit? integer
---@field signal? string
---@field log? string folder of the run's logs
---@field steps pienv.report.step[] in the order of the plan
---@field artifacts table[]
---@field cache table[]
---@field failures table[]

---@class pienv.report.step
---@field id string
---@field step string
---@field target? string
---@field needs string[]
---@field state string
---@field reason? string
---@field start? number seconds since the run began
---@field seconds number
---@field cpu_seconds number
---@field max_rss integer
---@field processes table[]

---@class pienv.report.about
---@field recipe string
---@field verb? string
---@field argv string[]
---@field root string
---@field version string
---@field host pienv.host
---@field jobs integer

---@param about pienv.report.about
---@return pienv.record
function M.new(about)
  local host = about.host
  local document = {
    v = 1,
    type = "report",
    recipe = about.recipe,
    verb = about.verb,
    argv = json.array(about.argv),
    root = about.root,
    pienv = about.version,
    started = time.iso(time.now()),
    jobs = about.jobs,
    host = { platform = host.platform, arch = host.arch, level = host.level, cores = host.cores },
    steps = json.array(),
    artifacts = json.array(),
    cache = json.array(),
    failures = json.array(),
  }
  return setmetatable({ document = document, by_id = {}, began = time.monotonic() }, record)
end

---@param instances pienv.instance[]
function record:planned(instances)
  for i, instance in ipairs(instances) do
    local needs = json.array()
    for k, needed in ipairs(instance.needs) do
      needs[k] = needed.id
    end
    local step = { id = instance.id, step = instance.name, needs = needs, state = "not run", processes = json.array() }
    step.target = instance.target and instance.target.id
    step.seconds, step.cpu_seconds, step.max_rss = 0.0, 0.0, 0
    self.document.steps[i], self.by_id[instance.id] = step, step
  end
end

---@param instance pienv.instance
---@param at? number by the monotonic clock; nil: now
function record:started(instance, at)
  self.by_id[instance.id].start = (at or time.monotonic()) - self.began
end

local function failure_of(f)
  local at = f.file and f or f.at or {}
  return {
    code = f.code,
    message = f.message,
    hint = f.hint,
    step = f.step,
    target = f.target,
    command = f.command,
    exit = f.exit,
    output = f.output and json.array(f.output),
    file = at.file,
    line = at.line,
  }
end

---@param instance pienv.instance
---@param outcome pienv.outcome
function record:finished(instance, outcome)
  local step = self.by_id[instance.id]
  step.state, step.reason = outcome.up_to_date and "up to date" or outcome.state, style.why(outcome)
  step.seconds, step.cpu_seconds, step.max_rss = outcome.seconds + 0.0, outcome.cpu + 0.0, outcome.max_rss
  if outcome.failure then
    table.insert(self.document.failures, failure_of(outcome.failure))
  end
end

---@param process pienv.ui.process
function record:process_finished(process)
  local step, result = self.by_id[process.instance], process.result
  if step then
    table.insert(step.processes, {
      number = process.number,
      argv = json.array(process.argv),
      cwd = path.relative(process.cwd, self.document.root) or process.cwd,
      pid = process.pid,
      start = process.began - self.began,
      seconds = process.seconds,
      exit = result.exit,
      signal = result.signal,
      timed_out = result.timed_out,
      cpu_seconds = result.user + result.system,
      max_rss = result.max_rss,
    })
  end
end

local kept = { artifact = "artifacts", cache = "cache" }

---@param kind string
---@param fields table
function record:event(kind, fields)
  local row = {}
  for name, value in pairs(fields) do
    row[name] = value
  end
  if kept[kind] then
    table.insert(self.document[kept[kind]], row)
  end
end

---The run is over.
---@param how { exit?: integer, signal?: string, log?: string }
---@return pienv.report
function record:finish(how)
  local document = self.document
  document.seconds = time.monotonic() - self.began
  document.exit, document.signal, document.log = how.exit, how.signal, how.log
  return document
end

return M
