local records = require("pienv.records")
local sha256 = require("pienv.sha256")

local rest = "key\tone\ttwo"
local index = assert(records.index(sha256.hash(rest):sub(1, 16) .. "\t" .. rest))
local first, second = index:fields("key", 2)
assert(first == "one" and second == "two" and #index:line("key") == 28 and index:keys()[1] == "key")

local folder <close> = assert(require("pienv.fs").folder("."))
local prints = folder:fingerprint({}):sub(1, 20)
rest = ("key\tbase\t%s\ttext\tdetail"):format(prints)
index = assert(records.index(sha256.hash(rest):sub(1, 16) .. "\t" .. rest))
local row = { id = "key", step = { files = {} } }
local how = { key = "id", of = "step", lists = { "files" }, first = "base", known = { text = true } }
local held = assert(index:held(folder, { row }, how))
assert(held[row])
how.known = {}
local none, unknown = index:held(folder, { row }, how)
assert(not none and unknown.text)

local all = { lists = { "files" }, first = "base", text = "text", without = { "needs" } }
assert(index:all_held(folder, { key = row.step }, all))

local fs = require("pienv.fs")
local file = ... .. "/records"
assert(fs.write(file, "head\n" .. sha256.hash("a\t1"):sub(1, 16) .. "\ta\t1\n", { sync = false }))
local read = assert(records.read(file))
assert(read:head() == "head" and read:fields("a", 1) == "1")
local ahead = assert(records.ahead(file))
assert(ahead:facts())
assert(ahead:head() == "head")
assert(fs.remove(file))
