-- The form for no terminal: a line for every finished step as it ends, and now and then a sign of life.

local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")
local time = require("pienv.time")

local M = {}

---@class pienv.ui.view what the forms have in common
---@field ui pienv.ui
---@field period number seconds between two ticks
---@field width integer of the column of names
---@field first integer
---@field last integer steps that run are rows at places first to last, in the order of their start, with gaps
---@field count integer of steps that run
local view = {}
view.__index = view

-- Seconds without a word after which a plain run says what it is doing, and how many steps it names then.
local SILENCE, NAMED = 30, 5

---@param ui pienv.ui
---@param class? table a form that is made over this one
---@return pienv.ui.view
function M.new(ui, class)
  local made = { ui = ui, period = 1, width = 0, rows = {}, first = 1, last = 0, count = 0 }
  made.by_instance, made.total, made.ended, made.failed = {}, 0, 0, 0
  return setmetatable(made, class or view)
end

---A class of another form over this one.
---@return table class
function M.extend()
  local class = setmetatable({}, { __index = view })
  class.__index = class
  return class
end

---What the plain form does, for forms that do more.
M.view = view

local function write(stream, text)
  stream:write(text .. "\n") -- one write: standard error has no buffer
  stream:flush()
end

---One line, or several, on standard error.
---@param text string
function view:line(text)
  self.spoke = time.monotonic()
  write(io.stderr, text)
end

---One line of the result. A program that reads it gets the bytes as they are.
---@param text string
function view:result(text)
  write(io.stdout, terminal.is_tty(1) and self.ui.harmless(text) or text)
end

---@param instances pienv.instance[]
function view:planned(instances)
  self.total, self.began = #instances, time.monotonic()
  for _, instance in ipairs(self.ui.quiet and {} or instances) do
    self.width = math.max(self.width, style.width(terminal.sanitize(instance.id)))
  end
end

---@class pienv.ui.row
---@field id string
---@field began number
---@field processes integer of it that run now
---@field doing? string

---@param instance pienv.instance
function view:started(instance)
  if self.ui.quiet then
    return -- nobody sees what runs
  end
  local row = { id = terminal.sanitize(instance.id), began = time.monotonic(), processes = 0, place = self.last + 1 }
  self.by_instance[instance.id] = row
  self.last, self.count = row.place, self.count + 1
  self.rows[row.place] = row
end

-- There may be ten thousand: nothing is moved.
local function forget(self, instance)
  local row = self.by_instance[instance.id]
  if row then
    self.by_instance[instance.id], self.rows[row.place] = nil, nil
    self.count = self.count - 1
  end
  while self.first <= self.last and not self.rows[self.first] do
    self.first = self.first + 1
  end
end

---A process of a step starts, or ends.
---@param process pienv.ui.process
---@param by 1|-1
function view:process(process, by)
  local row = self.by_instance[process.instance]
  if row then
    row.processes = row.processes + by
  end
end

---Steps that run: first those that have processes.
---@param most integer
---@return pienv.ui.row[]
function view:running(most)
  local busy, others = {}, {}
  for place = self.first, self.last do
    local row = self.rows[place]
    if row and #busy < most then
      local list = row.processes > 0 and busy or others
      list[#list + 1] = #list < most and row or nil
    end
  end
  table.move(others, 1, most - #busy, #busy + 1, busy)
  return busy
end

---@param instance pienv.instance
---@param outcome pienv.outcome
---@param output? string[] lines to be shown of it
function view:finished(instance, outcome, output)
  forget(self, instance)
  self.ended = self.ended + 1
  self.failed = self.failed + (outcome.state == "failed" and 1 or 0)
  if not self.ui.quiet or outcome.state == "failed" then
    self:told(instance, outcome, output or {})
  end
end

---Steps that have ended without having begun: there may be ten thousand, and nothing to be said of them.
---@param instances pienv.instance[]
---@param outcome pienv.outcome
function view:passed(instances, outcome)
  if self.ui.quiet then
    self.ended = self.ended + #instances
    return
  end
  for i = 1, #instances do
    self:finished(instances[i], outcome)
  end
end

---Says how a step ended.
---@param instance pienv.instance
---@param outcome pienv.outcome
---@param output string[]
function view:told(instance, outcome, output)
  local lines = { style.finished(instance, outcome, self.width, self.ui.paint_with) }
  for _, text in ipairs(output) do
    lines[#lines + 1] = "     | " .. terminal.sanitize(text)
  end
  self:line(table.concat(lines, "\n"))
end

---What runs, as one line.
---@param now number
---@return string "..   3 of 9 steps ended after 62 s; running: compile[linux-x64] (58 s), link (2 s)"
function view:alive(now)
  local names = {}
  for i, row in ipairs(self:running(NAMED)) do
    names[i] = ("%s (%.0f s)"):format(row.id, now - row.began)
  end
  if self.count > #names then
    names[#names + 1] = ("and %d more"):format(self.count - #names)
  end
  local form = "..   %d of %d steps ended after %.0f s; running: %s"
  return form:format(self.ended, self.total, now - self.began, table.concat(names, ", "))
end

---Asked now and then while steps run.
---@param now number monotonic seconds
function view:tick(now)
  local since = math.max(self.spoke or 0, self.began or now)
  if not self.ui.quiet and self.count > 0 and now - since >= SILENCE then
    self:line(self:alive(now))
    self.spoke = now
  end
end

---A process starts, or has ended, that writes to our own terminal.
function view:suspend() end
function view:resume() end

---This process is going to be stopped, and the terminal another's.
function view:withdraw() end

---It goes on; what stands on the terminal now is unknown.
function view:continued() end

---@param text string a failure, rendered
---@param _ pienv.failure
function view:failure(text, _)
  self:line(text)
end

---The steps have ended: what follows are lines without a region.
function view:close() end

return M
