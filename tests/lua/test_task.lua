-- lua/pienv/task.lua: tasks, processes in their slots, ends and interrupts.

local children = require("pienv.task.children")
local t = require("pienv.test")
local task = require("pienv.task")
local time = require("pienv.time")
local vm = require("pienv.vm")

local function sh(script, spec)
  spec = spec or {}
  spec.argv = { "sh", "-c", script }
  return task.process(spec)
end

-- Sends this process a signal and waits until it is pending or taken.
local function interrupt(signal)
  sh("kill -" .. signal .. " $PPID", { unslotted = true })
end

local function kind_of(ok, raised)
  return not ok and type(raised) == "table" and raised.kind or nil
end

t.test("main returns what its function returns, nil included", function()
  t.equal({ task.main(function()
    return 1, nil, 3
  end) }, { 1, nil, 3 })
end)

t.test("main raises what its function raises, after the others have ended", function()
  local ended = false
  local raised = t.raises(task.main, function()
    task.start(function()
      local how = kind_of(pcall(task.sleep, 60))
      sh("true")
      ended = how
    end)
    task.yield()
    error({ mine = true })
  end)
  t.ok(raised.mine, "the function's own error")
  t.equal(ended, "cancel")
end)

t.test("main waits for tasks that its function left running", function()
  local done
  task.main(function()
    task.start(function()
      task.sleep(0.05)
      done = true
    end)
  end)
  t.ok(done, "done")
end)

t.test("wait gives results and errors of a task, and leaves the others alone", function()
  task.main(function()
    local good = task.start(function(...)
      task.yield()
      return select("#", ...), ...
    end, 1, nil, nil)
    local bad = task.start(error, { mine = true })
    t.equal({ task.wait(good) }, { true, 3, 1 })
    local ok, raised = task.wait(bad)
    t.equal({ ok, raised.mine }, { false, true })
    t.equal({ task.wait(good) }, { true, 3, 1 }, "again")
  end)
end)

t.test("wait_any gives the first that ends", function()
  task.main(function()
    local slow, quick = task.start(task.sleep, 0.2), task.start(task.sleep, 0.01)
    t.ok(task.wait_any({ slow, quick }) == quick, "the quick one")
    t.ok(task.wait_any({ quick, slow }) == quick, "it has ended already")
    t.ok(task.wait_any({ slow }) == slow, "the slow one")
  end)
end)

t.test("a task that waits for a process lets others run", function()
  local began = time.monotonic()
  task.main(function()
    local list = {}
    for i = 1, 4 do
      list[i] = task.start(sh, "sleep 0.3; echo " .. i)
    end
    for i = 1, 4 do
      t.equal(select(2, task.wait(list[i])).stdout, i .. "\n")
    end
  end, { jobs = 4 })
  t.ok(time.monotonic() - began < 0.9, "together they take as long as one")
end)

-- Starts `count` children and returns how many ran at once at most.
local function most_at_once(count, jobs, spec)
  local now, most = 0, 0
  task.on_event(function(what)
    now = now + (what == "start" and 1 or -1)
    most = math.max(most, now)
  end)
  task.main(function()
    for _ = 1, count do
      task.start(function()
        local copy = { argv = { "sleep", "0.02" } }
        for key, value in pairs(spec or {}) do
          copy[key] = value
        end
        t.equal(task.process(copy).exit, 0)
      end)
    end
  end, { jobs = jobs })
  task.on_event(nil)
  return most
end

t.test("500 processes in flight never exceed the jobs", function()
  t.equal(most_at_once(500, 16), 16)
end)

t.test("unslotted processes do not count as jobs", function()
  t.equal(most_at_once(6, 1, { unslotted = true }), 6)
end)

t.test("what waits for a slot runs before the end of another process is told, and is told of after that", function()
  local told = {}
  task.on_event(function(what, spec)
    local running = 0
    children.each(function()
      running = running + 1
    end)
    told[#told + 1] = ("%s %s, %d"):format(what, spec.argv[2], running)
  end)
  task.main(function()
    for _, name in ipairs({ "a", "b" }) do
      task.start(task.process, { argv = { "true", name } })
    end
  end, { jobs = 1 })
  task.on_event(nil)
  t.equal(told, { "start a, 1", "exit a, 1", "start b, 1", "exit b, 0" })
end)

-- Opens files until no descriptor is left but a few.
local function use_descriptors(left)
  local files = {}
  while true do
    local file = io.open("/dev/null")
    if not file then
      break
    end
    files[#files + 1] = file
  end
  for _ = 1, left do
    table.remove(files):close()
  end
  return files
end

t.test("a start that finds no descriptor is tried again while other processes run", function()
  local started = 0
  task.on_event(function(what)
    started = started + (what == "start" and 1 or 0)
  end)
  task.main(function()
    local first = task.start(task.process, { argv = { "sleep", "2" } })
    task.yield()
    local files = use_descriptors(1)
    local second = task.start(task.process, { argv = { "true" } })
    task.sleep(0.05)
    t.equal(started, 1, "the second could not start")
    for _, file in ipairs(files) do
      file:close()
    end
    t.equal(select(2, task.wait(second)).exit, 0)
    t.equal(select(2, task.wait(first)).exit, 0)
  end, { jobs = 2 })
  task.on_event(nil)
end)

t.test("a start that finds no descriptor fails when no process runs that could end", function()
  task.main(function()
    local files = use_descriptors(1)
    local result, err, code = task.process({ argv = { "true" } })
    for _, file in ipairs(files) do
      file:close()
    end
    t.equal({ result, err, code }, { nil, "create pipe: Too many open files", "EMFILE" })
  end)
end)

t.test("a process that cannot start is nil, message, code; wrong use raises in the task", function()
  task.main(function()
    t.equal({ task.process({ argv = { "no-such" } }) }, { nil, "run no-such: No such file or directory", "ENOENT" })
    t.contains(t.raises(task.process, { argv = { "echo", 1 } }), "argv[2] must be a string")
    t.contains(t.raises(task.process, { argv = { "echo" }, chek = false }), "unknown option 'chek'")
  end)
end)

t.test("on_line gets every line; what it raises ends the process and is raised", function()
  task.main(function()
    local lines = {}
    local result = sh("echo a; echo b >&2", {
      on_line = function(stream, text)
        lines[#lines + 1] = stream .. ":" .. text
      end,
    })
    table.sort(lines)
    t.equal({ result.exit, lines }, { 0, { "stderr:b", "stdout:a" } })
    local began = time.monotonic()
    local raised = t.raises(sh, "echo a; sleep 60", {
      on_line = function()
        error("mine", 0)
      end,
    })
    t.equal(raised, "mine")
    t.ok(time.monotonic() - began < 2, "soon")
  end)
end)

t.test("children get their share of the cores where it is unset", function()
  local policy = task.core_share
  local show = 'echo "$CARGO_BUILD_JOBS,$MAKEFLAGS,$CMAKE_BUILD_PARALLEL_LEVEL"'
  local unset = { CARGO_BUILD_JOBS = false, MAKEFLAGS = false }
  t.equal(policy(8, 2), { CARGO_BUILD_JOBS = "4", MAKEFLAGS = "-j4", CMAKE_BUILD_PARALLEL_LEVEL = "4" })
  t.equal(policy(2, 3).MAKEFLAGS, "-j1")
  task.core_share = function(_, jobs)
    return policy(6, jobs)
  end
  task.main(function()
    t.equal(sh(show, { env = { PATH = os.getenv("PATH") }, clear_env = true }).stdout, "2,-j2,2\n")
    t.equal(sh(show, { env = { MAKEFLAGS = "-j9" }, clear_env = true }).stdout, "2,-j9,2\n")
    t.equal(sh(show, { env = unset, clear_env = true }).stdout, ",,2\n", "what a recipe unsets stays unset")
  end, { jobs = 3 })
  task.core_share = policy
end)

t.test("cancel stops the process first, then raises where the task waits", function()
  task.main(function()
    local pid
    task.on_event(function(what, _, detail)
      pid = what == "start" and detail or pid
    end)
    local alive
    local one = task.start(function()
      local how = kind_of(pcall(sh, "trap '' TERM; echo ready; while :; do sleep 0.05; done", { grace = 0.2 }))
      alive = io.open("/proc/" .. pid .. "/stat") ~= nil
      return how
    end)
    task.sleep(0.1)
    task.cancel(one)
    t.equal({ task.wait(one) }, { true, "cancel" })
    t.equal(alive, false, "the process has gone before")
    task.on_event(nil)
  end)
end)

t.test("a task that is cancelled while it waits for a slot starts nothing", function()
  task.main(function()
    local path = os.tmpname()
    os.remove(path)
    local first = task.start(task.process, { argv = { "sleep", "0.2" } })
    local second = task.start(task.process, { argv = { "touch", path } })
    task.yield()
    task.cancel(second)
    t.equal(kind_of(task.wait(second)), "cancel")
    t.equal(task.wait(first), true)
    t.equal(io.open(path), nil)
  end, { jobs = 1 })
end)

t.test("a signal stops every process and is raised in every task that waits; clean-up may run processes", function()
  local seen = {}
  local raised = t.raises(task.main, function()
    for name, wait in pairs({
      process = function()
        sh("trap '' TERM; while :; do sleep 0.05; done", { grace = 0.2 })
      end,
      sleep = function()
        task.sleep(60)
      end,
      slot = function()
        sh("sleep 60")
        sh("sleep 60")
      end,
    }) do
      task.start(function()
        local ok, how = pcall(wait)
        seen[name] = kind_of(ok, how) .. " " .. how.signal .. " " .. sh("echo cleaned").stdout
      end)
    end
    task.sleep(0.1)
    interrupt("INT")
    task.sleep(60)
  end, { jobs = 2 })
  t.equal({ raised.kind, raised.signal }, { "interrupt", "SIGINT" })
  local told = "interrupt SIGINT cleaned\n"
  t.equal(seen, { process = told, sleep = told, slot = told })
  t.equal(vm.interrupted(), nil)
end)

-- Waits until a signal is raised here.
local function until_told(signal)
  t.equal(
    kind_of(pcall(function()
      interrupt(signal)
      task.sleep(60)
    end)),
    "interrupt"
  )
end

t.test("a second signal interrupts the clean-up too, and kills at once what ignored the first", function()
  local began, hows = time.monotonic(), {}
  task.main(function()
    task.start(function()
      hows[1] = kind_of(pcall(task.sleep, 60))
      hows[2] = kind_of(pcall(task.sleep, 60))
    end)
    task.start(function()
      hows[3] = kind_of(pcall(sh, "trap '' TERM; while :; do sleep 0.05; done", { grace = 60 }))
    end)
    task.sleep(0.1)
    until_told("INT")
    until_told("TERM")
  end, { jobs = 4 })
  t.equal(hows, { "interrupt", "interrupt", "interrupt" })
  t.ok(time.monotonic() - began < 10, "killed at once")
end)

t.test("a signal reaches a task that computes, once; its clean-up goes on after yield", function()
  local times, cleaned = 0, nil
  task.main(function()
    task.start(sh, "sleep 0.1; kill -INT $PPID", { unslotted = true })
    task.yield()
    local ok, raised = pcall(function()
      while true do
        times = times + 1
      end
    end)
    task.yield()
    cleaned = { kind_of(ok, raised), raised.signal, sh("echo cleaned").stdout }
  end)
  t.equal(cleaned, { "interrupt", "SIGINT", "cleaned\n" })
  t.ok(times > 0, "it computed")
end)

t.test("outside of tasks and in coroutines process, sleep and wait just take their time", function()
  t.equal(sh("echo plain").stdout, "plain\n")
  task.sleep(0.01)
  task.main(function()
    local other = task.start(sh, "echo other")
    local inner = coroutine.wrap(function()
      coroutine.yield(sh("echo inner").stdout)
    end)
    t.equal(inner(), "inner\n")
    local sorted = { 2, 1 }
    table.sort(sorted, function(a, b)
      return sh("exit " .. (a < b and 1 or 0)).exit == 1
    end)
    t.equal(sorted, { 1, 2 })
    t.equal(select(2, task.wait(other)).stdout, "other\n")
  end)
end)

t.test("tasks that wait for each other end with an error instead of for ever", function()
  local raised = t.raises(task.main, function()
    local one
    local two = task.start(function()
      task.wait(one)
    end)
    one = task.start(function()
      task.wait(two)
    end)
    local _, how = task.wait(one)
    error(how, 0)
  end)
  t.equal(raised, "every task waits for another one")
end)

t.test("wrong use of main raises", function()
  t.contains(t.raises(task.main, print, { jobs = 0 }), "option 'jobs' must be an integer of at least 1")
  task.main(function()
    t.contains(t.raises(task.main, print), "task.main is running")
  end)
end)
