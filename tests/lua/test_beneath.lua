-- pienv.beneath: files by their open folders, links of one's own and of others. Folders that are exchanged meanwhile:
-- tests/e2e/507-security-exchange.

local beneath = require("pienv.beneath")
local fs = require("pienv.fs")
local t = require("pienv.test")

-- A test with a tree of its own: root/in/file, and elsewhere/file beside the root.
local function test(name, run)
  t.test(name, function()
    local folder = assert(fs.realpath(assert(fs.mkdtemp("/tmp", "pienv-test-beneath"))))
    local _ <close> = setmetatable({}, {
      __close = function()
        assert(fs.remove_tree(folder))
      end,
    })
    local root, elsewhere = folder .. "/root", folder .. "/elsewhere"
    assert(fs.mkdirs(root .. "/in") and fs.mkdirs(elsewhere))
    assert(fs.write(root .. "/in/file", "mine") and fs.write(elsewhere .. "/file", "secret"))
    run(root, elsewhere)
  end)
end

-- The engine's fs, as the user of that number sees it: what belongs to us is of another then.
local function as_user(uid)
  return setmetatable({
    user = function()
      return uid
    end,
  }, { __index = fs })
end

test("a file that is held is the one in that very folder, whatever takes its place", function(root, elsewhere)
  local held <close> = assert(beneath.hold(fs, root, root .. "/in/file"))
  t.equal({ held.known, held.follow }, { root .. "/in/file", false })
  assert(fs.rename(root .. "/in", root .. "/away"))
  assert(fs.symlink(elsewhere, root .. "/in"))
  t.equal(fs.read(held.at), "mine")
  local _, err = fs.read(held.at .. "s")
  t.equal(beneath.by_path(err, held.at, held.known), "read " .. root .. "/in/files: No such file or directory")
end)

test("a folder that is not there is told, a file is not", function(root)
  t.equal(select(3, beneath.hold(fs, root, root .. "/none/file")), "ENOENT")
  local held <close> = assert(beneath.hold(fs, root, root .. "/in/none"))
  t.equal(select(3, fs.stat(held.at)), "ENOENT")
  local text, err, code = beneath.read(fs, root, root .. "/in/none")
  t.equal({ text, code }, { nil, "ENOENT" })
  t.contains(err, "read " .. root .. "/in/none: ")
  t.equal(select(3, beneath.hold(fs, root, root .. "/in/file/x")), "ENOTDIR")
end)

test("a file in the root, and one that is not beneath it", function(root, elsewhere)
  assert(fs.write(root .. "/top", "top"))
  t.equal(beneath.read(fs, root, root .. "/top"), "top")
  t.equal(beneath.read(fs, root, elsewhere .. "/file"), "secret")
end)

test("a link of one's own is followed in a tree of one's own", function(root, elsewhere)
  assert(fs.symlink(elsewhere, root .. "/folder"))
  assert(fs.symlink("../in/file", root .. "/in/link"))
  t.equal(beneath.read(fs, root, root .. "/folder/file"), "secret")
  t.equal(beneath.read(fs, root, root .. "/in/link"), "mine")
end)

test("the link of another user is refused", function(root)
  if fs.user() ~= 0 then
    t.skip("needs root")
  end
  assert(fs.symlink("in", root .. "/folder"))
  assert(fs.chown(root .. "/folder", 61001, 61001))
  local text, err, code, hint = beneath.read(fs, root, root .. "/folder/file")
  t.equal({ text, code }, { nil, "ELOOP" })
  t.equal(err, root .. "/folder is a symbolic link of another user")
  t.contains(hint, "run this as its owner")
end)

test("in the tree of another user every link is, and where that user can exchange it", function(root)
  if fs.user() ~= 0 then
    t.skip("needs root")
  end
  assert(fs.symlink("file", root .. "/in/link"))
  local message = root .. "/in/link is a symbolic link in the tree of another user"
  for _, folder in ipairs({ root, root .. "/in" }) do
    assert(fs.chown(folder, 61001, 61001))
    local text, err, _, hint = beneath.read(fs, root, root .. "/in/link")
    t.equal({ text, err }, { nil, message })
    t.contains(hint, "run this as that user")
    assert(fs.chown(folder, 0, 0))
  end
  t.equal(beneath.read(as_user(61001), root, root .. "/in/link"), "mine", "what is root's may be followed by everybody")
end)

test("folders are made through no link", function(root, elsewhere)
  t.equal(beneath.make(fs, root, root .. "/new/inner"), true)
  t.equal(beneath.make(fs, root, root), true)
  t.equal(beneath.make(fs, root, elsewhere .. "/new"), true)
  assert(fs.symlink(elsewhere, root .. "/folder"))
  local made, err, code = beneath.make(fs, root, root .. "/folder/inner")
  t.equal({ made, err, code }, { nil, root .. "/folder is a symbolic link", "ELOOP" })
  t.equal(fs.list(elsewhere), { "file", "new" })
end)
