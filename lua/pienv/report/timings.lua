-- A report as one page: when which step ran, what it cost, why it ran, what the cache said, what came out. Without
-- scripts and without the network, so that it can be kept as an artifact and read anywhere. Pure.

local argv = require("pienv.argv")
local json = require("pienv.json")
local style = require("pienv.ui.style")

local M = {}

-- More rows than this nobody reads: then the failed and the longest steps stand there.
local MOST_ROWS, MOST_PROCESSES = 600, 200

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function text(value)
  return (json.utf8(tostring(value)):gsub("[&<>\"']", entities):gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}"))
end

local classes = { done = "done", ["up to date"] = "same", skipped = "skipped", failed = "failed" }

local function class(state)
  return classes[state] or "idle"
end

local function percent(part, whole)
  return ("%.3f%%"):format(whole > 0 and 100 * part / whole or 0)
end

local function or_dash(value, form)
  return value and value > 0 and form(value) or "–"
end

local function tile(value, label)
  return ('<div class="tile"><b>%s</b><span>%s</span></div>'):format(text(value), text(label))
end

local function totals(report)
  local cpu, memory, processes, states = 0, 0, 0, {}
  for _, step in ipairs(report.steps) do
    cpu, memory = cpu + step.cpu_seconds, math.max(memory, step.max_rss)
    processes = processes + #step.processes
    states[step.state] = (states[step.state] or 0) + 1
  end
  return cpu, memory, processes, states
end

local function tiles(report)
  local cpu, memory, processes = totals(report)
  return table.concat({
    '<div class="tiles">',
    tile(style.seconds(report.seconds), "wall time"),
    tile(style.seconds(cpu), "CPU time of processes"),
    tile(or_dash(memory, style.amount), "largest process"),
    tile(#report.steps, "steps"),
    tile(processes, "processes, " .. report.jobs .. " at once"),
    "</div>",
  })
end

local function header(report)
  local ok = report.exit == 0 or report.exit == 10
  local how = report.signal or report.exit == 0 and "done" or "exit " .. tostring(report.exit)
  local name = report.recipe .. (report.verb and " " .. report.verb or "")
  local host = ("%s-%s, %d cores"):format(report.host.platform, report.host.arch, report.host.cores or 1)
  local sub = ("%s · %s · pienv %s · %s"):format(report.started, host, report.pienv, report.root)
  local form = '<header><h1>pienv %s</h1><span class="badge %s">%s</span>'
    .. '<div class="sub">%s</div><div class="sub"><code>%s</code></div></header>'
  return form:format(text(name), ok and "done" or "failed", text(how), text(sub), text(argv.quote(report.argv)))
end

-- Times that stand on the axis: about six, at round numbers.
local function marks(seconds)
  local wanted = math.max(seconds, 1e-3) / 6
  local step = 10 ^ math.floor(math.log(wanted, 10))
  for _, factor in ipairs({ 1, 2, 5, 10 }) do
    if step * factor >= wanted then
      step = step * factor
      break
    end
  end
  local list = {}
  for i = 0, math.floor(seconds * 0.93 / step) do
    list[#list + 1] = i * step
  end
  return list
end

local function axis(report)
  local parts = { '<div class="axis"><span></span><div class="scale">' }
  for _, at in ipairs(marks(report.seconds)) do
    parts[#parts + 1] = ('<span style="left:%s">%.4g s</span>'):format(percent(at, report.seconds), at)
  end
  parts[#parts + 1] = ('<span style="left:100%%">%s</span>'):format(style.seconds(report.seconds))
  parts[#parts + 1] = '</div><span class="n">time</span><span class="n">CPU</span><span class="n">memory</span></div>'
  return table.concat(parts)
end

local function bar(report, step)
  if not step.start then
    return '<div class="track"></div>'
  end
  local parts = {}
  for i = 1, math.min(#step.processes, MOST_PROCESSES) do
    local process = step.processes[i]
    local from = math.max(process.start - step.start, 0)
    local form = '<i style="left:%s;width:%s"></i>'
    parts[i] = form:format(percent(from, step.seconds), percent(process.seconds, step.seconds))
  end
  local form = '<div class="track"><div class="bar%s" style="left:min(%s,100%% - 3px);width:%s">%s</div></div>'
  local left, width = percent(step.start, report.seconds), percent(step.seconds, report.seconds)
  return form:format(#parts > 0 and " split" or "", left, width, table.concat(parts))
end

local function process_text(process)
  local how = process.timed_out and "timed out" or process.signal or "exit " .. tostring(process.exit)
  local cpu, memory = or_dash(process.cpu_seconds, style.seconds), or_dash(process.max_rss, style.amount)
  local form = '<div class="process"><code>%s</code><span>%s · %s · cpu %s · %s</span></div>'
  return form:format(text(argv.quote(process.argv)), text(how), style.seconds(process.seconds), cpu, memory)
end

local function more(step)
  local parts = { '<div class="more">' }
  if step.reason then
    parts[#parts + 1] = "<p>" .. text(step.reason) .. "</p>"
  end
  if #step.needs > 0 then
    parts[#parts + 1] = "<p>after " .. text(table.concat(step.needs, ", ")) .. "</p>"
  end
  for i = 1, math.min(#step.processes, MOST_PROCESSES) do
    parts[#parts + 1] = process_text(step.processes[i])
  end
  if #step.processes == 0 then
    parts[#parts + 1] = "<p>no process</p>"
  end
  parts[#parts + 1] = "</div>"
  return table.concat(parts)
end

local function number(label, value, form)
  local none = value > 0 and "" or " none"
  return ('<span class="n%s" data-t="%s">%s</span>'):format(none, label, or_dash(value, form))
end

local function row(report, step)
  local why = step.reason and '<span class="why">' .. text((step.reason:gsub("\n.*", " …"))) .. "</span>" or ""
  local form = '<details class="step %s" data-state="%s"><summary><span class="name" title="%s">%s%s</span>%s'
    .. '<span class="n">%s</span>%s%s</summary>%s</details>'
  local ran = step.start ~= nil
  return form:format(
    class(step.state),
    text(step.state),
    text(step.id),
    text(step.id),
    why,
    bar(report, step),
    ran and style.seconds(step.seconds) or "not run",
    number("CPU", step.cpu_seconds, style.seconds),
    number("memory", step.max_rss, style.amount),
    more(step)
  )
end

-- In the order of their start; those that never ran come last.
local function ordered(steps)
  local list = { table.unpack(steps) }
  if #list > MOST_ROWS then
    table.sort(list, function(a, b)
      local a_failed, b_failed = a.state == "failed", b.state == "failed"
      if a_failed ~= b_failed then
        return a_failed
      end
      return a.seconds > b.seconds or a.seconds == b.seconds and a.id < b.id
    end)
    list = { table.unpack(list, 1, MOST_ROWS) }
  end
  local place = {}
  for i, step in ipairs(steps) do
    place[step] = i
  end
  table.sort(list, function(a, b)
    local a_start, b_start = a.start or math.huge, b.start or math.huge
    return a_start < b_start or a_start == b_start and place[a] < place[b]
  end)
  return list
end

local legend_order = { "done", "up to date", "skipped", "failed", "not run" }

local function legend(report)
  local _, _, _, states = totals(report)
  local parts = { '<div class="legend">' }
  for _, state in ipairs(legend_order) do
    if states[state] then
      parts[#parts + 1] = ('<span class="%s"><i></i>%d %s</span>'):format(class(state), states[state], state)
    end
  end
  parts[#parts + 1] = "<span>pale: waiting, or work of the recipe itself; full: processes</span></div>"
  return table.concat(parts)
end

local function timeline(report)
  local parts = { '<section id="timeline"><h2>Timeline</h2>', legend(report), axis(report) }
  for _, step in ipairs(ordered(report.steps)) do
    parts[#parts + 1] = row(report, step)
  end
  if #report.steps > MOST_ROWS then
    local form = '<p class="sub">%d of %d steps: those that failed and the longest.</p>'
    parts[#parts + 1] = form:format(MOST_ROWS, #report.steps)
  end
  parts[#parts + 1] = "</section>"
  return table.concat(parts, "\n")
end

local function failures(report)
  local parts = {}
  for _, f in ipairs(report.failures) do
    local where = f.step and style.id(f.step, f.target and { id = f.target }) .. ": " or ""
    parts[#parts + 1] = ('<section class="failure"><h2>%s</h2><p>%s</p>'):format(text(where .. f.code), text(f.message))
    if f.command then
      parts[#parts + 1] = "<p><code>" .. text(f.command) .. "</code></p>"
    end
    if f.output and #f.output > 0 then
      parts[#parts + 1] = "<pre>" .. text(table.concat(f.output, "\n")) .. "</pre>"
    end
    if f.hint then
      parts[#parts + 1] = "<p>next: " .. text(f.hint) .. "</p>"
    end
    parts[#parts + 1] = "</section>"
  end
  return table.concat(parts, "\n")
end

-- A table of rows of HTML; on a phone each cell becomes a line.
local function grid(id, title, titles, rows)
  if #rows == 0 then
    return ""
  end
  local parts = { ('<section id="%s"><h2>%s</h2><div class="scroll"><table class="wide"><tr>'):format(id, title) }
  for _, name in ipairs(titles) do
    parts[#parts + 1] = "<th>" .. name .. "</th>"
  end
  parts[#parts + 1] = "</tr>"
  for _, cells in ipairs(rows) do
    parts[#parts + 1] = "<tr>"
    for i, cell in ipairs(cells) do
      local label = i > 1 and (' data-t="%s"'):format(titles[i]) or ""
      parts[#parts + 1] = ("<td%s>%s</td>"):format(label, cell)
    end
    parts[#parts + 1] = "</tr>"
  end
  parts[#parts + 1] = "</table></div></section>"
  return table.concat(parts)
end

local function grouped(count)
  local digits = tostring(count):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (digits:gsub("^,", ""))
end

local function artifacts(report)
  local rows = {}
  for i, artifact in ipairs(report.artifacts) do
    local size = math.type(artifact.size) == "integer" and grouped(artifact.size) or "–"
    rows[i] = { "<code>" .. text(artifact.path or "–") .. "</code>", size }
    rows[i][3] = "<code>" .. text(artifact.sha256 or "–") .. "</code>"
  end
  return grid("artifacts", "Artifacts", { "path", "bytes", "sha256" }, rows)
end

local function cache(report)
  local rows = {}
  for i, event in ipairs(report.cache) do
    local key = type(event.key) == "string" and event.key:sub(1, 12) or "–"
    rows[i] = { text(event.state or "–"), "<code>" .. text(key) .. "</code>", text(event.reason or "–") }
  end
  return grid("cache", "Cache", { "answer", "key", "reason" }, rows)
end

---@param report pienv.report
---@return string html
function M.make(report)
  local title = text("pienv " .. report.recipe .. ": " .. style.seconds(report.seconds))
  return table.concat({
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta http-equiv="Content-Security-Policy" ',
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">",
    '<link rel="icon" href="data:,">',
    "<title>" .. title .. "</title><style>" .. require("pienv.report.style") .. "</style></head><body><main>",
    header(report),
    tiles(report),
    failures(report),
    timeline(report),
    cache(report),
    artifacts(report),
    "<footer>written by pienv " .. text(report.pienv) .. "</footer></main></body></html>\n",
  }, "\n")
end

return M
