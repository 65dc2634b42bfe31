-- pienv lua copy.lua FILE ROUNDS: prints three medians of pairs, then megabytes:
--   a copy with its digest / a plain copy; the same on disk / a plain copy; with digest / only the digest; memory
-- Each round does all in turn, so that a machine whose speed drifts slows all of them.
local fs = require("pienv.fs")
local sha256 = require("pienv.sha256")
local time = require("pienv.time")

local from, rounds = ...
local to = from .. ".copy"

local function measure(run)
  fs.remove(to)
  local start = time.monotonic()
  assert(run())
  return time.monotonic() - start
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

local function resident()
  return tonumber(fs.read("/proc/self/status"):match("VmHWM:%s*(%d+)")) / 1024
end

local digest_ratios, durable_ratios, hash_ratios, plain_times = {}, {}, {}, {}
for i = 1, math.tointeger(tonumber(rounds)) do
  local plain = measure(function()
    return fs.copy(from, to, { sync = false })
  end)
  local digest = measure(function()
    return sha256.copy(from, to, { sync = false })
  end)
  local durable = measure(function()
    return sha256.copy(from, to)
  end)
  local hash = measure(function()
    return sha256.file(from)
  end)
  digest_ratios[i], durable_ratios[i], hash_ratios[i] = digest / plain, durable / plain, digest / hash
  plain_times[i] = plain
end
fs.remove(to)
io.stderr:write(("# plain copy %.0f ms\n"):format(1000 * median(plain_times)))
print(("%.2f %.2f %.2f %.1f"):format(median(digest_ratios), median(durable_ratios), median(hash_ratios), resident()))
