-- pienv ci: runs the recipes that pienv.lua names in `ci`, one after the other; stops at the first that fails (-k: goes
-- on) and says at the end how each one ended. With --json an event stands before those of each, and one at the end.

local failure = require("pienv.failure")
local json = require("pienv.json")
local line = require("pienv.cli.line")
local run = require("pienv.cli.run")
local schema = require("pienv.schema")
local sessions = require("pienv.cli.session")
local time = require("pienv.time")

local M = {}

-- Options that name a file of each run.
local files = { report = true, trace = true, timings = true }

-- The words of an entry: "cache ensure", or { "build", "--variants", "modern, baseline" } where words hold blanks.
local function words_of(opened, entry)
  local words = {}
  for word in (type(entry) == "string" and entry or ""):gmatch("%S+") do
    words[#words + 1] = word
  end
  for i, word in ipairs(type(entry) == "table" and entry or {}) do
    words[i] = type(word) == "string" and word or nil
  end
  if not words[1] or type(entry) == "table" and #words ~= #entry then
    schema.raise(opened.chunk, { "ci" }, {
      code = "P0202",
      message = "an entry of 'ci' names no recipe",
      hint = 'write: ci = { "build --variants modern", { "embed", "--reset" } }',
    })
  end
  return words
end

local function entries_of(opened)
  if not (opened.ci and opened.ci[1]) then
    failure.raise({
      code = "P0202",
      message = "the project names no recipes for 'ci'",
      file = opened.chunk,
      hint = 'write into pienv.lua: ci = { "build", "embed" }',
    })
  end
  local list = {}
  for i, entry in ipairs(opened.ci) do
    list[i] = words_of(opened, entry)
  end
  return list
end

-- "report.json" of the second entry is "report-2.json": the next one must not overwrite it.
local function numbered(file, number)
  local folder, name, ending = file:match("^(.-)([^/]-)(%.[^./]*)$")
  return folder and folder .. name .. "-" .. number .. ending or file .. "-" .. number
end

-- The entry as a command line of its own, with the options that ci was given.
local function session_of(session, words, number)
  local own = line.parse(words)
  for name, value in pairs(session.line.engine) do
    if own.engine[name] == nil then
      own.engine[name] = number and files[name] and numbered(value, number) or value
    end
  end
  return sessions.new(own)
end

local function run_entry(session, words, number)
  local began = time.monotonic()
  local ok, result = xpcall(function()
    local own = session_of(session, words, number)
    return run.run(own, own.line.word)
  end, failure.handler)
  if not ok and failure.ends_run(result) then
    error(result, 0)
  elseif not ok then
    local f = failure.from(result)
    session.ui:failure(f)
    result = f.exit
  end
  return { exit = result, seconds = time.monotonic() - began }
end

local function summary(session, entries, outcomes)
  session.ui:note("pienv ci")
  for i, words in ipairs(entries) do
    local outcome, text = outcomes[i], table.concat(words, " ")
    if not outcome then
      session.ui:note("  --    " .. text .. "  not run")
    elseif outcome.exit == 0 then
      session.ui:note(("  ok    %s  %.1f s"):format(text, outcome.seconds))
    else
      session.ui:note(("  FAIL  %s  %.1f s  exit code %d"):format(text, outcome.seconds, outcome.exit))
    end
  end
end

-- The summary for programs.
local function document(entries, outcomes, exit)
  local rows = {}
  for i, words in ipairs(entries) do
    local outcome = outcomes[i]
    local state = not outcome and "not run" or outcome.exit == 0 and "done" or "failed"
    rows[i] = { argv = json.array(words), state = state }
    if outcome then
      rows[i].exit, rows[i].seconds = outcome.exit, outcome.seconds
    end
  end
  return { entries = json.array(rows), exit = exit }
end

function M.run(session)
  local entries, outcomes, exit = entries_of(sessions.project(session)), {}, 0
  for i, words in ipairs(entries) do
    if session.ui.json then
      session.ui:event("ci_entry", { number = i, argv = json.array(words) })
    end
    outcomes[i] = run_entry(session, words, #entries > 1 and i)
    exit = exit ~= 0 and exit or outcomes[i].exit
    if exit ~= 0 and not session.line.engine.keep_going then
      break
    end
  end
  if session.ui.json then
    session.ui:event("ci", document(entries, outcomes, exit))
  else
    summary(session, entries, outcomes)
  end
  return exit
end

return M
