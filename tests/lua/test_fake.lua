-- pienv.fake: what its parts answer where the real engine's answer depends on the machine.

local context = require("pienv.context")
local fake = require("pienv.fake")
local fs = require("pienv.fs")
local t = require("pienv.test")

local function fake_context(given)
  local engine, state = fake.engine(given)
  return context.new({ root = "/project", engine = engine }), state
end

t.test("a copy tells its digest and does not replace a file", function()
  local c, state = fake_context({ files = { a = "abc" } })
  local digest, size = c.sha256.copy("a", "b")
  t.equal({ digest:sub(1, 8), size, state.files["/project/b"] }, { "ba7816bf", 3, "abc" })
  t.equal({ select(3, c.sha256.copy("a", "b")) }, { "EEXIST" })
  t.equal({ select(3, c.sha256.copy("x", "y")) }, { "ENOENT" })
end)

t.test("a file that may be written to is copied, another one linked", function()
  local c, state = fake_context({ files = { a = "one", b = "two" }, modes = { a = tonumber("555", 8) } })
  local ways = { "reflink", "hardlink", "copy" }
  t.equal(c.link.put("a", "a2", { ways = ways, mode = "0555" }).how, "hardlink")
  local made = c.link.put("b", "b2", { ways = ways })
  t.equal({ made.how, made.passed[1].code, made.passed[2].code }, { "copy", "EOPNOTSUPP", "EWRITABLE" })
  t.equal({ state.files["/project/a2"], state.files["/project/b2"] }, { "one", "two" })
  t.equal(state.calls, { { "link", "a", "a2", "hardlink" }, { "link", "b", "b2", "copy" } })
  t.equal({ select(3, c.link.put("b", "b2", { ways = ways })) }, { "EEXIST" })
  t.equal({ select(3, c.link.put("x", "y", { ways = ways })) }, { "ENOENT" })
  t.equal({ select(3, c.link.put("b", "y", { ways = { "hardlink" } })) }, { "EWRITABLE" })
end)

t.test("a symbolic link has the type that the engine gives it", function()
  local folder = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-fake"))
  assert(fs.symlink("elsewhere", folder .. "/a"))
  local real = assert(fs.stat(folder .. "/a", { follow = false }))
  fs.remove_tree(folder)
  local c = fake_context({ links = { a = "elsewhere" } })
  t.equal(c.fs.stat("a", { follow = false }).type, real.type)
end)

t.test("files that are not there cannot be renamed or installed", function()
  local c = fake_context({ files = { a = "abc" } })
  t.equal({ select(3, c.fs.rename("x", "y")) }, { "ENOENT" })
  local tx = c.transaction.begin()
  t.equal({ select(3, tx:copy("x", "y")) }, { "ENOENT" })
  t.equal(c.fs.rename("a", "b"), true)
  t.equal({ c.fs.read("b"), (c.fs.read("a")) }, { "abc" })
end)

t.test("folders, modes and the user are those of the memory", function()
  local c, state = fake_context({ files = { a = "abc" } })
  c.fs.mkdirs("empty")
  t.equal(c.fs.stat("empty").type, "directory")
  t.equal({ c.fs.chmod("a", 365), state.modes["/project/a"] }, { true, 365 })
  t.equal({ c.fs.sweep("."), c.fs.user() }, { {}, 0 })
end)

t.test("a link of another mode is not made", function()
  local c = fake_context({ files = { a = "one" }, modes = { a = tonumber("444", 8) } })
  t.equal({ select(3, c.link.put("a", "b", { ways = { "hardlink" }, mode = "0555" })) }, { "EMODE" })
end)
