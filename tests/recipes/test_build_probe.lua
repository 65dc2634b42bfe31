-- recipes/build/probe.lua: B24, what was built for this machine is loaded.

local probe = require("recipes.build.probe")
local t = require("pienv.test")

local HOST = { platform = "linux", arch = "x64", level = 2 }
local VARIANTS = { modern = { level = 3 }, baseline = { level = 2 } }

local function run(load, target)
  local calls, outcome = 0, nil
  local s = {
    host = HOST,
    settings = { variants = VARIANTS },
    dlprobe = {
      run = function(_, options)
        calls = calls + 1
        t.equal(options.timeout, 60)
        return load
      end,
    },
    because = function(_, text)
      outcome = text
    end,
    skip = function(_, text)
      error("skip: " .. text, 0)
    end,
    fail = function(_, message)
      error(message, 0)
    end,
  }
  target = target or { platform = "linux", arch = "x64", variant = "baseline" }
  local ok, err = pcall(probe.run, s, { { path = "/p/native/x.node", info = {}, target = target } })
  return ok and outcome or err, calls
end

local DEFECT = "\nThe addon was produced and installed successfully, so this is a defect in the build that made it, "
  .. "not in the loader that rejected it."

t.test("B24 an addon that loads", function()
  t.equal(run({ class = "ok" }), "loads")
  t.equal(run({ class = "stubs", stubs = { "napi_x" } }), "loads")
end)

t.test("B24 one that does not fails the build, in these words", function()
  t.equal(
    run({ class = "error", message = "x.node: undefined symbol: frobnicate" }),
    "built addon x.node cannot be loaded on this host (linux-x64):\nx.node: undefined symbol: frobnicate" .. DEFECT
  )
  t.contains(run({ class = "crash", signal = "SIGSEGV" }), "(linux-x64):\nloading it dies of SIGSEGV")
end)

t.test("B24 one that hangs", function()
  t.equal(
    run({ class = "hang", seconds = 60 }),
    "built addon x.node cannot be loaded on this host (linux-x64): loading did not finish within 60s." .. DEFECT
  )
end)

t.test("B24 only this machine's own, and only what its CPU can run", function()
  local function skipped(target)
    local text, calls = run({ class = "crash", signal = "SIGILL" }, target)
    t.equal({ text, calls }, { "skip: nothing of this build is for this machine", 0 })
  end
  skipped({ platform = "linux", arch = "arm64" })
  skipped({ platform = "darwin", arch = "x64" })
  skipped({ platform = "linux", arch = "x64", variant = "modern" })
  skipped({ platform = "linux", arch = "x64", libc = "musl" })
end)

t.test("B24 what only node can tell is left open", function()
  t.contains(run({ class = "error", message = "x.node: undefined symbol: uv_run" }), "unproven: ")
  t.contains(run({ class = "error", message = "x.node: CPU ISA level is lower than required" }), "unproven: ")
end)
