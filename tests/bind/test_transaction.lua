-- require "pienv.transaction": shapes and errors; what happens on disk is shown by tests/core/test_transaction.c,
-- tests/core/test_recover.c and tests/fault/transaction.

local fs = require("pienv.fs")
local t = require("pienv.test")
local transaction = require("pienv.transaction")

-- A test with a folder of its own, where "a" and "b" are old.
local function test(name, run)
  t.test(name, function()
    local dir = assert(fs.mkdtemp("/tmp", "pienv-test"))
    local _ <close> = setmetatable({}, {
      __close = function()
        assert(fs.remove_tree(dir))
      end,
    })
    assert(fs.write(dir .. "/a", "old a"))
    assert(fs.write(dir .. "/b", "old b"))
    run(dir, { root = dir })
  end)
end

test("a commit makes all files new", function(dir, options)
  local tx <close> = assert(transaction.begin(dir .. "/.pienv", options))
  assert(fs.write(dir .. "/source", "new a", { mode = "0755" }))
  t.equal(tx:copy(dir .. "/source", dir .. "/a"), true)
  t.equal(tx:write("c", "new c", { mode = "0600" }), true)
  t.equal(tx:remove("b"), true)
  t.equal((fs.read(dir .. "/a")), "old a")
  t.equal(tx:commit(), true)
  t.equal(fs.list(dir), { ".pienv", "a", "c", "source" })
  t.equal({ (fs.read(dir .. "/a")), fs.stat(dir .. "/a").mode }, { "new a", 493 })
  t.equal({ (fs.read(dir .. "/c")), fs.stat(dir .. "/c").mode }, { "new c", 384 })
  t.equal(fs.list(dir .. "/.pienv"), {})
end)

test("a relative source is taken from the root, not from the current folder", function(dir, options)
  local tx <close> = assert(transaction.begin(".pienv", options))
  t.equal(tx:copy("a", "copy of a"), true)
  t.equal(tx:commit(), true)
  t.equal((fs.read(dir .. "/copy of a")), "old a")
end)

test("a source that is a link is refused where it is not to be followed", function(dir, options)
  local tx <close> = assert(transaction.begin(".pienv", options))
  assert(fs.symlink("a", dir .. "/link"))
  t.equal(tx:copy("a", "copy", { follow = false }), true)
  local _, err, code = tx:copy("link", "copy of link", { follow = false })
  t.equal(code, "ELOOP")
  t.contains(err, "copy " .. dir .. "/link to copy of link: ")
end)

test("what a killed process left is told when it is recovered", function(dir, options)
  local script = dir .. "/killed.lua"
  assert(fs.write(
    script,
    ([[
    local tx = assert(require("pienv.transaction").begin(".pienv", { root = %q }))
    assert(tx:write("a", "new a"))
    require("pienv.process").spawn({ argv = { "sh", "-c", "kill -KILL $PPID" } })
    while true do require("pienv.process").poll(1) end
  ]]):format(dir)
  ))
  local process = require("pienv.process")
  local _ <close> = assert(process.spawn({ argv = { require("pienv.vm").executable, "lua", script } }))
  local ended
  while not ended do
    for _, event in ipairs(assert(process.poll(10))) do
      ended = event.result or ended
    end
  end
  t.equal(ended.signal, "SIGKILL")
  t.equal(transaction.recover(".pienv", options), { { action = "rolled back", files = { "a" } } })
  t.equal((fs.read(dir .. "/a")), "old a")
  t.equal(transaction.recover(".pienv", options), {})
end)

test("leaving the scope rolls back", function(dir, options)
  t.raises(function()
    local tx <close> = assert(transaction.begin(".pienv", options))
    assert(tx:write("a", "new a"))
    error("stop")
  end)
  t.equal((fs.read(dir .. "/a")), "old a")
  t.equal(fs.list(dir), { ".pienv", "a", "b" })
  t.equal(fs.list(dir .. "/.pienv"), {})
end)

test("collecting a forgotten transaction rolls back", function(dir, options)
  local function forget()
    assert(assert(transaction.begin(".pienv", options)):write("a", "new a"))
  end
  forget()
  collectgarbage()
  collectgarbage()
  t.equal(fs.list(dir), { ".pienv", "a", "b" })
  t.equal(fs.list(dir .. "/.pienv"), {})
end)

test("a failed file fails the commit and leaves all old", function(dir, options)
  local tx <close> = assert(transaction.begin(".pienv", options))
  assert(tx:write("a", "new a"))
  local gone = dir .. "/gone"
  t.equal({ tx:copy(gone, "b") }, { nil, "copy " .. gone .. " to b: No such file or directory", "ENOENT" })
  local ok, err, code = tx:commit()
  t.equal({ ok, code }, { nil, "EINVAL" })
  t.contains(err, "could not be staged")
  t.equal((fs.read(dir .. "/a")), "old a")
end)

test("recover finds nothing, or leaves the living alone", function(_, options)
  t.equal(transaction.recover(".pienv", options), {})
  local tx <close> = assert(transaction.begin(".pienv", options))
  assert(tx:write("a", "new a"))
  t.equal(transaction.recover(".pienv", options), {})
  t.equal(tx:rollback(), true)
end)

test("recover refuses what it does not know", function(dir, options)
  local name = ".pienv/transaction-0123456789abcdef.journal"
  assert(fs.mkdirs(dir .. "/.pienv"))
  assert(fs.write(dir .. "/" .. name, "put a\n", { mode = "0600" }))
  local recoveries, err, code = transaction.recover(".pienv", options)
  t.equal({ recoveries, code }, { nil, "EJOURNAL" })
  t.contains(err, "recover " .. name .. ": damaged")
end)

test("options are the fields of the table itself, not what its metatable makes up", function(dir)
  local made_up = setmetatable({}, {
    __index = function()
      return dir
    end,
  })
  t.contains(t.raises(transaction.begin, ".pienv", made_up), "option 'root' is missing")
end)

test("wrong use names the argument", function(dir, options)
  t.contains(t.raises(transaction.begin), "bad argument #1")
  t.contains(t.raises(transaction.begin, ".pienv"), "option 'root' is missing")
  t.contains(t.raises(transaction.begin, ".pienv", { rot = dir }), "unknown option 'rot'")
  t.equal({ transaction.begin("../x", options) }, { nil, "resolve ../x: not beneath " .. fs.realpath(dir), "EXDEV" })
  local tx <close> = assert(transaction.begin(".pienv", options))
  t.contains(t.raises(tx.write, tx, "a", "", { mode = 644 }), "octal digits in quotes")
  t.contains(t.raises(tx.copy, tx, "a"), "bad argument #3")
  t.equal({ tx:write("../x", "") }, { nil, "resolve ../x: not beneath " .. fs.realpath(dir), "EXDEV" })
  assert(tx:rollback())
  t.contains(t.raises(tx.commit, tx), "the transaction is over")
  t.contains(t.raises(tx.remove, tx, "a"), "the transaction is over")
end)
