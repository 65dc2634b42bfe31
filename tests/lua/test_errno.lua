-- pienv.errno: what codes of failed calls say of a path.

local errno = require("pienv.errno")
local fs = require("pienv.fs")
local t = require("pienv.test")

t.test("what is not there is told from what cannot be read", function()
  local _, _, missing = fs.read("no/such/file")
  local _, _, below_a_file = fs.read("/proc/self/status/x")
  t.ok(errno.is_absent(missing) and errno.is_absent(below_a_file), "absent")
  t.ok(not errno.is_passing(missing) and not errno.is_passing(below_a_file), "which no other time would change")
  local _, _, folder = fs.read("/")
  t.ok(not errno.is_absent(folder) and not errno.is_passing(folder), "a folder is there, and stays one")
end)

t.test("reasons of the moment, or of who asks, say nothing of what is there", function()
  for _, code in ipairs({ "EACCES", "EINTR", "EIO", "EMFILE", "ENFILE", "ENOMEM", "ESTALE" }) do
    t.ok(errno.is_passing(code) and not errno.is_absent(code), code)
  end
end)

t.test("no code is neither", function()
  t.equal({ errno.is_absent(nil), errno.is_passing(nil) }, { false, false })
end)
