-- require "pienv.c.lock": shapes and errors; who excludes whom is the C test's, the waiting tests/lua/test_lock.lua's.

local fs = require("pienv.fs")
local lock = require("pienv.c.lock")
local t = require("pienv.test")

local function with_folder(body)
  local folder = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-lock"))
  local ok, raised = pcall(body, folder .. "/.lock")
  fs.remove_tree(folder)
  if not ok then
    error(raised, 0)
  end
end

t.test("a lock is held until release", function()
  with_folder(function(path)
    local held = assert(lock.try(path))
    t.equal({ lock.try(path) }, { nil, "lock " .. path .. ": held by another", "EAGAIN" })
    held:release()
    held:release()
    assert(lock.try(path)):release()
  end)
end)

t.test("a lock is released at the end of its scope and when collected", function()
  with_folder(function(path)
    do
      local held <close> = assert(lock.try(path))
      t.equal(lock.try(path), nil)
      t.ok(held)
    end
    t.ok(lock.try(path)) -- held by nobody from here on
    collectgarbage()
    t.ok(lock.try(path, { shared = true }))
  end)
end)

t.test("the mode of a new file is given in octal digits", function()
  with_folder(function(path)
    assert(lock.try(path, { create_mode = "0660" })):release()
    t.equal(fs.stat(path).mode, tonumber("660", 8))
  end)
end)

t.test("a record goes with the release", function()
  with_folder(function(path)
    local held = assert(lock.try(path))
    t.equal(held:record("bytes\0\27"), true)
    t.equal(lock.read(path), "bytes\0\27")
    held:release()
    t.equal(lock.read(path), "")
    t.contains(t.raises(held.record, held, "x"), "the lock is released")
  end)
end)

t.test("wrong use names the argument", function()
  t.contains(t.raises(lock.try), "bad argument #1")
  t.contains(t.raises(lock.try, "a\0b"), "NUL")
  t.contains(t.raises(lock.try, "/x", { wait = 1 }), "unknown option 'wait'")
  t.contains(t.raises(lock.try, "/x", { create_mode = "rw" }), "octal digits")
  with_folder(function(path)
    local held <close> = assert(lock.try(path))
    t.contains(t.raises(held.record, held, ("x"):rep(lock.record_size + 1)), "record is too long")
  end)
end)
