-- The cache's rules about entries: manifests, completeness, damage, caps, user edits, components. Pure.

local caps = require("recipes.cache.caps")
local edits = require("recipes.cache.edits")
local explain = require("recipes.cache.explain")
local json = require("pienv.json")
local manifest = require("recipes.cache.manifest")
local request = require("recipes.cache.request")
local t = require("pienv.test")
local where = require("recipes.cache.where")

local function text_of(fields)
  local value = { key = "k", target = "linux-x64-host", captured_at = 1.5, node_files = json.array({ "a.node" }) }
  for name, field in pairs(fields or {}) do
    value[name] = field
  end
  return json.encode(value)
end

local FILE = { size = 4, mode = 365, mtime_ns = 7, sha256 = "d", role = "addon" }

t.test("a manifest of another program has no facts about files", function()
  local value = manifest.read(text_of(), json.decode)
  t.equal({ value.key, value.pienv }, { "k" })
  t.equal(manifest.read(text_of({ pienv = { version = 99 } }), json.decode).pienv, nil, "a later pienv")
end)

t.test("a manifest that is none is told", function()
  t.equal(select(2, manifest.read("{", json.decode)), "manifest.json is not readable")
  t.equal(select(2, manifest.read("[1]", json.decode)), "manifest.json has no captured_at", "the first field")
  for _, time in ipairs({ "x", -1, 1e300, math.maxinteger }) do
    local _, why = manifest.read(text_of({ captured_at = time }), json.decode)
    t.equal(why, "manifest.json has no usable captured_at", tostring(time))
  end
end)

t.test("a manifest cannot name files outside of its entry", function()
  for _, name in ipairs({ "../x", "a/b", "", ".." }) do
    local record = { version = 1, files = { [name] = FILE } }
    t.equal(
      select(2, manifest.read(text_of({ pienv = record }), json.decode)),
      "manifest.json holds a file name that is none"
    )
  end
  local record = { version = 1, files = { a = { size = 1 } } }
  t.equal(select(2, manifest.read(text_of({ pienv = record }), json.decode)), "manifest.json does not describe a")
end)

t.test("a record of which a part is of another kind is not believed", function()
  local function why(fields)
    fields.version, fields.files = 1, fields.files or { a = FILE }
    return select(2, manifest.read(text_of({ pienv = fields }), json.decode))
  end
  t.equal(why({}), nil)
  t.equal(why({ files = "a" }), "manifest.json has no usable files")
  t.equal(why({ build_seconds = -1 }), "manifest.json has no usable build_seconds")
  t.equal(why({ inputs = { { path = "a", id = false } } }), nil)
  for _, inputs in ipairs({ { "a" }, { { path = "a" } }, { { id = "x" } } }) do
    t.equal(why({ inputs = inputs }), "manifest.json does not say of what the key was made")
  end
  t.equal(why({ extra = { { type = "env", name = "X" } } }), "manifest.json does not say of what the key was made")
end)

t.test("a change is told on one line, whatever the names hold", function()
  local one = { path = "a\nb\t\27", kind = "untracked" }
  t.equal(edits.dirty({ one }), [[a\nb\t\x1b is untracked]])
  t.equal(edits.dirty({ one, one, one }), [[a\nb\t\x1b is untracked and 2 more]])
end)

t.test("a manifest counts only in the folder of its key", function()
  local value = manifest.read(text_of(), json.decode)
  t.equal(manifest.mismatch(value, { key = "k", target = "linux-x64-host" }), nil)
  t.equal(manifest.mismatch(value, { key = "other" }), "manifest.json is of another key")
  t.equal(manifest.mismatch(value, { key = "k", target = "x" }), "the entry is of target linux-x64-host, not of x")
end)

t.test("damage that facts show, and doubt", function()
  local function damage(stat, file)
    local reason, doubtful = manifest.damage("a.node", file or FILE, stat)
    return { reason or false, doubtful or false }
  end
  local right = { type = "file", size = 4, mtime_ns = 7 }
  t.equal(damage(right), { false, false })
  t.equal(damage(nil), { "a.node is missing", false })
  t.equal(damage({ type = "link", size = 4, mtime_ns = 7 }), { "a.node is a link, not a file", false })
  t.equal(damage({ type = "file", size = 3, mtime_ns = 7 }), { "a.node has 3 bytes instead of 4", false })
  t.equal(damage({ type = "file", size = 0, mtime_ns = 7 }), { "a.node is empty", false })
  t.equal(damage({ type = "file", size = 4, mtime_ns = 8 }), { "a.node was written to after it was captured", true })
end)

t.test("C5 complete is an addon, every companion and the manifest", function()
  local function missing(...)
    return manifest.incomplete({
      names = { ... },
      companions = { "index.d.ts", "index.js" },
      is_addon = function(name)
        return name:sub(-5) == ".node"
      end,
    })
  end
  t.equal(missing("manifest.json", "index.js", "index.d.ts", "x.node"), nil)
  t.equal(missing("index.js", "index.d.ts", "x.node"), "manifest.json")
  t.equal(missing("manifest.json", "index.js", "x.node"), "index.d.ts")
  t.equal(missing("manifest.json", "index.js", "index.d.ts"), "an addon")
end)

local function dropped(entries, limits, free)
  local list = {}
  for i, row in ipairs(caps.choose({ entries = entries, caps = limits, free = free })) do
    list[i] = row.key
  end
  return list
end

local THREE = {
  { key = "b", captured_at = 2, bytes = 10 },
  { key = "a", captured_at = 1, bytes = 10 },
  { key = "c", captured_at = 3, bytes = 10 },
}

t.test("what was made just now goes last, whatever its time", function()
  local list = caps.choose({ entries = THREE, caps = { max_entries = 1, max_bytes = 0 }, keep = "a" })
  t.equal({ #list, list[1].key, list[2].key }, { 2, "b", "c" })
end)

t.test("C7 the oldest go first, by the cap of entries", function()
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 0 }), {})
  t.equal(dropped(THREE, { max_entries = 2, max_bytes = 0 }), { "a" })
  t.equal(dropped(THREE, { max_entries = 0, max_bytes = 0 }), { "a", "b" }, "counts as one")
end)

t.test("C7 the byte cap never takes the last entry; 0 is off", function()
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 29 }), { "a" })
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 1 }), { "a", "b" })
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 30 }), {})
end)

t.test("a floor of free space is a cap too, and leaves the last entry", function()
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 0, min_free = 100 }, 85), { "a", "b" })
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 0, min_free = 100 }, 95), { "a" })
  t.equal(dropped(THREE, { max_entries = 8, max_bytes = 0, min_free = 1000 }, 0), { "a", "b" })
end)

t.test("entries of one age go by their keys", function()
  local same = { { key = "y", captured_at = 1, bytes = 1 }, { key = "x", captured_at = 1, bytes = 1 } }
  t.equal(dropped(same, { max_entries = 1, max_bytes = 0 }), { "x" })
end)

local MARKERS = { start = "// start", stop = "// stop" }

t.test("what is generated is no edit of the user's", function()
  local function same(a, b)
    return edits.same({ a = a, b = b, markers = MARKERS })
  end
  t.equal(same("a\n// start\n1\n// stop\nb", "a\n// start\n2\n3\n// stop\nb"), true)
  t.equal(same("A\n// start\n1\n// stop\nb", "a\n// start\n1\n// stop\nb"), false)
  t.equal(same("a\n// start\n1\n// stop\nb", "a\n// start\n1\n// stop\nB"), false)
  t.equal(same("no markers 1", "no markers 2"), false)
  t.equal(same("// start only", "// start"), false)
end)

t.test("an entry holds the stub that embeds nothing, unless it holds the archive", function()
  local populated = 'export const embeddedAddon = { platformTag: "linux-x64" };\n'
  local null = "// hand-written\nexport const embeddedAddon: EmbeddedAddon | null = null;\n"
  local function stub(bytes, head, companions)
    return edits.stub({ name = "embedded-addon.js", bytes = bytes, head = head, companions = companions or {} })
  end
  t.equal(stub(null), nil)
  t.equal(stub(populated, null), null, "the committed one")
  t.equal(stub(populated, populated), "export const embeddedAddon = null;\n")
  t.equal(stub(populated, nil), "export const embeddedAddon = null;\n")
  t.equal(stub(populated, null, { "embedded-addons.linux-x64.tar.gz" }), nil)
  t.equal(edits.stub({ name = "index.js", bytes = populated, companions = {} }), nil)
end)

t.test("variables that look like secrets are never recorded", function()
  local env = { CFLAGS = "-O2", MY_TOKEN = "t", NPM_AUTH = "a", CC = nil }
  local names = { "CFLAGS", "MY_TOKEN", "NPM_AUTH", "CC" }
  t.equal(edits.variables({ names = names, env = env, secrets = edits.SECRETS }), { CFLAGS = "-O2" })
end)

t.test("what was built for this machine's CPU alone is never captured", function()
  t.contains(edits.native({ RUSTFLAGS = "-C target-cpu=native" }), "RUSTFLAGS asks for the CPU of this machine")
  t.contains(edits.native({ CFLAGS = "-O2 -march=native" }), "CFLAGS")
  t.contains(edits.native({ CARGO_ENCODED_RUSTFLAGS = "-Ctarget-cpu=native" }), "CARGO_ENCODED_RUSTFLAGS")
  t.equal(edits.native({ RUSTFLAGS = "-C target-cpu=x86-64-v3", CFLAGS = "-march=x86-64-v2" }), nil)
end)

t.test("components are compared in the order of the key", function()
  local function of(crates, lock, extra)
    local entries = { { path = "crates", id = crates }, { path = "Cargo.lock", id = lock } }
    return explain.components({ entries = entries, target = "t", extra = extra })
  end
  t.equal(explain.differences(of("1", "2"), of("1", "2")), {})
  t.equal(explain.differences(of("1", "2"), of("3", "4"))[1], { name = "crates", now = "1", before = "3" })
  local tool = { { type = "tool", name = "rustc", value = "1" } }
  t.equal(explain.differences(of("1", false, tool), of("1", false)), { { name = "tool rustc", now = "1" } })
  t.equal(explain.differences(of("1", false), of("1", false, tool)), { { name = "tool rustc", before = "1" } })
end)

t.test("the nearest entry differs in the fewest components, then is the newest", function()
  local function entry(key, at, crates, lock)
    local inputs = { { path = "crates", id = crates }, { path = "Cargo.lock", id = lock } }
    return { key = key, captured_at = at, manifest = { target = "t", pienv = { inputs = inputs } } }
  end
  local now =
    explain.components({ entries = { { path = "crates", id = "1" }, { path = "Cargo.lock", id = "2" } }, target = "t" })
  local list = {
    entry("far", 9, "7", "8"),
    entry("old", 1, "1", "8"),
    entry("new", 2, "7", "2"),
    { key = "other", captured_at = 9 },
  }
  local nearest, differences = explain.nearest(now, list)
  t.equal({ nearest.key, differences[1].name, #differences }, { "new", "crates", 1 })
  t.equal(explain.nearest(now, {}), nil)
end)

t.test("the cache's folder without --root", function()
  local function root(env, has_data)
    return where.default_root({ env = env, has_data = has_data or false })
  end
  t.equal(root({ HOME = "/h" }, true), "/data/cache/pi-natives")
  t.equal(root({ HOME = "/h", XDG_CACHE_HOME = "/x" }), "/x/pienv/natives")
  t.equal(root({ HOME = "/h", XDG_CACHE_HOME = "relative" }), "/h/.cache/pienv/natives")
  t.equal(root({ HOME = "/h" }), "/h/.cache/pienv/natives")
  t.equal(root({}), nil)
end)

t.test("what a build makes is named from the git root", function()
  local patterns = where.outputs({ package = "a/b", output = "native", addon = "x", companions = { "index.js" } })
  t.equal(patterns[1], "a/b/native/*.node")
  t.equal({ patterns[#patterns - 1], patterns[#patterns] }, { "a/b/native/index.js", ".pienv" })
end)

t.test("a plain hit works with the defaults of the settings", function()
  local defaults = require("recipes.cache.defaults")
  local addon = require("recipes.addon")
  for name, value in pairs(defaults) do
    if name ~= "inputs" then -- those are derived: recipes/cache_key_lua
      t.equal(value, (request.settings[name] or addon.settings[name]).default, name)
    end
  end
end)
