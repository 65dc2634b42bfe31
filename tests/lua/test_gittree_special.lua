-- pienv.gittree.special: where it looks for pipes and devices before git is asked.

local fs = require("pienv.fs")
local special = require("pienv.gittree.special")
local t = require("pienv.test")

-- A test with a work tree of its own.
local function test(name, run)
  t.test(name, function()
    local dir = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-test-special"))
    local _ <close> = setmetatable({}, {
      __close = function()
        assert(fs.remove_tree(dir))
      end,
    })
    assert(fs.mkdirs(dir .. "/.git/objects"))
    run(dir)
  end)
end

-- A link to a device; pipes are of the same kind, and planted in tests/e2e/504-security-git.
local function plant(path)
  assert(fs.symlink("/dev/zero", path))
  return path
end

test("a repository of files has none", function(dir)
  assert(fs.write(dir .. "/.git/HEAD", "ref: refs/heads/main\n"))
  t.equal(special.find(dir), nil)
  t.equal(special.rules(dir, { "a/b" }), nil)
end)

test("a device among its files, from a folder inside", function(dir)
  local planted = plant(dir .. "/.git/objects/x")
  assert(fs.mkdirs(dir .. "/a/b"))
  t.equal(special.find(dir .. "/a/b"), planted)
end)

test("a linked work tree: its own folder and the common one", function(dir)
  local own = dir .. "/.git/worktrees/w"
  assert(fs.mkdirs(own) and fs.mkdirs(dir .. "/w"))
  assert(fs.write(dir .. "/w/.git", "gitdir: " .. own .. "\n"))
  assert(fs.write(own .. "/commondir", "../..\n"))
  t.equal(special.find(dir .. "/w"), nil)
  local common = plant(dir .. "/.git/config")
  t.equal(special.find(dir .. "/w"), common)
  local nearer = plant(own .. "/HEAD")
  t.equal(special.find(dir .. "/w"), nearer)
end)

test("a .git that is a device itself", function(dir)
  assert(fs.mkdirs(dir .. "/w"))
  t.equal(special.find(dir .. "/w"), nil)
  local planted = plant(dir .. "/w/.git")
  t.equal(special.find(dir .. "/w"), planted)
end)

test("rules below the inputs, and above them", function(dir)
  assert(fs.mkdirs(dir .. "/a/b/c"))
  local below = plant(dir .. "/a/b/c/.gitignore")
  t.equal(special.rules(dir, { "a/b" }), below)
  assert(fs.remove(below))
  local above = plant(dir .. "/a/.gitattributes")
  t.equal(special.rules(dir, { "a/b" }), above)
end)
