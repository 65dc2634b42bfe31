local folder = ...
local sha256 = require("pienv.sha256")

local path = folder .. "/content"
local file <close> = assert(io.open(path, "wb"))
assert(file:write("abc"):flush())
assert(sha256.file(path) == sha256.hash("abc"))
assert(sha256.new():update("a"):update("bc"):hex() == sha256.hash("abc"))
assert(not sha256.file(folder .. "/missing"))
local large = string.rep("x", 1024 * 1024 + 1) -- hashed in a second thread
local other <close> = assert(io.open(folder .. "/large", "wb"))
assert(other:write(large):flush())
assert(sha256.file(folder .. "/large") == sha256.hash(large))
assert(os.remove(folder .. "/large"))
local copy = folder .. "/copy"
local digest, _, counts = sha256.copy(path, copy, { mode = "0640", sync = false, search = { "b" } })
assert(digest == sha256.hash("abc") and counts[1] == 1)
assert(not sha256.copy(path, copy))
assert(os.remove(copy))
assert(os.remove(path))
