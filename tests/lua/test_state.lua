-- pienv.state: what pienv keeps in a project.

local fs = require("pienv.fs")
local state = require("pienv.state")
local t = require("pienv.test")

local function in_folder(run)
  local root = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-state"))
  local ok, err = pcall(run, root)
  fs.remove_tree(root)
  assert(ok, err)
end

-- A step's context; its locks are only tried.
local function step(root)
  local acquire = require("pienv.lock").acquire
  local lock = {
    acquire = function(file, options)
      return acquire(file, { about = options.about, timeout = 0 })
    end,
  }
  return { root = root, fs = fs, lock = lock }
end

t.test("a place for a lock: the folder is made, and git does not see it", function()
  in_folder(function(root)
    local held, top = state.lock(step(root), "npm.lock", "testing")
    t.equal(fs.list(root .. "/.pienv"), { ".gitignore", "npm.lock" })
    local other, err = state.lock(step(root), "npm.lock", "again")
    t.equal(other, nil)
    t.contains(err, "lock " .. root .. "/.pienv/npm.lock: ")
    held:release()
    top:close()
    t.equal(fs.read(root .. "/.pienv/.gitignore"), "*\n")
    fs.write(root .. "/.pienv/.gitignore", "runs\n")
    local folder = assert(state.open(root, "runs"))
    folder:close()
    t.equal(fs.read(root .. "/.pienv/.gitignore"), "runs\n", "what somebody has changed stays")
  end)
end)

t.test("neither leads through a link", function()
  in_folder(function(root)
    fs.mkdirs(root .. "/elsewhere")
    fs.symlink("elsewhere", root .. "/.pienv")
    local _, err = state.lock(step(root), "embed.lock", "testing")
    t.contains(err, root .. "/.pienv is a symbolic link")
    t.equal(state.open(root, "runs"), nil)
    t.equal(fs.list(root .. "/elsewhere"), {})
    fs.remove(root .. "/.pienv")
    fs.mkdirs(root .. "/.pienv")
    fs.symlink("../elsewhere", root .. "/.pienv/embed")
    t.equal(state.open(root, "embed"), nil)
    fs.symlink("../elsewhere/x", root .. "/.pienv/embed.lock")
    _, err = state.lock(step(root), "embed.lock", "testing")
    t.contains(err, "lock " .. root .. "/.pienv/embed.lock: is a symbolic link")
    t.equal(fs.list(root .. "/elsewhere"), {})
  end)
end)
