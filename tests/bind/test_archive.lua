-- require "pienv.archive": shapes, options and errors; hostile archives are the C test's.

local archive = require("pienv.archive")
local fs = require("pienv.fs")
local sha256 = require("pienv.sha256")
local t = require("pienv.test")

-- Runs a function with a new folder, which is removed afterwards.
local function in_folder(run)
  local folder = assert(fs.mkdtemp("/tmp", "pienv-test-archive"))
  local ok, err = pcall(run, folder)
  assert(fs.remove_tree(folder))
  if not ok then
    error(err, 0)
  end
end

local members = {
  { name = "one.node", bytes = "one" },
  { name = "bin/two", bytes = ("two "):rep(50000), mode = "0755" },
}

local function write(to, options)
  options = options or {}
  options.members, options.sync = options.members or members, false
  return archive.write(to, options)
end

t.test("write tells sizes and digests of the archive and of each member", function()
  in_folder(function(folder)
    local file = folder .. "/a.tgz"
    local written = assert(write(file))
    t.equal(written.size, assert(fs.stat(file)).size)
    t.equal(written.sha256, assert(sha256.file(file)))
    t.equal(written.members, {
      { name = "one.node", size = 3, sha256 = sha256.hash("one") },
      { name = "bin/two", size = 200000, sha256 = sha256.hash(members[2].bytes) },
    })
  end)
end)

t.test("list tells name, type, size, mode and time in the archive's order", function()
  in_folder(function(folder)
    assert(write(folder .. "/a.tgz", { mtime = 1700000000 }))
    t.equal(archive.list(folder .. "/a.tgz"), {
      { name = "one.node", type = "file", size = 3, mode = 420, mtime = 1700000000 },
      { name = "bin/two", type = "file", size = 200000, mode = 493, mtime = 1700000000 },
    })
  end)
end)

t.test("a member is extracted with its own mode, or the one given", function()
  in_folder(function(folder)
    local file, out = folder .. "/a.tgz", folder .. "/out"
    local written = assert(write(file, { gzip_members = 1 }))
    local sum = assert(archive.extract(file, "bin/two", out, { sync = false }))
    local stat = assert(fs.stat(out))
    local facts = { mtime_ns = stat.mtime_ns, inode = stat.inode }
    t.equal(sum, { size = 200000, sha256 = written.members[2].sha256, mtime_ns = facts.mtime_ns, inode = facts.inode })
    t.equal(assert(fs.read(out)), members[2].bytes)
    t.equal(stat.mode, 493)
    assert(archive.extract(file, "bin/two", out, { sha256 = sum.sha256, size = sum.size, mode = "0600" }))
    t.equal(assert(fs.stat(out)).mode, 384)
  end)
end)

t.test("equal content makes equal bytes, whatever the files' times and modes are", function()
  in_folder(function(folder)
    local input = folder .. "/input"
    assert(fs.write(input, "content", { mode = "0600" }))
    local given = { members = { { name = "a", path = input } } }
    local first = assert(write(folder .. "/1.tgz", given))
    assert(fs.write(input, "content", { mode = "0777" }))
    t.equal(assert(write(folder .. "/2.tgz", given)), first)
    t.equal(fs.read(folder .. "/1.tgz"), fs.read(folder .. "/2.tgz"))
  end)
end)

t.test("a symbolic link is refused where it is not to be followed", function()
  in_folder(function(folder)
    local file, link = folder .. "/a.tgz", folder .. "/link"
    assert(fs.write(folder .. "/text", "text"))
    assert(fs.symlink("text", link))
    local refused = { name = "a", path = link, follow = false }
    t.equal(
      { write(file, { members = { refused } }) },
      { nil, "read " .. link .. ": Too many levels of symbolic links", "ELOOP" }
    )
    assert(
      write(
        file,
        { members = { { name = "a", path = link }, { name = "b", path = folder .. "/text", follow = false } } }
      )
    )
    t.equal(#archive.list(file), 2)
  end)
end)

t.test("an archive without members is one", function()
  in_folder(function(folder)
    assert(write(folder .. "/a.tgz", { members = {} }))
    t.equal(archive.list(folder .. "/a.tgz"), {})
  end)
end)

t.test("a failure is nil, message, code, and the old archive stays", function()
  in_folder(function(folder)
    local file, missing = folder .. "/a.tgz", folder .. "/missing"
    assert(fs.write(file, "old"))
    t.equal(
      { write(file, { members = { { name = "a", path = missing } } }) },
      { nil, "read " .. missing .. ": No such file or directory", "ENOENT" }
    )
    t.equal(
      { write(file, { members = { { name = "/a", bytes = "" } } }) },
      { nil, "write " .. file .. ": member /a: its name is absolute", "ENAME" }
    )
    t.equal(fs.read(file), "old")
    t.equal({ archive.list(file) }, { nil, "read archive " .. file .. ": not a gzip file", "EFORMAT" })
    t.equal({ archive.list(missing) }, { nil, "read archive " .. missing .. ": No such file or directory", "ENOENT" })
    t.equal(fs.list(folder), { "a.tgz" })
  end)
end)

t.test("limits are the caller's", function()
  in_folder(function(folder)
    local file = folder .. "/a.tgz"
    assert(write(file))
    for option, value in pairs({ bytes = 1000, members = 1 }) do
      local listed, err, code = archive.list(file, { [option] = value })
      t.equal({ listed, code }, { nil, "ELIMIT" })
      t.contains(err, "'" .. option .. "'")
      t.equal(select(3, archive.extract(file, "bin/two", folder .. "/out", { [option] = value })), "ELIMIT")
    end
    assert(write(file, { members = { { name = "zeros", bytes = ("\0"):rep(3000000) } } }))
    t.equal(select(3, archive.list(file)), "ELIMIT")
    t.equal(#assert(archive.list(file, { ratio = 2000 })), 1)
  end)
end)

t.test("wrong use names the option", function()
  local function wrong(options, message)
    t.contains(t.raises(archive.write, "/nonexistent/a.tgz", options), message)
  end
  wrong({}, "option 'members' must be a list of tables")
  wrong({ members = { "a" } }, "a member must be a table")
  wrong({ members = { { bytes = "" } } }, "a member has no name")
  wrong({ members = { { name = "a" } } }, "either path or bytes")
  wrong({ members = { { name = "a", path = "a", bytes = "a" } } }, "either path or bytes")
  wrong({ members = { { name = "a\0b", bytes = "a" } } }, "field 'name' holds a NUL byte")
  wrong({ members = { { name = "a", bytes = "", size = 1 } } }, "unknown option 'size'")
  wrong({ members = { { name = "a", path = "a", follow = 1 } } }, "option 'follow' must be a boolean")
  wrong({ members = {}, level = 13 }, "option 'level' must be from 0 to 12")
  wrong({ members = {}, threads = 0 }, "option 'threads' must be from 1 to 64")
  wrong({ members = {}, chunk = 1000 }, "option 'chunk' must be from 65536 to 67108864")
  wrong({ members = {}, mtime = -1 }, "option 'mtime' must be from 0")
  wrong({ members = {}, gzip_members = "1" }, "option 'gzip_members' must be 'many' or 1")
  wrong({ members = {}, format = "zip" }, "option 'format' must be 'ustar' or 'pax'")
  wrong({ members = {}, mode = "9" }, "mode")
  t.contains(t.raises(archive.list, "a", { ratio = 0 }), "option 'ratio' must be from 1")
  t.contains(t.raises(archive.extract, "a", "b", "c", { sha256 = "ABC" }), "64 lower-case hexadecimal digits")
  t.contains(t.raises(archive.extract, "a", "", "c"), "bad argument #2")
end)
