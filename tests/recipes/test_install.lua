-- recipes/build/install.lua: texts of failed installations, and two outputs with one name (I1, I3, B25).

local install = require("recipes.build.install")
local t = require("pienv.test")

local function message(fields)
  local input = { about = "addon", base = "a.node", existed = false, platform = "linux", reason = "rename a: No space" }
  for key, value in pairs(fields) do
    input[key] = value
  end
  return install.message(input)
end

t.test("I1 an addon that cannot be put in place", function()
  t.equal(message({}), "Failed to install a.node: rename a: No space")
end)

t.test("I1 an addon that cannot be replaced", function()
  t.equal(message({ existed = true }), "Cannot replace a.node: rename a: No space")
end)

t.test("I1 on Windows with the likely cause", function()
  local want = "Cannot replace a.node (file may be in use - close any running processes): EBUSY"
  t.equal(message({ existed = true, platform = "win32", reason = "EBUSY" }), want)
end)

t.test("I3 declarations", function()
  local paths = { base = "index.d.ts", from = "native/.build/a/out/index.d.ts", to = "native/index.d.ts" }
  paths.about, paths.existed, paths.reason = "declarations", true, "EIO"
  t.equal(
    message(paths),
    "Failed to install generated index.d.ts: EIO (from native/.build/a/out/index.d.ts to native/index.d.ts)"
  )
end)

t.test("B25 two outputs with one name, naming both sources", function()
  local files = {
    { path = "/p/native/a.node", from = "/w/1/a.node", about = "addon" },
    { path = "/p/native/b.node", from = "/w/2/b.node", about = "addon" },
    { path = "/p/native/a.node", from = "/w/3/a.node", about = "addon" },
  }
  t.equal(install.clash(files), "Refusing to install two outputs as a.node: /w/1/a.node and /w/3/a.node.")
  files[3] = nil
  t.equal(install.clash(files), nil)
end)
