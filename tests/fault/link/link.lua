-- The operation of this sweep: two files of store/ are staged, one by the whole ladder and one by a copy, and renamed
-- to out/ when both are there. What an interrupted run left in staged/ goes first, as a recipe does it.
local fs = require("pienv.fs")
local link = require("pienv.link")

local ways = { linked = { "reflink", "hardlink", "copy" }, copied = { "copy" } }

local function check(ok, err)
  if not ok then
    io.stderr:write(err, "\n")
    os.exit(1, true)
  end
end

for _, name in ipairs(assert(fs.list("staged"))) do
  check(fs.remove("staged/" .. name))
end
for _, name in ipairs({ "linked", "copied" }) do
  check(link.put("store/" .. name, "staged/" .. name, { ways = ways[name], mode = "0555", sync = true }))
end
for _, name in ipairs({ "linked", "copied" }) do
  check(fs.rename("staged/" .. name, "out/" .. name))
  local removed, err = fs.remove("staged/" .. name) -- a rename between two names of one file does nothing
  check(removed ~= nil, err)
end
