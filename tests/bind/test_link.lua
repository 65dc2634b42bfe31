-- require "pienv.link": shapes and errors; which way is taken when is the C test's.

local fs = require("pienv.fs")
local link = require("pienv.link")
local t = require("pienv.test")

local ALL = { "reflink", "hardlink", "copy" }

local function with_file(body)
  local folder = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-link"))
  local ok, raised = pcall(function()
    assert(fs.write(folder .. "/from", "content", { mode = "0555" }))
    body(folder .. "/from", folder .. "/to")
  end)
  fs.remove_tree(folder)
  if not ok then
    error(raised, 0)
  end
end

t.test("the way and those passed over are told", function()
  with_file(function(from, to)
    assert(fs.chmod(from, "0755"))
    local made = assert(link.put(from, to, { ways = { "hardlink", "copy" } }))
    t.equal(made.how, "copy")
    t.equal(made.passed, {
      {
        how = "hardlink",
        code = "EWRITABLE",
        reason = "the file may be written to (mode 0755), which would change all its names",
      },
    })
    t.equal(fs.read(to), "content")
  end)
end)

t.test("a hard link is the same file, a copy another one", function()
  with_file(function(from, to)
    t.equal(assert(link.put(from, to, { ways = { "hardlink" } })), { how = "hardlink", passed = {} })
    t.equal(fs.stat(to).inode, fs.stat(from).inode)
    t.equal(assert(link.put(from, to .. "2", { ways = { "copy" }, mode = "0640", sync = true })).how, "copy")
    t.equal(fs.stat(to .. "2").mode, tonumber("640", 8))
    t.ok(fs.stat(to .. "2").inode ~= fs.stat(from).inode)
  end)
end)

t.test("failures name both files", function()
  with_file(function(from, to)
    assert(fs.write(to, ""))
    t.equal({ link.put(from, to, { ways = ALL }) }, { nil, ("link %s to %s: File exists"):format(from, to), "EEXIST" })
    t.equal(
      { link.put(from .. "x", to .. "2", { ways = ALL }) },
      { nil, ("link %sx to %s2: No such file or directory"):format(from, to), "ENOENT" }
    )
  end)
end)

t.test("wrong use names the option", function()
  t.contains(t.raises(link.put, "a", "b"), "table expected")
  t.contains(t.raises(link.put, "a", "b", {}), "option 'ways' is missing")
  t.contains(t.raises(link.put, "a", "b", { ways = {} }), "option 'ways' is empty")
  t.contains(t.raises(link.put, "a", "b", { ways = "copy" }), "option 'ways' must be a table")
  t.contains(t.raises(link.put, "a", "b", { ways = { "move" } }), "lists 'reflink', 'hardlink' and 'copy'")
  t.contains(t.raises(link.put, "a", "b", { ways = { "copy", "copy" } }), "lists a way twice")
  t.contains(t.raises(link.put, "a", "b", { ways = ALL, uid = 1 }), "not a number of a user or group")
  t.contains(t.raises(link.put, "a", "b", { ways = ALL, how = 1 }), "unknown option 'how'")
end)
