-- pienv lua rate.lua: prints the gigabytes (10^9) that pienv.sha256 hashes in a second of CPU time, the best of twenty
-- runs, because other work on the machine can only make it slower.
local sha256 = require("pienv.sha256")

local block = string.rep("p", 32 * 1024 * 1024)
local best = 0
for _ = 1, 20 do
  local start = os.clock()
  sha256.hash(block)
  best = math.max(best, #block / (os.clock() - start) / 1e9)
end
print(("%.2f"):format(best))
