-- lua/pienv/glob.lua: patterns against text, and against a real tree.

local fs = require("pienv.fs")
local glob = require("pienv.glob")
local t = require("pienv.test")

local function cases(name, want, rows)
  t.test(name, function()
    for _, row in ipairs(rows) do
      t.equal(glob.match(row[1], row[2]), want, row[1] .. " and " .. row[2])
    end
  end)
end

cases("patterns match", true, {
  { "*.node", "a.node" },
  { "{a\\,,b}", "a," },
  { "*", "a" },
  { "a*b*c", "aXbYbZc" },
  { "a?c", "a\nc" },
  { "a*a", "aa" },
  { "*b*", "abc" },
  { "*ab", "aab" },
  { "*?", "a" },
  { "[a-c]x", "bx" },
  { "[!a-c]x", "dx" },
  { "[^a-c]x", "dx" },
  { "[]]", "]" },
  { "[a%]", "%" },
  { "[", "[" },
  { "[a", "[a" },
  { "\\*", "*" },
  { "a\\{b,c}", "a{b,c}" },
  { "{a,b}.c", "b.c" },
  { "x{a,b{c,d}}y", "xbdy" },
  { "{a}", "{a}" },
  { "{a,b", "{a,b" },
  { "{,a}b", "b" },
  { "{src,lib/x}/*.c", "lib/x/a.c" },
  { "**", "a/b/c" },
  { "**/c", "c" },
  { "**/c", "a/b/c" },
  { "a/**/c", "a/c" },
  { "a/**/c", "a/x/y/c" },
  { "a/**", "a/x/y" },
  { "**/b/**/d", "a/b/c/b/d" },
  { "./a", "a" },
  { ".*", ".git" },
  { "a.b", "a.b" },
  { "%a+$", "%a+$" },
  { "\xff*", "\xff\xfe" },
})

cases("patterns do not match", false, {
  { "*.node", "a/b.node" },
  { "a?c", "a/c" },
  { "*", ".hidden" },
  { "**/x", ".git/x" },
  { "?", ".a" },
  { "[!b]a", "/a" },
  { "a.b", "axb" },
  { "%a", "b" },
  { "**c", "a/b/c" },
  { "a/**", "a" },
  { "{a,b}", "c" },
  { "\\*", "a" },
  { "a", "ab" },
  { "a*a", "a" },
  { "ab*bc", "abc" },
  { "*a*", "b" },
  { "a", "A" },
})

t.test("hidden names match with the option", function()
  t.equal(glob.match("**/*", ".a/.b", { hidden = true }), true)
  t.equal(glob.match(".a/*", ".a/.b"), false)
end)

t.test("a pattern of many alternatives is refused", function()
  t.contains(t.raises(glob.match, ("{a,b}"):rep(12), "a"), "more than 1000 alternatives")
end)

t.test("many stars do not take for ever", function()
  t.equal(glob.match(("*"):rep(200) .. "x", ("a"):rep(200)), false)
  t.equal(glob.match(("*a"):rep(50) .. "*b", ("a"):rep(250)), false)
  t.equal(glob.match(("*a"):rep(50) .. "*b", ("a"):rep(250) .. "b"), true)
end)

-- Calls run(dir) with a folder that holds a small tree.
local function with_tree(run)
  local dir = assert(fs.mkdtemp("/tmp", "pienv-test"))
  local _ <close> = setmetatable({}, {
    __close = function()
      assert(fs.remove_tree(dir))
    end,
  })
  for _, name in ipairs({ "a.c", "b c.c", "src/x.c", "src/x.h", "src/deep/er/y.c", ".git/z.c", "new\nline\xff.c" }) do
    assert(fs.mkdirs((dir .. "/" .. name):match("^(.*)/")))
    assert(fs.write(dir .. "/" .. name, "", { sync = false }))
  end
  assert(fs.symlink("..", dir .. "/src/loop"))
  assert(fs.symlink("x.c", dir .. "/src/link.c"))
  run(dir)
end

t.test("find lists relative paths in byte order", function()
  with_tree(function(dir)
    t.equal(glob.find(dir, "*.c"), { "a.c", "b c.c", "new\nline\xff.c" })
    t.equal(glob.find(dir, "src/*.{c,h}"), { "src/link.c", "src/x.c", "src/x.h" })
    t.equal(glob.find(dir, "src/x.c"), { "src/x.c" })
    t.equal(glob.find(dir, "*/deep"), { "src/deep" })
    t.equal(glob.find(dir, "src/gone/*"), {})
    t.equal(glob.find(dir, "{src/x.c,src/x.h,gone}"), { "src/x.c", "src/x.h" })
  end)
end)

t.test("two stars go down, but through no link", function()
  with_tree(function(dir)
    t.equal(glob.find(dir, "src/**/*.c"), { "src/deep/er/y.c", "src/link.c", "src/x.c" })
    t.equal(glob.find(dir, "**/y.c"), { "src/deep/er/y.c" })
    t.equal(glob.find(dir, "**/loop/**"), {})
    t.equal(glob.find(dir, "**/z.c"), {})
    t.equal(glob.find(dir, "**/z.c", { hidden = true }), { ".git/z.c" })
    t.equal(glob.find(dir, ".git/*"), { ".git/z.c" })
  end)
end)

t.test("what cannot be read is an error", function()
  local found, err, code = glob.find("/nonexistent", "*")
  t.equal({ found, err, code }, { nil, "list /nonexistent: No such file or directory", "ENOENT" })
  local long = ("x"):rep(300)
  found, err, code = glob.find("/tmp", long)
  t.equal({ found, err, code }, { nil, "stat /tmp/" .. long .. ": File name too long", "ENAMETOOLONG" })
  t.equal(glob.find("/tmp", "none/" .. long), {})
  t.contains(t.raises(glob.find, "/tmp", "../*"), "leads out of the root")
  t.contains(t.raises(glob.find, "/tmp", "/etc/*"), "leads out of the root")
end)

t.test("depth is bounded", function()
  with_tree(function(dir)
    assert(fs.mkdirs(dir .. "/deep" .. ("/d"):rep(70)))
    local found, err, code = glob.find(dir, "**/x")
    t.equal(found, nil)
    t.contains(err, "deeper than 64 folders")
    t.equal(code, "ELOOP")
  end)
end)
