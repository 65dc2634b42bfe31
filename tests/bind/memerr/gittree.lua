local folder = ...
local fs = require("pienv.fs")
local gittree = require("pienv.c.gittree")

-- A repository before its first commit, written by hand: ".git" with objects, refs and HEAD.
local git = folder .. "/.git"
assert(fs.mkdirs(git .. "/objects"))
assert(fs.mkdirs(git .. "/refs"))
local file <close> = assert(io.open(git .. "/HEAD", "wb"))
assert(file:write("ref: refs/heads/main\n"):flush())
local head = assert(gittree.head(folder, { "crates", "." }))
assert(not head.commit and head.entries[1].path == "crates" and not head.entries[2].type)
assert(not gittree.head("/nonexistent", {}))

-- Its work tree: an untracked file, an ignored one, one that does not count.
assert(fs.mkdirs(folder .. "/crates/out"))
local rules <close> = assert(io.open(folder .. "/.gitignore", "wb"))
assert(rules:write("*.log\n!kept\n"):flush())
for _, name in ipairs({ "lib.rs", "a.log", "out/made" }) do
  local made <close> = assert(io.open(folder .. "/crates/" .. name, "wb"))
  assert(made:write("text\r\n"):flush())
end
assert(gittree.hash("blob", "text\n") == "8e27be7d6154a1f68ea9160ef0e18691d20560dc")
assert(gittree.covers("crates/out", "crates/out/made") and not gittree.covers("out", "crates/out"))
local state = assert(gittree.state(folder, { "crates" }, { ids = true, ignore = { "crates/out/**" } }))
assert(not state.clean and #state.changes == 1 and state.changes[1].path == "crates/lib.rs")
assert(#state.ids.crates == 40)
assert(not gittree.state("/nonexistent", {}))
local memo = { memo = folder .. "/memo", settle = -10, ids = true }
assert(gittree.state(folder, { "nothing" }, memo).clean)
assert(gittree.state(folder, { "nothing" }, memo).clean)
assert(fs.remove(folder .. "/memo"))
assert(fs.remove_tree(git))
assert(fs.remove_tree(folder .. "/crates"))
assert(fs.remove(folder .. "/.gitignore"))
