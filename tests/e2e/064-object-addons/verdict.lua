-- verdict.lua FILE PLATFORM ARCH [LIBC]: the static verdict on a file for a target.
local path, platform, arch, libc = ...
local info = assert(require("pienv.object").inspect(path))
local target = { platform = platform, arch = arch, libc = libc }
local found = require("recipes.addon.verdict").of({ info = info, target = target })
print(found.class, found.reason)
for _, remark in ipairs(found.remarks) do
  print("remark", remark)
end
