-- What users see while a run goes on: one line a finished step on standard error, results on standard output.
-- The other form is --json: one event a line on standard output.

local argv = require("pienv.argv")
local failure = require("pienv.failure")
local json = require("pienv.json")
local terminal = require("pienv.terminal")

local M = {}

---@class pienv.ui
local ui = {}
ui.__index = ui

local colors = { done = "32", skipped = "33", failed = "31", ["not run"] = "90" }
local words = { done = "ok", skipped = "skip", failed = "FAIL", ["not run"] = "--" }

-- NO_COLOR and FORCE_COLOR by their conventions: any non-empty value.
local function wants_color(when, env)
  if when == "always" or when == "never" then
    return when == "always"
  end
  if env.NO_COLOR or env.TERM == "dumb" then
    return false
  end
  return env.FORCE_COLOR ~= nil or terminal.is_tty(2)
end

---@param opts { quiet?: boolean, verbose?: boolean, json?: boolean, color?: string, env: table }
---@return pienv.ui
function M.new(opts)
  local made = { quiet = opts.quiet, verbose = opts.verbose, json = opts.json, width = 0 }
  made.color = wants_color(opts.color or "auto", opts.env)
  return setmetatable(made, ui)
end

---Paints text for the terminal where colours are wanted.
function ui:paint(text, color)
  return self.color and "\27[" .. color .. "m" .. text .. "\27[0m" or text
end

local function write(stream, text)
  stream:write(text, "\n")
  stream:flush()
end

---One line on standard error, as it is: who calls makes what comes from the outside harmless.
function ui:note(text)
  write(io.stderr, text)
end

---One event on standard output, in --json form only.
function ui:event(kind, fields)
  if self.json then
    fields.type, fields.v = kind, 1
    write(io.stdout, json.encode(json.readable(fields)))
  end
end

-- Control bytes could drive the terminal; line feeds stay.
local function harmless(text)
  return (text:gsub("[^\n]+", terminal.sanitize))
end

local function label(s)
  local step = rawget(s, "step")
  local target = rawget(s, "target")
  return step and (target and step .. " [" .. target.id .. "]" or step) or "pienv"
end

function ui:say(text, s)
  self:event("message", { step = rawget(s, "step"), target = s.target and s.target.id, text = text })
  if not self.quiet and not self.json then
    self:note(harmless(text))
  end
end

-- A program that reads our output gets the bytes as they are.
function ui:result(text)
  if not self.json then
    write(io.stdout, terminal.is_tty(1) and harmless(text) or text)
  end
end

function ui:command(command, s)
  if self.verbose then
    self:note(self:paint("  [" .. label(s) .. "] " .. terminal.sanitize(argv.quote(command)), "90"))
  end
end

---Told before a run, so that the lines of its steps can stand in columns.
---@param instances pienv.instance[]
function ui:planned(instances)
  for _, instance in ipairs(instances) do
    self.width = math.max(self.width, #instance.id)
  end
end

function ui:started(instance)
  self:event("step_started", { step = instance.name, target = instance.target and instance.target.id })
end

local function amount(bytes)
  return ("%.1f MiB"):format(bytes / 1048576)
end

local function figures(outcome)
  local parts = { ("%.2f s"):format(outcome.seconds) }
  if outcome.cpu > 0 then
    parts[#parts + 1] = ("cpu %.2f s"):format(outcome.cpu)
  end
  if outcome.max_rss > 0 then
    parts[#parts + 1] = amount(outcome.max_rss)
  end
  return table.concat(parts, ", ")
end

function ui:finished(instance, outcome)
  local reason = outcome.reason or outcome.failure and outcome.failure.message
  self:event("step_finished", {
    step = instance.name,
    target = instance.target and instance.target.id,
    state = outcome.state,
    reason = reason,
    seconds = outcome.seconds,
    cpu_seconds = outcome.cpu,
    max_rss = outcome.max_rss,
  })
  if self.json or self.quiet and outcome.state ~= "failed" then
    return
  end
  local state = self:paint(("%-4s"):format(words[outcome.state]), colors[outcome.state])
  local line = state .. " " .. terminal.sanitize(instance.id)
  if outcome.state ~= "not run" then
    line = line .. (" "):rep(self.width - #instance.id) .. "  " .. figures(outcome)
  end
  self:note(line .. (reason and "  " .. terminal.sanitize((reason:gsub("\n.*", " ..."))) or ""))
end

---Shows a failure, the last thing on the screen.
---@param f pienv.failure
---@param retry? string command that runs it again
function ui:failure(f, retry)
  self:event("failure", {
    code = f.code,
    command = f.command,
    output = f.output and json.array(f.output),
    message = f.message,
    hint = f.hint,
    step = f.step,
    target = f.target,
    file = f.file,
    line = f.line,
    column = f.column,
    exit = f.exit,
  })
  if self.json then
    return
  end
  local lines = {}
  for line in failure.render(f, { traceback = self.verbose }):gmatch("[^\n]+") do
    lines[#lines + 1] = terminal.sanitize(line)
  end
  lines[1] = self:paint(lines[1], "31")
  self:note(table.concat(lines, "\n"))
  if retry and f.step then
    self:note("  retry: " .. terminal.sanitize(retry))
  end
end

return M
