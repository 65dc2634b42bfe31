-- Lines of a kept run's events: the fast forms say what the usual encoder would.

local flat = require("pienv.log.flat")
local json = require("pienv.json")
local t = require("pienv.test")

local function same(line, want)
  t.equal(line:sub(-1), "\n")
  local value = assert(json.decode(line))
  t.equal(value, want)
  t.equal(line:match('^{"(%w+)"') ~= nil, true)
  local before = ""
  for _, name in ipairs({ "argv", "at", "cpu_seconds", "cwd", "exit", "log", "max_rss", "number", "pid", "reason" }) do
    local at = line:find('"' .. name .. '":', 1, true)
    if at then
      t.equal(before < name, true)
      before = name
    end
  end
end

local odd = 'quote " back\\slash \n tab \t é \xff'
local process = { step = "compile", target = 'a"b', number = 7, argv = { "cc", odd }, cwd = "/a b", pid = 12 }

t.test("a process that starts", function()
  same(flat.process_started(process, 0.25), {
    type = "process_started",
    v = 1,
    at = 0.25,
    step = "compile",
    target = 'a"b',
    number = 7,
    argv = { "cc", json.utf8(odd) },
    cwd = "/a b",
    pid = 12,
  })
end)

t.test("a process that ended, by exit, by signal, by its time", function()
  process.seconds, process.log = 0.5, ".pienv/runs/x/0007-compile.log"
  process.result = { exit = 3, user = 0.25, system = 0.25, max_rss = 4096, timed_out = false }
  local want = { type = "process_finished", v = 1, at = 1.0, step = "compile", target = 'a"b', number = 7, exit = 3 }
  want.seconds, want.cpu_seconds, want.max_rss, want.log = 0.5, 0.5, 4096, process.log
  same(flat.process_finished(process, 1.0), want)
  process.result.exit, process.result.signal, process.result.timed_out = nil, "SIGKILL", true
  want.exit, want.signal, want.timed_out = nil, "SIGKILL", true
  same(flat.process_finished(process, 1.0), want)
end)

t.test("a step that ended, with a reason and without", function()
  local instance = { name = "a", target = { id = "x" } }
  local outcome = { state = "up to date", seconds = 0, cpu = 0, max_rss = 0, reason = odd }
  local want = { type = "step_finished", v = 1, at = 2.0, step = "a", target = "x", state = "up to date", max_rss = 0 }
  want.seconds, want.cpu_seconds, want.reason = 0.0, 0.0, json.utf8(odd)
  same(flat.step_finished(instance, outcome, 2.0), want)
  outcome.reason, want.reason = nil, nil
  same(flat.step_finished(instance, outcome, 2.0), want)
end)

t.test("any other kind by its fields, sorted", function()
  t.equal(
    flat.line("artifact", 0.5, { size = 3, path = "a" }),
    '{"at":0.500000,"path":"a","size":3,"type":"artifact","v":1}\n'
  )
  t.equal(flat.line("artifact", 0.5, { list = json.array() }), '{"at":0.500000,"list":[],"type":"artifact","v":1}\n')
end)
