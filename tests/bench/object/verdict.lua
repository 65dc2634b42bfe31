-- verdict.lua FILE: prints, best of twenty, the milliseconds of a static verdict (description and policy), of a search
-- for a sentinel and two paths, and of a load in a child; and the peak of this process's memory in KiB, before the
-- search and at the end.
local object, time, verdict = require("pienv.object"), require("pienv.time"), require("recipes.addon.verdict")
local path = ...

local function best(run)
  local least = math.huge
  for _ = 1, 20 do
    local start = time.monotonic()
    run()
    least = math.min(least, time.monotonic() - start)
  end
  return ("%.2f"):format(1000 * least)
end

local function peak()
  for line in io.lines("/proc/self/status") do
    local kib = line:match("^VmHWM:%s+(%d+) kB")
    if kib then
      return kib
    end
  end
end

local judged = best(function()
  local info = assert(object.inspect(path))
  local found = verdict.of({ info = info, target = { platform = "linux", arch = "x64" } })
  assert(found.class == "unproven", found.reason)
end)
local memory = peak()
local searched = best(function()
  local needles = { "__piNativesV17_0_5", "/build/host/work", "/opt/checkout/target" }
  assert(require("pienv.search").file(path, needles, { word_end = true }))
end)
local loaded
require("pienv.task").main(function()
  loaded = best(function()
    assert(require("pienv.dlprobe").run(path).class == "ok")
  end)
end)
print(judged, searched, loaded, memory, peak())
