local folder = ...
local process = require("pienv.process")

local file = folder .. "/out"
local handle <close> = assert(process.spawn({
  argv = { "sh", "-c", "cat; echo line; echo err >&2; exit 3" },
  env = { A = "1", HOME = false },
  cwd = folder,
  stdin = "input\n",
  stdout = "lines",
  timeout = 20,
  limit = 100,
}))
assert(handle:pid() > 0)
local result
repeat
  for _, event in ipairs(assert(process.poll(20))) do
    result = event.result
  end
until result
assert(result.exit == 3 and result.stderr == "err\n")
local other <close> = assert(process.spawn({ argv = { "sleep", "60" }, stdout = { file = file }, clear_env = true }))
handle:cancel()
assert(other:kill("SIGKILL"))
assert(os.remove(file))
assert(not process.spawn({ argv = { "no-such-program" } }))
assert(process.environment({ A = "1", HOME = false }))
assert(process.cores() > 0)
