-- require "pienv.gittree": shapes and wrong use; the ids are compared with git's in e2e/180-gittree-head.

local gittree = require("pienv.gittree")
local t = require("pienv.test")

t.test("a folder that is not there, and one of no repository, are nil, message, code", function()
  t.equal({ gittree.head("/nonexistent", {}) }, { nil, "open /nonexistent: No such file or directory", "ENOENT" })
  t.equal({ gittree.head("/proc", { "a" }) }, { nil, "open /proc: no git repository holds it", "ENOTREPO" })
end)

t.test("a path that does not count from the root is wrong use", function()
  for _, path in ipairs({ "", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\0b" }) do
    t.contains(t.raises(gittree.head, "/", { path }), "must count from the root of the repository")
  end
  t.contains(t.raises(gittree.head, "/", { 1 }), "must count from the root of the repository")
  t.contains(t.raises(gittree.head, "/"), "paths must be a list of strings")
end)

t.test("wrong use of the C half names the argument", function()
  local c = require("pienv.c.gittree")
  t.contains(t.raises(c.head), "bad argument #1")
  t.contains(t.raises(c.head, "/"), "bad argument #2")
  t.contains(t.raises(c.head, "/", { true }), "list must hold strings")
  t.contains(t.raises(c.head, "/", { "a\0b" }), "NUL")
end)

t.test("wrong options of a state are named", function()
  t.contains(t.raises(gittree.state, "/", {}, { nonsense = 1 }), "unknown option 'nonsense'")
  t.contains(t.raises(gittree.state, "/", {}, { ids = 1 }), "option 'ids' must be a boolean")
  t.contains(t.raises(gittree.state, "/", {}, { ignore = { 1 } }), "list must hold strings")
  local head = { root = "/", gitdir = "/.git", entries = { { path = "a" } } }
  t.contains(t.raises(gittree.state, "/", { "b" }, { head = head }), "option 'head' is of other paths")
  t.contains(t.raises(gittree.state, "/", { "a", "b" }, { head = head }), "option 'head' is of other paths")
  t.contains(t.raises(gittree.state, "/", {}, { head = 1 }), "option 'head' must be what head() gives")
  t.contains(t.raises(gittree.state, "/", { "../a" }), "must count from the root of the repository")
end)

t.test("the state of no repository is nil, message, code", function()
  t.equal({ gittree.state("/proc", { "a" }) }, { nil, "open /proc: no git repository holds it", "ENOTREPO" })
end)
