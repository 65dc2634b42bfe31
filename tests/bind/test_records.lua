-- require "pienv.records": lines by their keys, fields, damage.

local fs = require("pienv.fs")
local records = require("pienv.records")
local sha256 = require("pienv.sha256")
local t = require("pienv.test")

local function sealed(rest)
  return sha256.hash(rest):sub(1, 16) .. "\t" .. rest
end

t.test("fields of the last line with a key, as many as are asked for", function()
  local last = sealed("a\t1\t\t3")
  local index = assert(records.index("header\n" .. sealed("a\told") .. "\n" .. sealed("b\tx") .. "\n\n" .. last))
  t.equal({ index:fields("a", 100) }, { "1", "", "3" })
  t.equal({ index:fields("a", 2) }, { "1", "" })
  t.equal({ index:fields("b", 2) }, { "x" })
  t.equal(select("#", index:fields("c", 1)), 0)
  t.equal(index:line("a"), last)
  t.equal(index:line("c"), nil)
  local keys = index:keys()
  table.sort(keys)
  t.equal(keys, { "a", "b" })
  t.equal(index:lines(), 3)
end)

t.test("a line whose sum is wrong has no fields, but is a line", function()
  local line = sealed("a\t1"):gsub("1$", "2")
  local index = assert(records.index(line))
  t.equal(select("#", index:fields("a", 1)), 0)
  t.equal(index:line("a"), line)
end)

t.test("keys may hold any byte but tab and line feed", function()
  local index = assert(records.index(sealed("a\0b \xff\t1")))
  t.equal({ index:fields("a\0b \xff", 1) }, { "1" })
  t.equal(index:line("a"), nil)
end)

t.test("an index lives without its text's name, and without lines when it is closed", function()
  local index = assert(records.index(("%s\n"):format(sealed("a\t" .. ("x"):rep(1000)))))
  collectgarbage()
  collectgarbage()
  t.equal(#index:fields("a", 1), 1000)
  index:close()
  index:close()
  t.equal(index:line("a"), nil)
  t.equal(index:keys(), {})
  t.contains(t.raises(index.fields, index, "a", 0), "1 to 100 fields")
end)

t.test("a file is indexed as its text would be, with its facts", function()
  local dir = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-records"))
  local path = dir .. "/records"
  assert(fs.write(path, "head\n" .. sealed("a\t1") .. "\n", { mode = "0640" }))
  assert(fs.symlink("records", dir .. "/link"))
  for _, open in ipairs({ records.read, records.ahead }) do
    local index = assert(open(path))
    t.equal(index:head(), "head")
    t.equal({ index:fields("a", 2) }, { "1" })
    t.equal(index:facts().mode, 416)
    index:close()
    t.equal(index:head(), nil)
    t.equal(index:line("a"), nil)
    t.contains(t.raises(index.facts, index), "closed")
  end
  local none, _, code = records.read(dir .. "/link")
  t.equal({ none, code }, { nil, "ELOOP" })
  local err
  none, err, code = records.read(dir .. "/none")
  t.equal({ none, code }, { nil, "ENOENT" })
  t.contains(err, "/none")
  local index = assert(records.ahead(dir .. "/none"))
  none, err, code = index:facts()
  t.equal({ none, code }, { nil, "ENOENT" })
  t.contains(err, "/none")
  t.equal({ index:head(), index:line("a"), index:lines() }, { nil, nil, 0 })
  assert(records.ahead(path)) -- nobody asks
  assert(records.ahead(path)):close()
  fs.remove_tree(dir)
  t.equal(assert(records.index("no line feed")):head(), nil)
  t.equal(assert(records.index("")):head(), nil)
end)

-- A folder with files, and rows whose records tell how these are.
local function with_rows(run)
  local dir = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-records"))
  local folder = assert(fs.folder(dir))
  local rows, lines = {}, {}
  local function add(key, lists, text)
    for _, list in ipairs({ lists.made or {}, lists.read or {} }) do
      for _, name in ipairs(list) do
        assert(fs.write(dir .. "/" .. name, name, { sync = false }))
      end
    end
    local prints = folder:fingerprint(lists.read or {}):sub(1, 20) .. folder:fingerprint(lists.made or {}):sub(1, 20)
    rows[#rows + 1] = { id = key, step = lists }
    lines[#lines + 1] = sealed(("%s\tbase\t%s\t%s\tdetail"):format(key, prints, text))
  end
  local how = { key = "id", of = "step", lists = { "read", "made" }, first = "base" }
  local function held(known)
    how.known = known
    return assert(records.index(table.concat(lines, "\n"))):held(folder, rows, how)
  end
  local with = { dir = dir, rows = rows, lines = lines, add = add, held = held, how = how }
  local ok, err = xpcall(run, debug.traceback, with)
  folder:close()
  fs.remove_tree(dir)
  t.ok(ok, err)
end

local function ids(held)
  local list = {}
  for row in pairs(held) do
    list[#list + 1] = row.id
  end
  table.sort(list)
  return table.concat(list, " ")
end

t.test("rows whose files are as their records tell are held, those with another one are not", function()
  with_rows(function(with)
    with.add("a", { read = { "a1", "a2" }, made = { "a3" } }, "x\ty")
    with.add("b", { read = { "b1" } }, "x\ty")
    with.add("c", { made = { "c1" } }, "x\ty")
    t.equal(ids(with.held({ ["x\ty"] = true })), "a b c")
    with.how.threads = 8
    t.equal(ids(with.held({ ["x\ty"] = true })), "a b c")
    t.equal(ids(with.held({ ["x\ty"] = false })), "")
    assert(fs.write(with.dir .. "/b1", "changed", { sync = false }))
    assert(fs.remove(with.dir .. "/c1"))
    t.equal(ids(with.held({ ["x\ty"] = true })), "a")
    with.rows[1].step.read[2] = "a3"
    t.equal(ids(with.held({ ["x\ty"] = true })), "")
    with.how.first = "other"
    t.equal(ids(with.held({ ["x\ty"] = true })), "")
  end)
end)

t.test("texts that are not known are told of, and then nothing is looked at", function()
  with_rows(function(with)
    with.add("a", { read = { "a1" } }, "one")
    with.add("b", { read = { "b1" } }, "two")
    with.add("c", { read = { "c1" } }, "three")
    local held, unknown = with.held({ one = true })
    t.equal(held, nil)
    t.equal(unknown, { two = true, three = true })
    held, unknown = with.held({ one = true, two = false, three = true })
    t.equal(ids(held), "a c")
    t.equal(unknown, {})
  end)
end)

t.test("what is not plain is passed by", function()
  with_rows(function(with)
    local known = { x = true }
    for i, key in ipairs({ "a%41", "tab\1", "\127" }) do
      with.add(key, { read = { "key " .. i } }, "x")
    end
    with.add("none", {}, "x")
    for i, list in ipairs({ function() end, "file", false }) do
      with.add("list " .. i, { read = { "file" } }, "x")
      with.rows[#with.rows].step.read = list
    end
    with.add("watched", { read = { "watched" } }, "x")
    setmetatable(with.rows[#with.rows].step.read, {})
    with.add("watched step", { read = { "watched step" } }, "x")
    setmetatable(with.rows[#with.rows].step, {})
    for i, path in ipairs({ "*", "fi?e", "[f]ile", "{file}", "\\file", "./", "", "file\0", 7, false }) do
      with.add("path " .. i, { read = { "file" } }, "x")
      with.rows[#with.rows].step.read[1] = path
    end
    t.equal(ids(with.held(known)), "")
    with.add("plain", { read = { "file" } }, "x")
    with.rows[#with.rows + 1] = { id = 7, step = {} }
    with.rows[#with.rows + 1] = { id = "plain" }
    with.rows[#with.rows + 1] = "no table"
    t.equal(ids(with.held(known)), "plain")
    with.lines[#with.lines] = with.lines[#with.lines]:gsub("detail", "damage")
    t.equal(ids(with.held(known)), "")
  end)
end)

t.test("all are held, or not", function()
  with_rows(function(with)
    local function all(change)
      local rows = {}
      for _, row in ipairs(with.rows) do
        rows[row.id] = row.step
      end
      local how = { lists = { "read", "made" }, first = "base", text = "x", without = { "needs" } }
      for name, value in pairs(change or {}) do
        how[name] = value
      end
      return assert(records.index(table.concat(with.lines, "\n"))):all_held(assert(fs.folder(with.dir)), rows, how)
    end
    for i = 1, 600 do
      with.add("row " .. i, { read = { "read " .. i }, made = { "./made " .. i } }, "x")
    end
    t.equal(all(), true)
    t.equal(all({ threads = 3 }), true)
    t.equal(all({ text = "y" }), false)
    t.equal(all({ first = "bas" }), false)
    t.equal(all({ lists = { "read" } }), false)
    with.rows[300].step.needs = {}
    t.equal(all(), false)
    t.equal(all({ without = {} }), true)
    with.rows[300].step.needs = nil
    with.rows[300].step.read[1] = "*"
    t.equal(all(), false)
    with.rows[300].step.read[1] = "read 300"
    t.equal(all(), true)
    with.add("other text", { read = { "file" } }, "y")
    t.equal(all(), false)
    with.rows[601] = nil
    assert(fs.write(with.dir .. "/made 599", "changed", { sync = false }))
    t.equal(all({ threads = 2 }), false)
  end)
end)

t.test("two keys with one hash are told apart, if not by all_held", function()
  with_rows(function(with)
    with.add("key300189", { read = { "one" } }, "x")
    with.add("key3045541", { read = { "two" } }, "x")
    t.equal(ids(with.held({ x = true })), "key300189 key3045541")
    local index = assert(records.index(table.concat(with.lines, "\n")))
    local folder <close> = assert(fs.folder(with.dir))
    local how = { lists = { "read", "made" }, first = "base", text = "x", without = {} }
    t.equal(index:all_held(folder, { key300189 = with.rows[1].step }, how), true)
    t.equal(index:all_held(folder, { key3045541 = with.rows[2].step }, how), false)
    t.equal(index:all_held(folder, { key300189 = with.rows[1].step, key3045541 = with.rows[2].step }, how), false)
  end)
end)

t.test("wrong use of held names the argument", function()
  with_rows(function(with)
    with.add("a", { read = { "a1" } }, "x")
    t.contains(t.raises(with.held, nil), "'known' must be a table")
    with.how.threads = 9
    t.contains(t.raises(with.held, {}), "'threads' must be 1 to 8")
    with.how.threads, with.how.lists = nil, {}
    t.contains(t.raises(with.held, {}), "'lists' names none")
    with.how.lists, with.how.key = { "read" }, nil
    t.contains(t.raises(with.held, {}), "'key' must be a string")
  end)
end)
