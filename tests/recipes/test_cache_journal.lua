-- The cache's journal: pure functions over its lines.

local journal = require("recipes.cache.journal")
local json = require("pienv.json")
local t = require("pienv.test")

local function text_of(events)
  local parts = {}
  for i, event in ipairs(events) do
    parts[i] = journal.line(event, json.encode)
  end
  return table.concat(parts)
end

local FACTS = { device = 1, inode = 2, size = 3, mtime_ns = 4 }

local function place(folder, key, more)
  local event = { op = "place", at = 1.0, folder = folder, key = key, hit = true, saved = 2.5, files = { a = FACTS } }
  for name, value in pairs(more or {}) do
    event[name] = value
  end
  return event
end

t.test("an event is one line", function()
  local line = journal.line({ op = "miss", key = "k\n" }, json.encode)
  t.equal(line, '{"key":"k\\n","op":"miss","v":1}\n')
end)

t.test("the last event of a folder is found without reading the others", function()
  local text = text_of({ place("/a", "1"), place("/b", "2"), place("/a", "3"), place('/"a', "4") })
  t.equal(journal.last(text, "/a", json).key, "3")
  t.equal(journal.last(text, "/b", json).key, "2")
  t.equal(journal.last(text, '/"a', json).key, "4")
  t.equal(journal.last(text, "/", json), nil)
  t.equal(journal.last("", "/a", json), nil)
end)

t.test("a line that a full disk cut is passed over", function()
  local text = text_of({ place("/a", "1"), place("/b", "2") })
  local cut = text:sub(1, -20)
  t.equal(#journal.events(cut, json.decode), 1)
  t.equal(journal.last(cut, "/b", json), nil)
  t.equal(#journal.events(cut .. text_of({ place("/c", "3") }), json.decode), 1, "and what was appended to it")
end)

t.test("a file is the same by device, inode, size and time", function()
  t.equal(journal.same(FACTS, { device = 1, inode = 2, size = 3, mtime_ns = 4 }), true)
  for _, field in ipairs({ "device", "inode", "size", "mtime_ns" }) do
    local other = { device = 1, inode = 2, size = 3, mtime_ns = 4 }
    other[field] = 9
    t.equal(journal.same(FACTS, other), false, field)
  end
  t.equal(journal.same(nil, FACTS), false)
  t.equal(journal.same(FACTS, nil), false)
end)

t.test("who received an entry, and who has what now", function()
  local events = { place("/b", "1"), place("/a", "1"), place("/a", "2"), place("/b", "1") }
  t.equal(journal.receivers(events, "1"), { "/a", "/b" })
  t.equal(journal.holders(events)["/a"].key, "2")
  t.equal(journal.holders(events)["/b"].key, "1")
end)

t.test("tainted bytes are remembered", function()
  local events = { { op = "taint", key = "1", why = "crashes", sha256 = { "d1", "d2" } } }
  t.equal(journal.tainted(events), { d1 = "crashes", d2 = "crashes" })
end)

t.test("an eviction is remembered, also after compaction", function()
  local events = { { op = "evict", key = "1", at = 1 }, { op = "miss", key = "2", at = 2 } }
  t.equal(journal.was_evicted(text_of(events), "1"), true)
  t.equal(journal.was_evicted(text_of(events), "2"), false)
  local compact = journal.compact(events, { now = 3, keys = {} })
  t.equal(journal.was_evicted(text_of(compact), "1"), true)
end)

local function many()
  return {
    place("/a", "1"),
    { op = "store", key = "1", at = 1, bytes = 100, folder = "/w", files = { a = FACTS } },
    { op = "miss", key = "2", at = 2 },
    { op = "miss", key = "2", at = 2, evicted = true },
    { op = "evict", key = "2", at = 3, bytes = 50 },
    { op = "taint", key = "3", at = 3, why = "bad", sha256 = { "d" } },
    place("/a", "1"),
    place("/b", "9"),
    place("/b", "1"),
  }
end

t.test("totals count hits, misses, evicted and missed again, bytes and time", function()
  t.equal(journal.totals(many()), {
    hits = 4,
    misses = 2,
    evicted_then_missed = 1,
    stored = 1,
    evicted = 1,
    bytes_stored = 100,
    seconds_saved = 10.0,
  })
end)

t.test("compaction keeps the totals, the receivers of living entries, and what is tainted", function()
  local events = many()
  local compact = journal.compact(events, { now = 9, keys = { ["1"] = true } })
  t.equal(journal.totals(compact), journal.totals(events))
  t.equal(journal.receivers(compact, "1"), { "/a", "/b", "/w" })
  t.equal(journal.receivers(compact, "9"), {}, "an entry that is gone")
  t.equal(journal.holders(compact)["/b"].key, "1")
  t.equal(journal.tainted(compact), { d = "bad" })
  t.ok(#compact < #events)
  t.equal(
    journal.totals(journal.compact(compact, { now = 10, keys = { ["1"] = true } })),
    journal.totals(events),
    "twice"
  )
end)

t.test("sums or a taint that name a folder, as nobody writes them, are no events", function()
  local events = journal.events(
    '{"folder":"/a","hits":1,"op":"totals","v":1}\n{"folder":"/a","key":"k","op":"taint","sha256":["0"],"v":1}\n',
    json.decode
  )
  t.equal(events, {})
  t.equal(#journal.compact(events, { now = 1, keys = {} }), 1)
end)

t.test("an event that nobody writes, by the fields of its op, is none", function()
  local put = '"files":{"a":{"device":1,"inode":1,"mtime_ns":1,"size":1}},"folder":"/a","key":"k","v":1'
  for _, line in ipairs({
    '{"folder":"/a","key":"k","op":"place","v":1}', -- no files
    '{"folder":"/a","key":"k","op":"store","v":1}',
    '{"files":{},"key":"k","op":"place","v":1}', -- no folder
    '{"files":{},"key":"k","op":"store","v":1}',
    '{"op":"place","v":1,"files":{},"folder":"/a"}', -- no key
    '{"op":"evict",' .. put .. "}",
    '{"op":"miss",' .. put .. "}",
    '{"op":"unknown",' .. put .. "}",
    '{"op":"evict","v":1}',
    '{"op":"taint","sha256":[["d"]],"v":1}', -- a digest is a text
    '{"op":"taint","key":"k","v":1}',
    '{"op":[],"v":1}',
    '{"v":1}',
  }) do
    t.equal(journal.events(line .. "\n", json.decode), {}, line)
  end
  t.equal(#journal.events('{"op":"store",' .. put .. "}\n", json.decode), 1)
end)
