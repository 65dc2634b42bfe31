-- pienv.lock: waiting, what is said meanwhile, and records that nobody trusts.

local c = require("pienv.c.lock")
local fs = require("pienv.fs")
local json = require("pienv.json")
local lock = require("pienv.lock")
local t = require("pienv.test")
local task = require("pienv.task")
local time = require("pienv.time")

local PIENV = os.getenv("PIENV")

-- Calls body(path of a lock, folder) inside a task.
local function locking(body)
  local folder = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-lock"))
  local ok, raised = pcall(task.main, function()
    body(folder .. "/.lock", folder)
  end, { jobs = 2 })
  fs.remove_tree(folder)
  if not ok then
    error(raised, 0)
  end
end

-- A clock that is `factor` times as fast, for pauses that are too long for a test.
local function with_fast_clock(factor, body)
  local real = time.monotonic
  local began = real()
  time.monotonic = function() -- luacheck: ignore 122
    return began + factor * (real() - began)
  end
  local ok, raised = pcall(body)
  time.monotonic = real -- luacheck: ignore 122
  if not ok then
    error(raised, 0)
  end
end

-- Runs a script in another pienv and waits until `path` exists.
local function start_script(folder, name, text)
  local script = folder .. "/" .. name .. ".lua"
  assert(fs.write(script, text))
  return task.start(task.process, { argv = { PIENV, "lua", script }, stderr = "capture" })
end

local function await_file(path)
  for _ = 1, 1000 do
    if fs.stat(path) then
      return
    end
    task.sleep(0.01)
  end
  error(path .. " does not come")
end

-- Starts a process that holds the lock until it is told to end; returns its pid and a function that kills it.
local function foreign_holder(path, folder)
  local holder = start_script(
    folder,
    "holder",
    ("local held <close> = assert(require('pienv.lock').acquire(%q, { about = 'holding it' }))\n"):format(path)
      .. "local fs, task = require('pienv.fs'), require('pienv.task')\n"
      .. ("fs.write(%q, fs.read('/proc/self/stat'):match('%%d+'))\ntask.sleep(60)"):format(folder .. "/pid")
  )
  await_file(folder .. "/pid")
  local pid = fs.read(folder .. "/pid")
  return math.tointeger(tonumber(pid)),
    function()
      task.process({ argv = { "kill", "-KILL", pid } })
      task.wait(holder)
    end
end

t.test("a lock that is held is not taken with a timeout of 0; the text names the holder and the next step", function()
  locking(function(path, folder)
    local pid, kill = foreign_holder(path, folder)
    local held, err, code = lock.acquire(path, { timeout = 0 })
    t.equal({ held, code }, { nil, "EAGAIN" })
    t.contains(err, "lock " .. path .. ": held since ")
    t.contains(err, (" by process %d (pienv lua %s/holder.lua): holding it; "):format(pid, folder))
    t.contains(err, "wait for it, or end process " .. pid)
    kill()
  end)
end)

t.test("a wait ends with its time limit", function()
  locking(function(path)
    local held <close> = assert(lock.acquire(path))
    local began = time.monotonic()
    local _, err, code = lock.acquire(path, { timeout = 0.2 })
    t.equal(code, "ETIMEDOUT")
    t.contains(err, "no lock within 0.2 s, held since ")
    t.ok(time.monotonic() - began >= 0.2, "waited long enough")
    t.ok(held)
  end)
end)

t.test("the lock of a killed process goes to who waits for it", function()
  locking(function(path, folder)
    local _, kill = foreign_holder(path, folder)
    local waiter = task.start(lock.acquire, path, { timeout = 30 })
    task.sleep(0.05)
    t.ok(not waiter.ended, "it waits")
    kill()
    local ok, held = task.wait(waiter)
    t.ok(ok and held, "the lock")
    t.equal(lock.holder(path).command:match("holder.lua"), nil)
  end)
end)

t.test("who waits lets the other tasks run, one of which holds the lock", function()
  locking(function(path)
    local order = {}
    local held = assert(lock.acquire(path))
    local waiter = task.start(function()
      local mine <close> = assert(lock.acquire(path))
      order[#order + 1] = mine and "waiter"
    end)
    task.sleep(0.05)
    order[#order + 1] = "holder"
    held:release()
    assert(task.wait(waiter))
    t.equal(order, { "holder", "waiter" })
  end)
end)

-- Waits until the kernel has so many in the line for the lock of a file.
local function await_line(path, count)
  local inode = (":%d "):format(fs.stat(path).inode)
  for _ = 1, 1000 do
    local found = 0
    for line in fs.read("/proc/locks"):gmatch("[^\n]+") do
      found = found + (line:find("-> FLOCK", 1, true) and line:find(inode, 1, true) and 1 or 0)
    end
    if found == count then
      return
    end
    task.sleep(0.01)
  end
  error(("no %d wait for %s"):format(count, path))
end

t.test("those who wait get the lock in the order in which they came", function()
  locking(function(path)
    local order, want, waiters = {}, {}, {}
    local held = assert(lock.acquire(path))
    for i = 1, 20 do
      want[i] = i
      waiters[i] = task.start(function()
        local mine <close> = assert(lock.acquire(path))
        order[#order + 1] = mine and i
        task.sleep(0.005) -- longer than the first pauses of those who come later
      end)
      await_line(path, i)
    end
    held:release()
    for _, waiter in ipairs(waiters) do
      assert(task.wait(waiter))
    end
    t.equal(order, want)
  end)
end)

t.test("a wait goes on at the file that replaced the one it waited for", function()
  locking(function(path, folder)
    local old <close> = assert(lock.acquire(path))
    local waiter = task.start(lock.acquire, path)
    task.sleep(0.02)
    assert(fs.write(folder .. "/new", ""))
    assert(fs.rename(folder .. "/new", path))
    local ok, held = task.wait(waiter)
    t.ok(ok and held and old, "the lock of the new file")
    t.equal(select(3, lock.acquire(path, { timeout = 0 })), "EAGAIN")
  end)
end)

t.test("without a thread the lock is tried again and again", function()
  locking(function(path)
    local held, queue = assert(lock.acquire(path)), c.queue
    c.queue = function() -- luacheck: ignore 122
      return nil, "lock: Resource temporarily unavailable", "EAGAIN"
    end
    local waiter = task.start(lock.acquire, path)
    task.sleep(0.02)
    held:release()
    local ok, mine = task.wait(waiter)
    c.queue = queue -- luacheck: ignore 122
    t.ok(ok and mine, "the lock")
  end)
end)

t.test("a cancelled wait raises and takes nothing", function()
  locking(function(path)
    local held = assert(lock.acquire(path))
    local waiter = task.start(lock.acquire, path)
    task.sleep(0.02)
    task.cancel(waiter)
    local ok, raised = task.wait(waiter)
    t.equal({ ok, raised.kind }, { false, "cancel" })
    held:release()
    assert(lock.acquire(path, { timeout = 0 })):release()
  end)
end)

t.test("a try names nobody", function()
  locking(function(path)
    local held = assert(lock.try(path))
    t.equal({ lock.try(path) }, { nil, "lock " .. path .. ": held by another", "EAGAIN" })
    held:release()
    assert(lock.try(path, { mode = "shared" })):release()
    t.contains(t.raises(lock.try, path, { wait = 1 }), "unknown option 'wait'")
  end)
end)

t.test("where no task runs a wait blocks, and ends with its time limit or the lock", function()
  locking(function(path, folder)
    local held = assert(lock.acquire(path))
    t.equal(select(3, lock.acquire(path, { alone = true, timeout = 0.2 })), "ETIMEDOUT")
    local script = ("local lock = require('pienv.lock')\nlocal fs = require('pienv.fs')\nfs.write(%q, '')\n"):format(
      folder .. "/there"
    ) .. ("assert(lock.acquire(%q, { alone = true, mode = 'shared' }))\nfs.write(%q, '')\n"):format(
      path,
      folder .. "/done"
    )
    local waiter = start_script(folder, "waiter", script)
    await_file(folder .. "/there")
    task.sleep(0.2)
    t.equal(fs.stat(folder .. "/done"), nil)
    held:release()
    await_file(folder .. "/done")
    task.wait(waiter)
  end)
end)

t.test("who has enough waits no longer, and holds nothing", function()
  locking(function(path)
    local held = assert(lock.acquire(path))
    local asked = 0
    local taken, err, code = lock.acquire(path, {
      enough = function()
        asked = asked + 1
        return asked == 3
      end,
    })
    t.equal({ taken, code, asked }, { nil, "ENOUGH", 3 })
    t.contains(err, "not needed any more")
    held:release()
    assert(lock.acquire(path, { timeout = 0 })):release()
  end)
end)

t.test("after 2 s the holder is told, and every 10 s again", function()
  locking(function(path)
    local held <close> = assert(lock.acquire(path, { about = "capturing x64" }))
    local told = {}
    with_fast_clock(20, function()
      lock.acquire(path, {
        timeout = 27,
        waiting = function(holder, waited)
          told[#told + 1] = { holder.about, math.type(holder.pid), waited // 1 | 0 }
        end,
      })
    end)
    t.equal(#told, 3)
    for i, want in ipairs({ 2, 12, 22 }) do
      t.equal({ told[i][1], told[i][2] }, { "capturing x64", "integer" })
      t.ok(told[i][3] >= want and told[i][3] <= want + 5, "told after " .. told[i][3] .. " s")
    end
    t.ok(held)
  end)
end)

t.test("without a function the wait is told on standard error", function()
  locking(function(path, folder)
    local held <close> = assert(lock.acquire(path, { about = "capturing x64" }))
    local waiter = start_script(
      folder,
      "waiter",
      "local lock, time = require('pienv.lock'), require('pienv.time')\nlocal real = time.monotonic\n"
        .. "time.monotonic = function() return 5 * real() end\n"
        .. ("print(select(3, lock.acquire(%q, { timeout = 5 })))"):format(path)
    )
    local _, result = task.wait(waiter)
    t.equal(result.stdout, "ETIMEDOUT\n")
    t.contains(result.stderr, "waiting for the lock " .. path .. ", held since ")
    t.contains(result.stderr, ": capturing x64\n")
    t.ok(held)
  end)
end)

t.test("nobody is named when the lock is free, shared, or the holder left no record", function()
  locking(function(path)
    assert(lock.acquire(path)):release()
    t.equal({ lock.holder(path) }, {})
    local shared = assert(lock.acquire(path, { mode = "shared", about = "reading" }))
    t.equal(fs.read(path), "")
    t.contains(select(2, lock.acquire(path, { timeout = 0 })), "held by a process that left no record; try again later")
    assert(lock.acquire(path, { mode = "shared", timeout = 0 })):release()
    shared:release()
  end)
end)

local function hold_with_record(path, record)
  assert(fs.write(path, ""))
  local held = assert(c.try(path))
  assert(held:record(type(record) == "table" and json.encode(record) or record))
  return held
end

t.test("a record of a process that has ended is not believed, even if its number is in use again", function()
  locking(function(path)
    local own = assert(lock.acquire(path))
    local record = json.decode(fs.read(path))
    own:release()
    record.started = record.started .. "0"
    hold_with_record(path, record):release()
    local held <close> = hold_with_record(path, record)
    t.equal({ lock.holder(path) }, {})
    record.namespace = 1 -- another container's: the number says nothing here
    t.equal(held:record(json.encode(record)), true)
    t.equal(lock.holder(path).pid, record.pid)
  end)
end)

t.test("a record of any bytes harms nobody", function()
  locking(function(path)
    local nasty = { about = "\27[2J" .. ("a"):rep(600), command = "c\nd\te", pid = 1, since = 0, namespace = 1 }
    local held = hold_with_record(path, nasty)
    local text = lock.describe(lock.holder(path))
    t.contains(text, "(c\\nd\\te): \\x1b[2Jaaa")
    t.ok(#text < 400, "shortened")
    local bad = { "", "x", "null", "[1]", "{}", '{"pid":', ("9"):rep(900), "\0\255" }
    for _, field in ipairs({ "pid", "since", "command", "about" }) do
      local damaged = { about = "a", command = "c", pid = 1, since = 0, namespace = 1 }
      damaged[field] = json.array()
      bad[#bad + 1] = json.encode(damaged)
    end
    bad[#bad + 1] = '{"about":"","command":"","namespace":1,"pid":1,"since":1e300}'
    bad[#bad + 1] = '{"about":"","command":"","namespace":1,"pid":-1,"since":1}'
    for _, bytes in ipairs(bad) do
      t.equal(held:record(bytes), true)
      t.equal({ lock.holder(path) }, {}, bytes)
    end
  end)
end)

t.test("a file that holds something else is locked, and left as it is", function()
  locking(function(path)
    assert(fs.write(path, "precious"))
    local held = assert(lock.acquire(path, { about = "x" }))
    held:release()
    t.equal(fs.read(path), "precious")
  end)
end)

t.test("a record fits whatever the command and the text are", function()
  locking(function(path)
    local held <close> = assert(lock.acquire(path, { about = ('"\27\255é'):rep(400) }))
    t.ok(#fs.read(path) <= c.record_size)
    t.contains(lock.holder(path).about, '"\\x1b\\xffé')
    t.ok(held)
  end)
end)

t.test("wrong use names the option", function()
  t.contains(t.raises(lock.acquire, "/x", { mode = "both" }), "must be 'exclusive' or 'shared', got 'both'")
  t.contains(t.raises(lock.acquire, "/x", { timeout = -1 }), "must not be negative")
  t.contains(t.raises(lock.acquire, "/x", { timeout = "1" }), "option 'timeout' of lock.acquire must be a number")
  t.contains(t.raises(lock.acquire, "/x", { wait = 1 }), "unknown option 'wait'")
end)

t.test("a missing folder is the system's error", function()
  t.equal(
    { lock.acquire("/nonexistent/.lock") },
    { nil, "lock /nonexistent/.lock: No such file or directory", "ENOENT" }
  )
end)
