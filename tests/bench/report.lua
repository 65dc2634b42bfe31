-- report.lua RESULTS CIRCUMSTANCES [--print]: rows of tests/bench/run as docs/BENCHMARKS.md and docs/BENCHMARKS.svg,
-- or with --print as tables on standard output. A row of RESULTS has tabs between: group, limit, ADR, then
--   pair WHAT OTHER MS MS RATIO KIB KIB   or      fact WHAT VALUE UNIT
-- CIRCUMSTANCES is a file that says what measured, where and when.

local fs = require("pienv.fs")
local plot = dofile("tests/bench/plot.lua")

local function fields(line)
  local list = {}
  for field in (line .. "\t"):gmatch("(.-)\t") do
    list[#list + 1] = field
  end
  return list
end

local function read(path)
  local rows = {}
  for line in io.lines(path) do
    local f = fields(line)
    local row = { group = f[1], limit = tonumber(f[2]), why = f[3], kind = f[4], what = f[5] }
    if row.kind == "pair" then
      row.other, row.ms, row.other_ms, row.ratio = f[6], tonumber(f[7]), tonumber(f[8]), tonumber(f[9])
      row.kib, row.other_kib = tonumber(f[10]), tonumber(f[11])
      row.measured = row.ratio
    else
      row.measured, row.unit = tonumber(f[6]), f[7]
    end
    rows[#rows + 1] = row
  end
  return rows
end

local function number(value)
  local form = value >= 100 and "%.0f" or value >= 10 and "%.1f" or value >= 0.1 and "%.2f" or "%.3f"
  return form:format(value)
end

local function time(ms)
  return ms >= 1000 and number(ms / 1000) .. " s" or number(ms) .. " ms"
end

local function mib(kib)
  return number(kib / 1024)
end

-- met, or missed with the decision that explains why.
local function verdict(row)
  if not row.limit then
    return ""
  elseif row.measured and row.measured <= row.limit then
    return "met"
  end
  local adr = row.why:match("^%d+")
  return "**missed**" .. (adr and (": [ADR %d](adr/%s.md)"):format(tonumber(adr), row.why) or "")
end

local function write_row(row)
  if row.kind == "fact" then
    local unit = row.unit ~= "" and " " .. row.unit or ""
    local value = not row.measured and "?" or (row.unit == "" and "%d" or "%g"):format(row.measured)
    local limit = row.limit and ("≤ %g%s"):format(row.limit, unit) or ""
    return ("| %s | %s | | %s%s | | | %s | %s | | |"):format(row.group, row.what, value, unit, limit, verdict(row))
  end
  local limit = row.limit and ("≤ %g ×"):format(row.limit) or ""
  return ("| %s | %s | %s | %s | %s | %s × | %s | %s | %s | %s |"):format(
    row.group,
    row.what,
    row.other,
    time(row.ms),
    time(row.other_ms),
    number(row.ratio),
    limit,
    verdict(row),
    mib(row.kib),
    mib(row.other_kib)
  )
end

local function table_of(rows)
  local lines = {
    "| group | what | against | pienv | the other | pienv takes | target | | MiB | MiB, the other |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |",
  }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = write_row(row)
  end
  return table.concat(lines, "\n")
end

local HEAD = [[
# Benchmarks

%s
Written by that command, not by hand. Whole processes in pairs, in turn: times are medians, and "pienv takes"
is the median of the ratios of each pair, below 1 where pienv is faster. Memory is the peak of one run. Targets are the
design's; a missed one links to the decision that says why. `tests/run --only bench` judges limits of its own.

![How much longer the others take](BENCHMARKS.svg)

%s

* The runbook's script is `tests/bench/cache/runbook.py`: python3 with one git process, without digests, without a look
  for edits, without fsync. It is started anew each time, as pienv is.
* turbo runs its native program with a local cache, a task of which the command is `true`, the same inputs and outputs.
  Its hit unpacks the addon unless it is in place; its capture is a run that finds nothing,
  which starts npm.
* In the large repositories the files that are not under the key are in git, but not checked out.
* The loader in JavaScript unpacks all in memory, as a compiled program of the runbook does.
]]

local results, circumstances, mode = ...
local rows, context = read(results), assert(fs.read(circumstances))
if mode == "--print" then
  io.stdout:write(context, "\n", table_of(rows), "\n")
else
  assert(fs.write("docs/BENCHMARKS.md", HEAD:format(context, table_of(rows))))
  assert(fs.write("docs/BENCHMARKS.svg", plot(rows)))
  io.stdout:write("docs/BENCHMARKS.md and docs/BENCHMARKS.svg are written\n")
end
