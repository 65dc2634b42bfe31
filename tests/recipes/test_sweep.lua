-- recipes/build/sweep.lua: what is left behind and what is alive (B9 and its hazard).

local sweep = require("recipes.build.sweep")
local t = require("pienv.test")

local STAT = "4242 (cc1 (plus) x) S 1 2 3 0 -1 4 5 6 7 8 9 10 11 12 20 0 1 0 987654 123 45"

t.test("identity is process id, start time and namespace, whatever the process is called", function()
  t.equal(sweep.identity({ stat = STAT, namespace = 17 }), "4242 987654 17")
  t.equal(sweep.identity({ stat = STAT }), "4242 987654 0")
  t.equal(sweep.identity({ stat = "" }), nil)
  t.equal(sweep.identity({ stat = (STAT:gsub(" S ", " Z ")) }), nil, "ended, and not yet reaped")
  t.equal(sweep.identity({ stat = "12 (x) S 1" }), nil)
  t.equal(sweep.pid("4242 987654 17"), "4242")
  t.equal(sweep.pid("/etc 1 2"), nil)
end)

t.test("B9 a live build's folder is never deleted, however old", function()
  local folder = { owner = "7 100 5", self = "9 300 5", running = "7 100 5", age = 10 * sweep.DAY }
  t.equal(sweep.abandoned(folder), false)
end)

t.test("B9 the folder of a dead build, or of an earlier process with that id, is deleted", function()
  t.equal(sweep.abandoned({ owner = "7 100 5", self = "9 300 5", age = 0 }), true)
  t.equal(sweep.abandoned({ owner = "7 100 5", self = "9 300 5", running = "7 200 5", age = 0 }), true)
end)

t.test("where process ids prove nothing, only age counts", function()
  t.equal(sweep.abandoned({ owner = "7 100 6", self = "9 300 5", age = 60 }), false, "another namespace")
  t.equal(sweep.abandoned({ owner = "7 100 6", self = "9 300 5", age = sweep.DAY + 1 }), true)
  t.equal(sweep.abandoned({ self = "9 300 5", age = 1 }), false, "not yet owned")
  t.equal(sweep.abandoned({ age = sweep.DAY + 1 }), true)
end)

t.test("B9 temporaries of installers are known by name", function()
  local function temporary(name)
    local is, pid = sweep.temporary(name)
    return tostring(is) .. " " .. tostring(pid)
  end
  t.equal(temporary("a.node.tmp.123"), "true 123")
  t.equal(temporary("a.node.old.x"), "true nil")
  t.equal(temporary("a.new.5"), "true 5")
  t.equal(temporary("a.tmp"), "false nil")
  t.equal(temporary("a.linux-x64.node"), "false nil")
end)

t.test("B9 a temporary in use stays", function()
  t.equal(sweep.forgotten({ pid = "1", running = true, age = 3600 }), false)
  t.equal(sweep.forgotten({ pid = "1", running = false, age = 3600 }), true)
  t.equal(sweep.forgotten({ pid = "1", running = false, age = 1 }), false, "another machine's, perhaps")
  t.equal(sweep.forgotten({ running = false, age = 3600 }), false)
  t.equal(sweep.forgotten({ running = false, age = sweep.DAY + 1 }), true)
end)
