local folder = ...
local archive = require("pienv.archive")

local file, out = folder .. "/made.tgz", folder .. "/out"
local input <close> = assert(io.open(folder .. "/input", "wb"))
assert(input:write("content"):flush())
local members = {
  { name = "one", path = folder .. "/input" },
  { name = "folder/two", bytes = string.rep("text ", 30000) },
}
for _, form in ipairs({ "many", 1 }) do
  local written = assert(archive.write(file, {
    members = members,
    gzip_members = form,
    level = 1,
    chunk = 65536,
    threads = 1,
    sync = false,
  }))
  assert(#assert(archive.list(file)) == 2)
  local sha256 = written.members[2].sha256
  assert(archive.extract(file, "folder/two", out, { sha256 = sha256, sync = false }))
end
-- One member whose name of 120 bytes needs a pax header, as bytes: making that header is the one thing in which
-- libarchive loses memory when it gets none.
local pax = [[
1f8b08000000000002ffedd3310ac2401085e1577b8ab981ff6ea29dbda5575830602931c25e29e7c8c5041b611b8bb00921f3bd62eae1f1
6e295fbb74effae334568924e0dcb626beca0b9168fc1827024196b580f76b48bd403395cf6d4468b0671a1e97695c2707b915d52ff8fffe
2114fb8f345186efbfba2ce79c737bf401187ed15b000c0000]]
local packed = pax:gsub("%s", ""):gsub("..", function(digits)
  return string.char(tonumber(digits, 16))
end)
local other <close> = assert(io.open(file, "wb"))
assert(other:write(packed):flush())
assert(archive.list(file)[1].name == string.rep("\u{e9}", 60))
assert(os.remove(file) and os.remove(out) and os.remove(folder .. "/input"))
