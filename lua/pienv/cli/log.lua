-- pienv log: what earlier runs did, out of what is kept below .pienv/runs/. It only reads.
--
--   ls                    the runs, the newest first
--   show [RUN] [STEP]     commands and output of a run, or of one of its steps
--   what-ran [RUN]        the commands of a run in the order of their start

local argv = require("pienv.argv")
local failure = require("pienv.failure")
local json = require("pienv.json")
local runs = require("pienv.log.runs")
local sessions = require("pienv.cli.session")
local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")

local M = {}

local function usage(message)
  failure.raise({ code = "P0101", message = message, hint = "pienv log ls | show [RUN] [STEP] | what-ran [RUN]" })
end

local function harmless(text)
  return terminal.is_tty(1) and terminal.sanitize(text) or text
end

local function say(...)
  io.stdout:write(harmless(table.concat({ ... })), "\n")
end

local function print_document(document)
  io.stdout:write(json.encode(json.readable(document)), "\n")
end

local function command(row)
  return argv.quote(row.summary.argv or {})
end

local function ended_with(row)
  return row.summary.signal or row.summary.exit and "exit " .. row.summary.exit or row.state
end

local function ls(session, list)
  if session.line.engine.json then
    local rows = json.array()
    for i, row in ipairs(list) do
      rows[i] = { id = row.id, state = row.state, summary = json.object(row.summary) }
    end
    return print_document({ v = 1, type = "runs", runs = rows })
  end
  for i, row in ipairs(list) do
    local seconds = row.summary.seconds and style.seconds(row.summary.seconds) or "-"
    local form = "%3d  %s  %-12s %-10s %s"
    say(form:format(i, row.id, ended_with(row), seconds, command(row)))
  end
  if #list == 0 then
    io.stderr:write("no run is kept yet: pienv keeps those that start processes\n")
  end
end

-- Processes of a run by number: how they were started, how they ended.
local function processes_of(run)
  local list, by_number = {}, {}
  for _, event in ipairs(runs.events(run)) do
    if event.type == "process_started" then
      list[#list + 1] = event
      by_number[event.number] = event
    elseif event.type == "process_finished" and by_number[event.number] then
      by_number[event.number].result = event
    end
  end
  return list
end

local function name_of(event)
  return style.id(event.step, event.target and { id = event.target })
end

local function how(process)
  local result = process.result
  if not result then
    return "did not end"
  end
  local text = result.timed_out and "timed out" or result.signal or "exit " .. tostring(result.exit)
  return text .. ", " .. style.seconds(result.seconds)
end

local function is_of(event, step)
  return not step or name_of(event) == step or event.step == step
end

local function show_text(run, step)
  say("run ", run.id, "  ", ended_with(run), "  ", command(run))
  for _, process in ipairs(processes_of(run)) do
    if is_of(process, step) then
      say("[", name_of(process), "] $ ", argv.quote(process.argv), "   (", how(process), ")")
      local output = process.result and process.result.log or process.log
      for line in (runs.output(run, output) or ""):gmatch("([^\n]*)\n?") do
        if line ~= "" then
          say("  | ", line)
        end
      end
    end
  end
  for _, event in ipairs(runs.events(run)) do
    if event.type == "step_finished" and is_of(event, step) then
      say(name_of(event), ": ", event.state, event.reason and ", " .. event.reason:gsub("\n.*", " ...") or "")
    end
  end
end

local function show(session, run, step)
  if not session.line.engine.json then
    return show_text(run, step)
  end
  local events = json.array()
  for _, event in ipairs(runs.events(run)) do
    events[#events + 1] = is_of(event, step) and event or nil
  end
  print_document({ v = 1, type = "run_events", id = run.id, state = run.state, events = events })
end

local function what_ran(session, run)
  local rows = json.array()
  for i, process in ipairs(processes_of(run)) do
    local result = process.result or {}
    rows[i] = {
      number = process.number,
      step = process.step,
      target = process.target,
      argv = json.array(process.argv),
      cwd = process.cwd,
      at = process.at,
      seconds = result.seconds,
      exit = result.exit,
      signal = result.signal,
    }
    if not session.line.engine.json then
      say(("%8.2f s  %-24s %-18s %s"):format(process.at, name_of(process), how(process), argv.quote(process.argv)))
    end
  end
  if session.line.engine.json then
    print_document({ v = 1, type = "what_ran", id = run.id, processes = rows })
  end
end

local function has_step(run, step)
  for _, event in ipairs(runs.events(run)) do
    if event.step and is_of(event, step) then
      return true
    end
  end
  return false
end

-- The run and the step that the words mean; one word may be either.
local function find(list, words)
  if #list == 0 then
    failure.raise({ code = "P0103", message = "no run is kept in this project", hint = "run a recipe first" })
  end
  local run, step = runs.find(list, words[1]), words[2]
  if not run and not words[2] then
    run, step = list[1], words[1]
  end
  if not run then
    failure.raise({ code = "P0103", message = "no kept run is '" .. words[1] .. "'", hint = "pienv log ls shows them" })
  elseif step and not has_step(run, step) then
    local message = "run " .. run.id .. " has no step '" .. step .. "'"
    failure.raise({ code = "P0103", message = message, hint = "pienv log show " .. run.id })
  end
  return run, step
end

local most_words = { ls = 0, show = 2, ["what-ran"] = 1 }

---@param session pienv.session
---@return integer exit_code
function M.run(session)
  local words = { table.unpack(session.line.rest) }
  local what = table.remove(words, 1) or "ls"
  if not most_words[what] then
    usage("log does not know '" .. what .. "'")
  elseif words[most_words[what] + 1] then
    usage("unexpected argument '" .. words[most_words[what] + 1] .. "'")
  end
  local list = runs.list(sessions.project(session).root)
  if what == "ls" then
    ls(session, list)
    return 0
  end
  local run, step = find(list, words)
  if what == "show" then
    show(session, run, step)
  else
    what_ran(session, run)
  end
  return 0
end

return M
