-- require "pienv.sha256": shapes and errors; the bytes are the C test's.

local sha256 = require("pienv.sha256")
local t = require("pienv.test")

local ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

t.test("a string and a stream give the same digest", function()
  t.equal(sha256.hash("abc"), ABC)
  t.equal(sha256.new():update("a"):update("bc"):hex(), ABC)
end)

t.test("a stream goes on after its digest was asked for", function()
  local stream = sha256.new():update("a")
  stream:hex()
  t.equal(stream:update("bc"):hex(), ABC)
end)

t.test("a missing file is nil, message, code", function()
  local hex, err, code = sha256.file("/nonexistent/file")
  t.equal(hex, nil)
  t.equal(err, "open /nonexistent/file: No such file or directory")
  t.equal(code, "ENOENT")
end)

t.test("what is no regular file is refused without reading it", function()
  t.equal({ sha256.file("/dev/zero") }, { nil, "read /dev/zero: not a regular file", "EINVAL" })
  t.equal({ sha256.file("/") }, { nil, "read /: Is a directory", "EISDIR" })
end)

t.test("a copy tells its digest and size", function()
  local fs = require("pienv.fs")
  local folder = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-sha256"))
  local from, to = folder .. "/from", folder .. "/to"
  assert(fs.write(from, "abc"))
  t.equal({ sha256.copy(from, to, { mode = "0400" }) }, { ABC, 3 })
  t.equal({ fs.read(to), fs.stat(to).mode }, { "abc", 256 })
  t.equal({ sha256.copy(from, to) }, { nil, ("copy %s to %s: File exists"):format(from, to), "EEXIST" })
  t.equal({ sha256.copy(from, to .. "2", { search = { "b", "bd", "c" } }) }, { ABC, 3, { 1, 0, 1 } })
  t.contains(t.raises(sha256.copy, from, to, { search = "b" }), "option 'search' must be a table")
  t.contains(t.raises(sha256.copy, from, to, { search = {} }), "1 to 1000 needles")
  t.contains(t.raises(sha256.copy, from, to, { search = { "" } }), "a needle is empty")
  t.contains(t.raises(sha256.copy, from, to, { way = 1 }), "unknown option 'way'")
  fs.remove_tree(folder)
end)

t.test("wrong use names the argument", function()
  t.contains(t.raises(sha256.hash), "bad argument #1")
  t.contains(t.raises(sha256.file, ""), "path is empty")
  t.contains(t.raises(sha256.file, "a\0b"), "NUL")
end)
