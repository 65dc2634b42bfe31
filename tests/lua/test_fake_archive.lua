-- s.archive: paths from the project root; and the fake's archives, which recipes are tested with.

local context = require("pienv.context")
local fake = require("pienv.fake")
local sha256 = require("pienv.sha256")
local t = require("pienv.test")

local function fake_step(files)
  local engine, state = fake.engine({ files = files })
  local base = context.new({ root = "/project", engine = engine, ui = {} })
  return context.for_step(base, { step = "pack" }), state
end

t.test("a step's archives and the members' files are taken from the root", function()
  local s, state = fake_step({ ["native/a.node"] = "ELF" })
  local written = assert(s.archive.write("out.tgz", { members = { { name = "a.node", path = "native/a.node" } } }))
  t.equal(written.members, { { name = "a.node", size = 3, sha256 = sha256.hash("ELF") } })
  t.equal(state.calls, { { "write", "out.tgz" } })
  t.equal(s.archive.list("out.tgz"), { { name = "a.node", type = "file", size = 3, mode = 420, mtime = 0 } })
  assert(s.archive.extract("out.tgz", "a.node", "copy.node", { mode = "0755" }))
  t.equal(s.fs.read("/project/copy.node"), "ELF")
end)

t.test("the fake refuses as the engine does", function()
  local s = fake_step({ text = "text" })
  assert(s.archive.write("out.tgz", { members = { { name = "a", bytes = "x" } } }))
  t.equal(select(3, s.archive.list("text")), "EFORMAT")
  t.equal(select(3, s.archive.list("missing")), "ENOENT")
  t.equal(select(3, s.archive.write("b.tgz", { members = { { name = "a", path = "missing" } } })), "ENOENT")
  t.equal(select(3, s.archive.extract("out.tgz", "b", "to")), "ENOMEMBER")
  t.equal(select(3, s.archive.extract("out.tgz", "a", "to", { size = 2 })), "ESIZE")
  t.equal(select(3, s.archive.extract("out.tgz", "a", "to", { sha256 = sha256.hash("y") })), "EDIGEST")
end)
