-- The operation of this sweep: store/file is copied to staged/file by two threads, and renamed to out/ when its digest
-- is right. What an interrupted run left in staged/ goes first, as a recipe does it.
local fs = require("pienv.fs")
local sha256 = require("pienv.sha256")

local function check(ok, err)
  if not ok then
    io.stderr:write(err, "\n")
    os.exit(1, true)
  end
  return ok
end

local removed, why = fs.remove("staged/file")
check(removed ~= nil, why)
local digest = check(sha256.copy("store/file", "staged/file", { mode = "0555" }))
check(digest == fs.read("digest"), "copy staged/file: the digest is " .. digest)
check(fs.rename("staged/file", "out/file"))
