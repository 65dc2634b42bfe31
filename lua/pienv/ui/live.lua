-- The form for terminals: a region at the bottom tells what runs; lines of what has ended scroll above it. At most ten
-- frames a second, each one write. The size is asked for each frame, so that a resize needs no signal.

local plain = require("pienv.ui.plain")
local region = require("pienv.ui.region")
local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")
local time = require("pienv.time")

local M = {}

---@class pienv.ui.live : pienv.ui.view
local live = plain.extend()

local PERIOD = 0.15 -- the first and last writes of a run come between frames, and a busy machine draws some late

-- Seconds of a run before there is a region: shorter ones would only flicker.
local PATIENCE = 0.3

---Whether standard error is a terminal that a region can be drawn on.
---@param env table<string, string>
---@return boolean
function M.fits(env)
  return terminal.is_tty(2) and env.TERM ~= nil and env.TERM ~= "" and env.TERM ~= "dumb" and not env.CI
end

-- Do standard output and standard error show on one terminal?
local function is_shared()
  local fs = require("pienv.fs")
  return terminal.is_tty(1) and fs.realpath("/proc/self/fd/1") == fs.realpath("/proc/self/fd/2")
end

---@param ui pienv.ui
---@param jobs integer
---@return pienv.ui.live
function M.new(ui, jobs)
  local made = plain.new(ui, live)
  made.period, made.jobs, made.shared = PERIOD, jobs, is_shared()
  made.above, made.drawn, made.suspended, made.last_frame = {}, {}, 0, -math.huge
  return made
end

local function size()
  local columns, rows = terminal.size(2)
  if not columns then
    return 80, 24
  end
  return columns, rows
end

local function new_region(self, now, columns, lines)
  local rows = self:running(self.jobs)
  if self.closed or self.suspended > 0 or #rows == 0 or now - self.began < PATIENCE then
    return {}
  elseif not terminal.is_ours(2) then -- in the background (`bg`) the prompt below must stay whole
    return {}
  end
  return region.lines({
    rows = rows,
    count = self.count,
    ended = self.ended,
    total = self.total,
    failed = self.failed,
    seconds = now - self.began,
    now = now,
    columns = columns,
    lines = lines,
    paint = self.ui.paint_with,
  })
end

-- Draws what there is to draw, in one write.
local function draw(self, now)
  local columns, lines = size()
  local new = new_region(self, now, columns, lines)
  local bytes = region.frame(self.drawn, self.above, new, columns)
  self.above, self.drawn, self.last_frame = {}, new, now
  if bytes ~= "" then
    io.stderr:write(bytes)
    io.stderr:flush()
  end
end

local function start_line()
  io.stderr:write(region.fresh_line((size())))
  io.stderr:flush()
end

---@param now number
function live:tick(now)
  if now - self.last_frame >= PERIOD then
    draw(self, now)
  end
end

---@param process pienv.ui.process
---@param by 1|-1
function live:process(process, by)
  plain.view.process(self, process, by)
  local row = self.by_instance[process.instance]
  if row and by > 0 then
    row.doing = style.command(process.argv)
  end
end

---@param text string
function live:line(text)
  self.above[#self.above + 1] = text
  if self.closed or not self.began then
    draw(self, time.monotonic())
  end
end

---@param text string
function live:result(text)
  if self.shared then
    self:line(self.ui.harmless(text))
  else
    plain.view.result(self, text)
  end
end

---@param instances pienv.instance[]
function live:planned(instances)
  plain.view.planned(self, instances)
  self.width = math.min(self.width, math.max(12, size() // 2))
end

-- Steps that compute keep the scheduler from its ticks.
function live:started(instance)
  plain.view.started(self, instance)
  self:tick(time.monotonic())
end

function live:finished(...)
  plain.view.finished(self, ...)
  self:tick(time.monotonic())
end

---A child is going to write to this terminal: it gets it without a region, until it has ended.
function live:suspend()
  self.suspended = self.suspended + 1
  draw(self, time.monotonic())
end

function live:resume()
  self.suspended = self.suspended - 1
  if self.suspended == 0 then
    start_line()
  end
end

---The shell gets the terminal without a region.
function live:withdraw()
  self.suspended = self.suspended + 1
  draw(self, time.monotonic())
  self.suspended = self.suspended - 1
end

---Whatever was drawn has gone, or belongs to what others have written since.
function live:continued()
  self.drawn = {}
  if terminal.is_ours(2) then
    start_line()
  end
end

---The region goes, what has come stays.
function live:close()
  self.closed = true
  draw(self, time.monotonic())
end

return M
