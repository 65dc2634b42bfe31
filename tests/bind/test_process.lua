-- require "pienv.process": arguments, results, events. What becomes of the child itself is the C test's.

local process = require("pienv.process")
local t = require("pienv.test")

-- Runs to the end; the result, and the lines as "stream:text".
local function run(spec)
  local handle <close>, err, code = process.spawn(spec)
  if not handle then
    return nil, err, code
  end
  local lines = {}
  while true do
    for _, event in ipairs(assert(process.poll(10))) do
      t.ok(event.handle == handle, "the event's handle")
      if event.type == "exit" then
        return event.result, lines
      end
      lines[#lines + 1] = event.stream .. ":" .. event.text
    end
  end
end

local function sh(script, spec)
  spec = spec or {}
  spec.argv = { "sh", "-c", script }
  return run(spec)
end

local function wrong(spec, part)
  local message = t.raises(process.spawn, spec)
  t.contains(message, "bad argument #1")
  t.contains(message, part)
end

t.test("a result has exit code, output, times and memory", function()
  local result = sh("echo out; echo err >&2; exit 3")
  t.equal({ result.exit, result.signal, result.timed_out }, { 3, nil, false })
  t.equal({ result.stdout, result.stderr }, { "out\n", "err\n" })
  t.equal({ result.stdout_dropped, result.stderr_dropped }, { 0, 0 })
  t.ok(result.wall > 0 and result.user >= 0 and result.system >= 0 and result.max_rss > 100000, "figures")
end)

t.test("a line that is too long comes in parts, of which the last is none", function()
  local _ <close> = assert(process.spawn({
    argv = { "sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo; echo end" },
    stdout = "lines",
  }))
  local text, parts, last = "", 0, nil
  while not last do
    for _, event in ipairs(assert(process.poll(10))) do
      text = text .. (event.text or "")
      parts = parts + (event.partial and 1 or 0)
      last = event.type == "exit" or nil
    end
  end
  t.equal({ #text, parts >= 1, text:sub(-4) }, { 100003, true, "xend" })
end)

t.test("without grace a time limit kills at once", function()
  local result = sh("trap '' TERM; exec sleep 100", { timeout = 0.05, grace = 0 })
  t.equal({ result.signal, result.timed_out }, { "SIGKILL", true })
end)

t.test("a signal is named", function()
  local result = sh("kill -SEGV $$")
  t.equal({ result.exit, result.signal }, { nil, "SIGSEGV" })
end)

t.test("a program that cannot run is nil, message, code; exit 127 is a result", function()
  t.equal({ run({ argv = { "no-such" } }) }, { nil, "run no-such: No such file or directory", "ENOENT" })
  t.equal(select(3, run({ argv = { "/etc/passwd" } })), "EACCES")
  t.equal({ run({ argv = { "true" }, cwd = "/none" }) }, { nil, "enter /none: No such file or directory", "ENOENT" })
  t.equal(sh("exit 127").exit, 127)
end)

t.test("argv: an element that is no string, has a NUL or is missing raises and is named", function()
  wrong({ argv = { "echo", 1 } }, "argv[2] must be a string, got number")
  wrong({ argv = { "echo", "a", {} } }, "argv[3] must be a string, got table")
  wrong({ argv = { "echo", nil, "b" } }, "argv[2] must be a string, got nil")
  wrong({ argv = { "echo", "a\0b" } }, "argv[2] holds a NUL byte")
  wrong({ argv = { [1 << 40] = "x" } }, "option 'argv' has a hole")
  wrong({ argv = { "echo", x = "y" } }, "option 'argv' must be a list")
  wrong({ argv = {} }, "option 'argv' is empty")
  wrong({ argv = { "" } }, "argv[1], the program, is empty")
  wrong({ argv = "echo a" }, "option 'argv' must be a list, got string")
  wrong({}, "option 'argv' must be a list, got nil")
end)

t.test("wrong options raise and are named", function()
  local function option(name, value)
    return { argv = { "true" }, [name] = value }
  end
  wrong(option("argw", 1), "unknown option 'argw'")
  wrong(option("cwd", 1), "option 'cwd' must be a string, got number")
  wrong(option("cwd", "a\0b"), "option 'cwd' holds a NUL byte")
  wrong(option("env", "A=1"), "option 'env' must be a table, got string")
  wrong(option("env", { A = 1 }), "variable 'A' of option 'env' must be a string, got number")
  wrong(option("env", { A = "x\0" }), "variable 'A' of option 'env' holds a NUL byte")
  wrong(option("env", { ["A=B"] = "x" }), "no such name is possible")
  wrong(option("env", { [""] = "x" }), "no such name is possible")
  wrong(option("env", { "x" }), "names in option 'env' must be strings")
  wrong(option("stdin", 1), "option 'stdin' must be a string or {file = path}")
  wrong(option("stdin", {}), "field 'file' of option 'stdin' must be a string, got nil")
  wrong(option("stdout", "stdout"), "option 'stdout' must be")
  wrong(option("stderr", "captured"), "option 'stderr' must be")
  wrong(option("limit", 0), "option 'limit' must be at least 1")
  wrong(option("timeout", -1), "is negative")
  wrong(option("timeout", "1"), "option 'timeout' must be a number, got string")
  t.contains(t.raises(process.spawn, nil), "table expected")
end)

t.test("env sets, unsets, clears", function()
  local set = sh('echo "$PIENV_TEST_A:${HOME-unset}"', { env = { PIENV_TEST_A = "a b\nc", HOME = false } })
  t.equal(set.stdout, "a b\nc:unset\n")
  t.equal(run({ argv = { "/usr/bin/env" }, env = { B = "", A = "1" }, clear_env = true }).stdout, "A=1\nB=\n")
  t.equal(run({ argv = { "/usr/bin/env" }, clear_env = true }).stdout, "")
  local inherited = run({ argv = { "/usr/bin/env" }, env = { PIENV_TEST_A = "x" } }).stdout
  t.contains(inherited, "PATH=" .. os.getenv("PATH"))
end)

t.test("pieces of a captured output come as they come, and the result has all of it", function()
  local spec = { argv = { "sh", "-c", "head -c 300000 /dev/zero; echo err >&2" }, watch = true, limit = 1000 }
  local handle <close> = assert(process.spawn(spec))
  local got, result = { stdout = {}, stderr = {} }, nil
  while not result do
    for _, event in ipairs(assert(process.poll())) do
      if event.type == "output" then
        t.equal(result, nil)
        table.insert(got[event.stream], event.text)
      elseif event.type == "exit" and event.handle == handle then
        result = event.result
      end
    end
  end
  t.equal(#table.concat(got.stdout), 300000)
  t.equal(table.concat(got.stderr), "err\n")
  t.equal(#result.stdout, 1000)
  t.equal(result.stdout_dropped, 299000)
  t.equal(result.stderr, "err\n")
end)

t.test("lines come one by one, before the exit", function()
  local result, lines = sh("echo a; echo b >&2; printf 'c\\n\\nd'", { stdout = "lines", stderr = "lines" })
  t.equal(result.stdout, nil)
  table.sort(lines)
  t.equal(lines, { "stderr:b", "stdout:", "stdout:a", "stdout:c", "stdout:d" })
end)

t.test("stdin is bytes or a file, the null device by default", function()
  t.equal(run({ argv = { "cat" } }).stdout, "")
  t.equal(run({ argv = { "cat" }, stdin = "a\0b\n" }).stdout, "a\0b\n")
  t.equal(run({ argv = { "cat" }, stdin = { file = "/proc/self/comm" } }).stdout, "pienv\n")
  t.equal(select(2, run({ argv = { "cat" }, stdin = { file = "/none" } })), "open /none: No such file or directory")
end)

t.test("outputs go to files, to nowhere, and together", function()
  local path = os.tmpname()
  t.equal(sh("echo one", { stdout = { file = path } }).stdout, nil)
  sh("echo two; echo three >&2", { stdout = { file = path, append = true }, stderr = "stdout" })
  local file <close> = assert(io.open(path))
  t.equal(file:read("a"), "one\ntwo\nthree\n")
  os.remove(path)
  local result = sh("echo a; echo b >&2; echo c", { stderr = "stdout" })
  t.equal({ result.stdout, result.stderr }, { "a\nb\nc\n", nil })
  t.equal(sh("echo a", { stdout = "null" }).stdout, nil)
end)

t.test("a limit keeps the last bytes and counts the others", function()
  local result = sh("printf 0123456789; printf abc >&2", { limit = 4 })
  t.equal({ result.stdout, result.stdout_dropped }, { "6789", 6 })
  t.equal({ result.stderr, result.stderr_dropped }, { "abc", 0 })
end)

t.test("a time limit is seen in the result", function()
  local result = run({ argv = { "sleep", "60" }, timeout = 0.1 })
  t.equal({ result.signal, result.timed_out }, { "SIGTERM", true })
  t.ok(result.wall >= 0.1 and result.wall < 2, "wall")
end)

t.test("a time limit is moved", function()
  local handle <close> = assert(process.spawn({ argv = { "sleep", "60" }, timeout = 0.2 }))
  handle:postpone(0.4)
  t.contains(t.raises(handle.postpone, handle, -1), "not a number of seconds")
  t.contains(t.raises(handle.postpone, handle, 0 / 0), "not a number of seconds")
  local events = assert(process.poll(10))
  t.ok(events[1].result.timed_out, "timed out")
  t.ok(events[1].result.wall >= 0.6, "wall")
end)

t.test("a handle tells its pid and takes signals", function()
  local handle <close> = assert(process.spawn({ argv = { "sleep", "60" } }))
  t.ok(math.type(handle:pid()) == "integer" and handle:pid() > 1, "pid")
  t.contains(t.raises(handle.kill, handle, "SIGNONE"), "no signal is named 'SIGNONE'")
  t.equal(handle:kill("SIGUSR1"), true)
  t.equal(process.poll(10)[1].result.signal, "SIGUSR1")
  local ok, err, code = handle:kill()
  t.equal({ ok, err, code }, { nil, "signal process " .. handle:pid() .. ": No such process", "ESRCH" })
end)

t.test("cancel stops, close kills and is final", function()
  local handle = assert(process.spawn({ argv = { "sleep", "60" } }))
  handle:cancel()
  t.equal(process.poll(10)[1].result.signal, "SIGTERM")
  handle:close()
  handle:close()
  t.contains(t.raises(handle.pid, handle), "process is closed")
end)

t.test("a handle that is collected takes its process with it", function()
  local pid = assert(process.spawn({ argv = { "sleep", "60" } })):pid()
  collectgarbage()
  collectgarbage()
  t.equal(io.open("/proc/" .. pid .. "/stat"), nil)
  t.equal(process.poll(0), {})
end)

t.test("a handle outlives the module that it came from", function()
  local handle = assert(process.spawn({ argv = { "sleep", "60" } }))
  package.loaded["pienv.process"] = nil
  local other = assert(require("pienv.process").spawn({ argv = { "sleep", "60" } }))
  package.loaded["pienv.process"] = process -- nothing holds the second module now
  collectgarbage()
  collectgarbage()
  t.equal({ handle:kill(), other:kill() }, { true, true })
  handle:close()
  other:close()
end)

t.test("poll refuses what is no number of seconds", function()
  t.contains(t.raises(process.poll, 0 / 0), "not a number of seconds")
end)

t.test("poll returns at once when nothing runs, else when the time is up", function()
  t.equal(process.poll(), {})
  local handle <close> = assert(process.spawn({ argv = { "sleep", "60" } }))
  t.equal(process.poll(0.05), {})
  t.ok(handle:pid() > 1, "it still runs")
end)

t.test("cores are those of pienv.cpu", function()
  t.equal(process.cores(), require("pienv.cpu").cores())
end)

t.test("an environment that is made once serves many, and outlives what it was made of", function()
  local env = { PIENV_MADE = "made", HOME = false }
  local made = process.environment(env)
  env.PIENV_MADE = "changed"
  collectgarbage()
  for _ = 1, 2 do
    t.equal(sh("echo $PIENV_MADE ${HOME-none} ${PATH:+path}", { env = made }).stdout, "made none path\n")
  end
  wrong({ argv = { "true" }, env = made, clear_env = true }, "a made 'env' is whole")
  t.contains(t.raises(process.environment, { A = 1 }), "variable 'A' of option 'env' must be a string, got number")
  t.contains(t.raises(process.environment), "table expected")
end)

-- What poll gives for commands, as "start NAME", "exit NAME CODE" and so on, until nothing runs any more, and how many
-- polls that took. Those that the first one left are given again if `all`: it waits ten milliseconds at most.
local function poll_commands(commands, slots, all)
  local names, told, running, polls = {}, {}, 0, 0
  repeat
    polls = polls + 1
    for _, event in ipairs(assert(process.poll(10, commands, slots - running))) do
      if event.type == "start" then
        t.equal({ event.pid, math.type(event.at) }, { event.handle:pid(), "float" })
        names[event.handle], running = event.command.name, running + 1
        told[#told + 1] = "start " .. event.command.name
      elseif event.type == "refused" then
        told[#told + 1] = "refused " .. event.command.name .. " " .. event.code
        t.contains(event.err, "run " .. event.command.argv[1])
      elseif event.type == "exit" then
        told[#told + 1] = "exit " .. names[event.handle] .. " " .. event.result.exit
        running = running - 1
        event.handle:close()
      else
        told[#told + 1] = event.type .. " " .. names[event.handle]
      end
      if commands[1] == event.command then
        table.remove(commands, 1)
      end
    end
    if not all then
      commands = {}
    end
  until running == 0 and #commands == 0
  return told, polls
end

local function commands_of(list)
  local options = { watch = true }
  for i, argv in ipairs(list) do
    list[i] = { name = tostring(i), argv = argv, options = options }
  end
  return list
end

t.test("poll starts commands one after another, as long as they end well, and tells of all at once", function()
  local fewest = math.huge
  for _ = 1, 50 do -- on a busy machine a command may take longer than a poll waits for others
    local told, polls = poll_commands(commands_of({ { "true" }, { "true" }, { "true" } }), 1, true)
    t.equal(table.concat(told, ", "), "start 1, exit 1 0, start 2, exit 2 0, start 3, exit 3 0")
    fewest = math.min(fewest, polls)
    if fewest == 2 then
      break
    end
  end
  t.equal(fewest, 2) -- it returns when the last one has started: there may be more to give
end)

t.test("poll starts as many at once as there are slots", function()
  local told = poll_commands(commands_of({ { "sleep", "0.2" }, { "sleep", "0.2" }, { "true" } }), 2)
  t.equal({ told[1], told[2], #told }, { "start 1", "start 2", 4 }) -- after ten milliseconds they are told of
end)

t.test("poll starts nothing after a command that fails, that writes, or that cannot start", function()
  local told = poll_commands(commands_of({ { "false" }, { "true" } }), 1)
  t.equal(table.concat(told, ", "), "start 1, exit 1 1")
  told = poll_commands(commands_of({ { "echo" }, { "true" } }), 1)
  t.equal(told[2], "output 1")
  t.equal(told[#told], "exit 1 0")
  told = poll_commands(commands_of({ { "./no-such-program" }, { "true" } }), 1)
  t.equal(told, { "refused 1 ENOENT" })
  told = poll_commands(commands_of({ { "sh", "-c", "kill -TERM $$; true" }, { "true" } }), 0)
  t.equal(told, {})
end)

t.test("poll raises for commands that are none", function()
  t.contains(t.raises(process.poll, 0, 5, 1), "bad argument #2")
  t.contains(t.raises(process.poll, 0, { 5 }, 1), "a command must be a table")
  t.contains(t.raises(process.poll, 0, { { argv = { "true" } } }, 1), "a command's 'options' must be a table")
  t.contains(t.raises(process.poll, 0, { { argv = "true", options = {} } }, 1), "option 'argv' must be a list")
end)

t.test("another process's exit is told of before more commands start", function()
  local other <close> = assert(process.spawn({ argv = { "sleep", "0.1" } }))
  local list, slots = commands_of({ { "sleep", "0.4" }, { "true" } }), 1
  local told, handles = {}, {}
  while #told < 2 do
    for _, event in ipairs(assert(process.poll(10, list, slots))) do
      told[#told + 1] = event.type .. (event.handle == other and " of the other" or "")
      handles[#handles + 1] = event.handle
    end
    list, slots = { list[2] }, 0
  end
  t.equal(told, { "start", "exit of the other" })
  handles[1]:close()
end)

t.test("commands with options of their own get these, whichever came before", function()
  local list = {}
  for i, name in ipairs({ "/", "/usr", "/", "/usr" }) do
    list[i] = { name = tostring(i), argv = { "sh", "-c", '[ "$PWD" = ' .. name .. " ]" }, options = { cwd = name } }
  end
  list[3].options = list[1].options
  local told = poll_commands(list, 1, true)
  t.equal(told, { "start 1", "exit 1 0", "start 2", "exit 2 0", "start 3", "exit 3 0", "start 4", "exit 4 0" })
end)
