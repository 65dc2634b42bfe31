-- The cache's key, target and repository name: pure rules.

local key = require("recipes.cache.key")
local repository = require("recipes.cache.repository")
local sha256 = require("pienv.sha256")
local t = require("pienv.test")
local target = require("recipes.cache.target")
local where = require("recipes.cache.where")

local HOST = { platform = "linux", arch = "x64", level = 3 }
local VARIANTS = { modern = { level = 3 }, baseline = { level = 2 } }

t.test("C1 the bytes are path, tab, id, line feed, and the target", function()
  local id = ("ab"):rep(20)
  local bytes =
    key.bytes({ entries = { { path = "crates", id = id }, { path = "x", id = false } }, target = "linux-arm64" })
  t.equal(bytes, "crates\t" .. id .. "\nx\t" .. ("0"):rep(40) .. "\nTARGET\tlinux-arm64\n")
end)

t.test("C1 the key of a known repository state", function()
  -- printf and sha256sum gave this digest for these bytes.
  local bytes = key.bytes({ entries = { { path = "Cargo.lock", id = false } }, target = "linux-x64-host" })
  t.equal(sha256.hash(bytes), "15e54d6f4875ef95d07783953eaab1b9c47dd6353f3a20f1a332a1b09dc29ac5")
end)

t.test("extra components are framed, sorted and appended", function()
  local plain = { entries = {}, target = "t" }
  local extra = { { type = "tool", name = "b", value = "2" }, { type = "libc", name = "a", value = "" } }
  t.equal(key.bytes(plain), "TARGET\tt\n", "none: the runbook's bytes")
  plain.extra = extra
  t.equal(key.bytes(plain), "TARGET\tt\npienv-key-v1\0libc\0a\0\0tool\0b\0002\0")
  plain.extra = { extra[2], extra[1] }
  t.equal(key.bytes(plain), "TARGET\tt\npienv-key-v1\0libc\0a\0\0tool\0b\0002\0", "in whatever order they come")
  plain.extra = { { type = "a\0b", name = "", value = "" } }
  t.contains(t.raises(key.bytes, plain), "NUL")
end)

t.test("paths that a key could not tell apart are refused", function()
  t.contains(key.refuse("a\tb"), "holds a tab")
  t.contains(key.refuse("a\nb"), "holds a tab, a line feed")
  for _, path in ipairs({ "", "/etc", "../x", "a/./b", "a/.." }) do
    t.contains(key.refuse(path), "must be a path from the git root")
  end
  t.equal(key.refuse("packages/natives"), nil)
  t.equal(key.refuse("a..b/.c"), nil)
end)

t.test("C3 targets in node's words; x64 has the variant or host", function()
  local function label(input)
    input.host = HOST
    return target.of(input).label
  end
  t.equal(label({}), "linux-x64-host")
  t.equal(label({ variant = " modern\n" }), "linux-x64-modern")
  t.equal(label({ variant = "  " }), "linux-x64-host")
  t.equal(label({ platform = "Windows", arch = "AMD64" }), "win32-x64-host")
  t.equal(label({ platform = "macOS", arch = "aarch64", variant = "modern" }), "darwin-arm64")
end)

t.test("labels are read back", function()
  t.equal(
    target.parse("linux-x64-modern"),
    { platform = "linux", arch = "x64", variant = "modern", label = "linux-x64-modern" }
  )
  t.equal(target.parse("linux-arm64"), { platform = "linux", arch = "arm64", label = "linux-arm64" })
  for _, text in ipairs({ "", "linux", "linux-x64-", "linux-x64-a-b", "../x-y", "linux x64" }) do
    t.equal(target.parse(text), nil, text)
  end
end)

local function belongs(rule, tuple, label, level)
  return target[rule]({
    tuple = tuple,
    target = target.parse(label),
    variants = VARIANTS,
    level = level or 3,
    detected = (level or 3) >= 3 and "modern" or "baseline",
  })
end

local function tuple(variant, arch)
  return { platform = "linux", arch = arch or "x64", variant = variant }
end

t.test("C4 captured is what a build for the target makes, not its stale siblings", function()
  t.equal(belongs("captures", tuple("modern"), "linux-x64-modern"), true)
  t.equal(belongs("captures", tuple("baseline"), "linux-x64-modern"), false)
  t.equal(belongs("captures", tuple(nil), "linux-x64-modern"), false)
  t.equal(belongs("captures", tuple("modern"), "linux-x64-host"), true)
  t.equal(belongs("captures", tuple("baseline"), "linux-x64-host"), false)
  t.equal(belongs("captures", tuple("baseline"), "linux-x64-host", 2), true)
  t.equal(belongs("captures", tuple(nil), "linux-x64-host"), true)
  t.equal(belongs("captures", tuple(nil, "arm64"), "linux-x64-host"), false)
  t.equal(belongs("captures", tuple(nil, "arm64"), "linux-arm64"), true)
  t.equal(belongs("captures", nil, "linux-x64-host"), false, "a foreign name")
end)

t.test("C4 restored is everything but what is plainly for something else", function()
  t.equal(belongs("restores", tuple("modern"), "linux-x64-modern"), true)
  t.equal(belongs("restores", tuple("baseline"), "linux-x64-modern"), false)
  t.equal(belongs("restores", tuple("modern"), "linux-x64-host"), true)
  t.equal(belongs("restores", tuple("modern"), "linux-x64-host", 2), false, "this CPU could not run it")
  t.equal(belongs("restores", tuple(nil, "arm64"), "linux-x64-host"), false)
  t.equal(belongs("restores", nil, "linux-x64-host"), true, "a name that says nothing")
end)

t.test("an addon that needs more CPU than the host has is told", function()
  local function unfit(isa, variant, level, label)
    return target.unfit({
      target = target.parse(label or "linux-x64-host"),
      host = { platform = "linux", arch = "x64", level = level },
      tuple = tuple(variant),
      isa = isa,
      variants = VARIANTS,
    })
  end
  t.equal(unfit(3, nil, 3), nil)
  t.equal(unfit(4, nil, 3), "it needs x86-64-v4, and this CPU has x86-64-v3")
  t.equal(unfit(nil, "modern", 2), "it needs x86-64-v3, and this CPU has x86-64-v2", "its name says so")
  t.equal(unfit(4, nil, 1, "darwin-x64"), nil, "it runs elsewhere")
end)

t.test("a repository is named by its origin, without credentials", function()
  local function slug(url)
    return repository.slug_of_url(url)
  end
  t.equal(slug("https://user:secret@host.example/acme/widgets.git"), "acme__widgets")
  t.equal(slug("git@host.example:acme/widgets"), "acme__widgets")
  t.equal(slug("ssh://git@host.example:22/acme/widgets.git/"), "acme__widgets")
  t.equal(slug("https://host.example/group/sub/name?token=x"), "sub__name")
  t.equal(slug("/srv/git/acme/widgets.git"), "acme__widgets")
  t.equal(slug("https://host.example/../.git"), nil)
  t.equal(slug("file:///srv/a b/.hidden"), "a-b___hidden")
  t.equal(slug("widgets"), nil)
  t.equal(repository.slug("acme/widgets"), "acme__widgets")
  for _, text in ipairs({ "acme", "a/b/c", "../x", "a/..", "/a", "a/", ".a/b", "a b/c" }) do
    t.equal(repository.slug(text), nil, text)
  end
end)

t.test("the origin is read out of the repository's config", function()
  local config =
    '[core]\n\turl = no\n[remote "upstream"]\n\turl = x/y\n[remote "origin"]\n\tfetch = f\n\tURL = "h:a/\\"b" ; c\n'
  t.equal(repository.remote_url(config, "origin"), 'h:a/"b')
  t.equal(repository.remote_url(config, "none"), nil)
  t.equal(repository.remote_url("", "origin"), nil)
end)

t.test("a repository without an origin is named by where it is", function()
  local name = repository.local_slug("/srv/my repo/.git", sha256.hash)
  t.equal(name:match("^local__my%-repo%-%x%x%x%x%x%x%x%x$"), name)
  t.ok(name ~= repository.local_slug("/other/my repo/.git", sha256.hash))
end)

t.test("a project that names no inputs has those of its crate and package", function()
  local stock = { crate = "crates/pi-natives", package = "packages/natives" }
  t.equal(where.default_inputs(stock), require("recipes.cache.defaults").inputs, "the runbook's, with the stock names")
  t.equal(
    where.default_inputs({ crate = "native", package = "npm/fft", prefix = "sub" }),
    { "sub/native", "sub/Cargo.lock", "sub/Cargo.toml", "sub/rust-toolchain.toml", "sub/npm/fft" }
  )
  t.equal(where.default_inputs({ crate = "crate", package = "." }), { "." }, "the package is the whole project")
  t.equal(where.default_inputs({ crate = "crate", package = ".", prefix = "a/b" }), { "a/b" })
  t.equal(key.refuse("."), nil)
end)
