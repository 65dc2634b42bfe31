-- require "pienv.fs": shapes and errors; what happens on disk is shown by tests/core/test_fs*.c.

local fs = require("pienv.fs")
local t = require("pienv.test")

-- A test with a folder of its own.
local function test(name, run)
  t.test(name, function()
    local dir = assert(fs.mkdtemp("/tmp", "pienv-test"))
    local _ <close> = setmetatable({}, {
      __close = function()
        assert(fs.remove_tree(dir))
      end,
    })
    run(dir)
  end)
end

test("what was written is read, with the stat of what was read", function(dir)
  local path = dir .. "/a b\n\xff"
  t.equal(fs.write(path, "x\0y"), true)
  local bytes, stat = fs.read(path)
  t.equal(bytes, "x\0y")
  t.equal(stat, fs.stat(path))
  t.equal({ stat.type, stat.size, stat.mode, stat.uid, stat.links }, { "file", 3, 420, fs.user(), 1 })
  t.equal(stat.mtime_ns // 1000000000, math.floor(stat.mtime))
  t.equal(math.type(stat.mtime), "float")
end)

test("modes are octal digits or integers", function(dir)
  local path = dir .. "/file"
  assert(fs.write(path, "", { mode = "0600" }))
  t.equal(fs.stat(path).mode, 384)
  assert(fs.write(path, "", { mode = 493, sync = false }))
  t.equal(fs.stat(path).mode, 493)
  assert(fs.chmod(path, "02750"))
  t.equal(fs.stat(path).mode, 1512)
  assert(fs.mkdirs(dir .. "/shared", { mode = "02770" }))
  t.equal(fs.stat(dir .. "/shared").mode, 1528)
  t.contains(t.raises(fs.write, path, "", { mode = 644 }), "octal digits in quotes")
  t.contains(t.raises(fs.write, path, "", { mode = "04755" }), "up to 0777")
  t.contains(t.raises(fs.chmod, path, "rwx"), "bad argument #2")
end)

test("copy tells its method", function(dir)
  assert(fs.write(dir .. "/a", "content", { mode = "0640" }))
  local method = assert(fs.copy(dir .. "/a", dir .. "/b"))
  t.ok(({ reflink = true, copy_file_range = true, read_write = true })[method], method)
  t.equal((fs.read(dir .. "/b")), "content")
  t.equal(fs.stat(dir .. "/b").mode, 416)
  assert(fs.copy(dir .. "/a", dir .. "/b", { mode = "0755" }))
  t.equal(fs.stat(dir .. "/b").mode, 493)
end)

test("links, names and renames", function(dir)
  assert(fs.write(dir .. "/a", "1"))
  assert(fs.link(dir .. "/a", dir .. "/b"))
  assert(fs.symlink("a", dir .. "/c"))
  t.equal(fs.readlink(dir .. "/c"), "a")
  t.equal(fs.realpath(dir .. "/./c"), fs.realpath(dir) .. "/a")
  t.equal(fs.stat(dir .. "/c").type, "file")
  t.equal(fs.stat(dir .. "/c", { follow = false }).type, "link")
  assert(fs.rename(dir .. "/b", dir .. "/B"))
  t.equal(fs.list(dir), { "B", "a", "c" })
  t.equal(fs.sync(dir), true)
end)

test("mkdirs lists what it created", function(dir)
  t.equal(fs.mkdirs(dir .. "/x/y"), { dir .. "/x", dir .. "/x/y" })
  t.equal(fs.mkdirs(dir .. "/x//y/z/"), { dir .. "/x//y/z" })
  t.equal(fs.mkdirs(dir .. "/x/y"), {})
end)

test("remove says whether something was there", function(dir)
  assert(fs.write(dir .. "/a", ""))
  t.equal(fs.remove(dir .. "/a"), true)
  t.equal(fs.remove(dir .. "/a"), false)
  assert(fs.mkdirs(dir .. "/x/y"))
  t.equal({ fs.remove(dir .. "/x") }, { nil, "remove " .. dir .. "/x: Directory not empty", "ENOTEMPTY" })
  t.equal(fs.remove_tree(dir .. "/x", {}), 2)
  t.equal(fs.remove_tree(dir .. "/x"), 0)
end)

test("mkdtemp makes unique private folders", function(dir)
  local a, b = assert(fs.mkdtemp(dir, "build")), assert(fs.mkdtemp(dir, "build"))
  t.ok(a ~= b)
  t.ok(a:match("/build%-......$"), a)
  t.equal(fs.stat(a).mode, 448)
  t.contains(t.raises(fs.mkdtemp, dir, "a/b"), "slash")
end)

test("every failure is nil, message, code", function(dir)
  local gone = dir .. "/gone"
  local reason = ": No such file or directory"
  local function fails(what, ...)
    t.equal({ ... }, { nil, what .. reason, "ENOENT" })
  end
  fails("read " .. gone, fs.read(gone))
  fails("stat " .. gone, fs.stat(gone))
  fails("list " .. gone, fs.list(gone))
  fails("read link " .. gone, fs.readlink(gone))
  fails("resolve " .. gone, fs.realpath(gone))
  fails("change mode of " .. gone, fs.chmod(gone, "644"))
  fails("sync " .. gone, fs.sync(gone))
  fails("write " .. gone .. "/x", fs.write(gone .. "/x", ""))
  fails("create link " .. gone .. "/x", fs.symlink("a", gone .. "/x"))
  fails("create folder in " .. gone, fs.mkdtemp(gone, "x"))
  fails("copy " .. gone .. " to " .. dir .. "/b", fs.copy(gone, dir .. "/b"))
  fails("rename " .. gone .. " to " .. dir .. "/b", fs.rename(gone, dir .. "/b"))
  fails("link " .. gone .. " to " .. dir .. "/b", fs.link(gone, dir .. "/b"))
  t.equal({ fs.mkdirs("/proc/x") }, { nil, "create folder /proc/x: No such file or directory", "ENOENT" })
end)

test("wrong use names the argument", function()
  t.contains(t.raises(fs.read), "bad argument #1")
  t.contains(t.raises(fs.read, ""), "path is empty")
  t.contains(t.raises(fs.read, "x", { limitt = 1 }), "unknown option 'limitt'")
  t.contains(t.raises(fs.read, "x", { limit = -1 }), "must not be negative")
  t.contains(t.raises(fs.write, "x"), "bad argument #2")
  t.contains(t.raises(fs.write, "x", "", { sync = 1 }), "option 'sync' must be a boolean")
  t.contains(t.raises(fs.copy, "x", "a\0b"), "NUL")
  t.contains(t.raises(fs.remove_tree, "x", { force = true }), "unknown option 'force'")
  t.contains(t.raises(fs.owner_name, -1), "not a user number")
end)

test("users have names, or their number", function()
  t.equal(fs.owner_name(0), "root")
  t.equal(fs.owner_name(4000000000), "4000000000")
end)

test("the current folder is absolute", function()
  t.equal(fs.cwd(), fs.realpath("."))
end)

test("sweep removes what a killed process left, and nothing else", function(dir)
  local left = ".pienv-0123456789abcdef.tmp"
  local others = { ".pienv-0123456789abcde.tmp", ".pienv-0123456789abcdef.txt", "file" }
  for _, name in ipairs({ left, table.unpack(others) }) do
    io.open(dir .. "/" .. name, "w"):close()
  end
  t.equal(fs.sweep(dir), { left })
  t.equal(fs.list(dir), others)
  t.equal(fs.sweep(dir .. "/missing"), {})
end)
