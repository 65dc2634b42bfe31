-- Placing an entry: what happens when its files vanish or cannot be read between the look-up and the placing.

local json = require("pienv.json")
local place = require("recipes.cache.place")
local t = require("pienv.test")

local HANDLE = {
  path = function()
    return "/proc/self/fd/9"
  end,
}
setmetatable(HANDLE, { __close = function() end })

-- Places an entry whose index.d.ts differs from the workspace's; `unreadable` says of each path why it cannot be read.
local function run(unreadable)
  local facts = { device = 1, inode = 1, size = 3, mtime_ns = 1, type = "file" }
  local e = {
    json = json,
    fs = {
      folder = function()
        return HANDLE
      end,
      stat = function()
        return { device = 1, inode = 2, size = 4, mtime_ns = 2, type = "file" }
      end,
      read = function(path)
        local why = unreadable[path]
        if why then
          return nil, ("read %s: %s"):format(path, why), why
        end
        return path, facts
      end,
    },
  }
  local store = {
    e = e,
    journal = function()
      return ""
    end,
    is_addon = function()
      return false
    end,
  }
  return place.run({
    store = store,
    entry = {
      key = "k",
      at = "/proc/self/fd/8",
      path = "/cache/o__r/k",
      names = { "index.d.ts" },
      stats = { ["index.d.ts"] = facts },
      manifest = {},
    },
    to = { root = "/w", path = "native", folder = "/w/native" },
    restores = function() end,
    may_replace = function()
      return false
    end,
    pid = 1,
  })
end

t.test("an entry that is removed meanwhile is a miss that says so", function()
  local placed, reason, kind = run({ ["/proc/self/fd/8/index.d.ts"] = "ENOENT" })
  t.equal(placed, nil)
  t.equal(reason, "read /cache/o__r/k/index.d.ts: ENOENT")
  t.equal(kind, "missing")
end)

t.test("an entry that cannot be read is trouble, no edit", function()
  local _, reason, kind = run({ ["/proc/self/fd/8/index.d.ts"] = "EIO" })
  t.equal(reason, "read /cache/o__r/k/index.d.ts: EIO")
  t.equal(kind, "trouble")
end)

t.test("neither is a companion of the workspace that cannot be read", function()
  local _, reason, kind = run({ ["/proc/self/fd/9/index.d.ts"] = "EIO" })
  t.equal(reason, "read native/index.d.ts: EIO")
  t.equal(kind, "trouble")
end)

t.test("an edit is told as one", function()
  local _, reason, kind = run({})
  t.equal(reason, "native/index.d.ts has changes of yours")
  t.equal(kind, "edited")
end)
