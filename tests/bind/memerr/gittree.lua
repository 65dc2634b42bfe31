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
assert(fs.remove_tree(git))
