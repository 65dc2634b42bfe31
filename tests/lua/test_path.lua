-- Paths as text.

local path = require("pienv.path")
local t = require("pienv.test")

t.test("normalize removes what changes nothing", function()
  t.equal(path.normalize("a//b/./c/../d/"), "a/b/d")
  t.equal(path.normalize("/../a"), "/a")
  t.equal(path.normalize("../../a"), "../../a")
  t.equal(path.normalize("a/.."), ".")
  t.equal(path.normalize("/"), "/")
end)

t.test("join starts anew at an absolute part", function()
  t.equal(path.join("a", "b", "c"), "a/b/c")
  t.equal(path.join("a", "/b"), "/b")
  t.equal(path.absolute("x y\n/z", "/r"), "/r/x y\n/z")
end)

t.test("folder, name and ending", function()
  t.equal({ path.dirname("/a/b"), path.dirname("/a"), path.dirname("a"), path.dirname("/") }, { "/a", "/", ".", "/" })
  t.equal({ path.basename("/a/b/"), path.basename("b") }, { "b", "b" })
  t.equal({ path.extension("a.b/c.tar.gz"), path.extension(".profile"), path.extension("a.b/c") }, { ".gz", "", "" })
end)

t.test("folders upwards, the nearest first, to the one that is named or to the root", function()
  t.equal(path.upwards("/a/b/c", "/a"), { "/a/b/c", "/a/b", "/a" })
  t.equal(path.upwards("/a/b/"), { "/a/b", "/a", "/" })
  t.equal(path.upwards("/a", "/elsewhere"), { "/a", "/" })
  t.equal(path.upwards("/", "/"), { "/" })
end)

t.test("relative knows whole parts only", function()
  t.equal(path.relative("/a/b/c", "/a"), "b/c")
  t.equal(path.relative("/ab/c", "/a"), nil)
  t.equal(path.relative("/a", "/a"), ".")
  t.equal(path.relative("/a", "/"), "a")
end)
