-- Records of steps: whatever bytes a file of records holds, what is believed is what was written.

local compare = require("pienv.uptodate.compare")
local files = require("pienv.uptodate.files")
local fs = require("pienv.fs")
local log = require("pienv.uptodate.log")
local t = require("pienv.test")

local function with_folder(run)
  local dir = assert(fs.mkdtemp(os.getenv("TMPDIR") or "/tmp", "pienv-uptodate"))
  assert(fs.mkdirs(dir .. "/.pienv/steps"))
  local ok, err = xpcall(run, debug.traceback, dir, dir .. "/.pienv/steps/recipe")
  fs.remove_tree(dir)
  t.ok(ok, err)
end

-- What is believed of an instance.
local function believed(opened, id)
  local line = opened:find(id)
  return line and opened:check(id, line)
end

local records = { a = "fields\tof a", ["b[x\ty]"] = "of b", ["c%\n"] = "" }

local function written(dir, path)
  local opened = log.open(path)
  for _, id in ipairs({ "a", "b[x\ty]", "c%\n" }) do
    assert(opened:add(dir, id, "old"))
    assert(opened:add(dir, id, records[id]))
  end
  return assert(fs.read(path))
end

t.test("the last record of each instance comes back, whatever it is called", function()
  with_folder(function(dir, path)
    written(dir, path)
    local opened = log.open(path)
    for id, fields in pairs(records) do
      t.equal(believed(opened, id), fields)
    end
    t.equal(believed(opened, "d"), nil)
    t.equal(opened.trouble, nil)
  end)
end)

t.test("every cut and every changed byte gives a record that was written, or none", function()
  with_folder(function(dir, path)
    local text = written(dir, path)
    local function check(bytes, what)
      assert(fs.write(path, bytes, { mode = "0600", sync = false }))
      local opened = log.open(path)
      for id, fields in pairs(records) do
        local found = believed(opened, id)
        t.ok(found == nil or found == fields or found == "old", what)
      end
    end
    for at = 1, #text do
      check(text:sub(1, at - 1), "cut at " .. at)
      check(text:sub(1, at - 1) .. string.char(text:byte(at) ~ 1) .. text:sub(at + 1), "bit at " .. at)
      check(text:sub(1, at - 1) .. "\n" .. text:sub(at), "line feed at " .. at)
    end
  end)
end)

t.test("any bytes at all are no record, and the file can be written again", function()
  with_folder(function(dir, path)
    math.randomseed(42)
    for round = 1, 300 do
      local bytes = {}
      for i = 1, math.random(0, 400) do
        bytes[i] = string.char(math.random(0, 255))
      end
      local start = round % 2 == 0 and log.HEADER .. "\n\n" or ""
      assert(fs.write(path, start .. table.concat(bytes), { mode = "0600", sync = false }))
      local opened = log.open(path)
      t.equal(believed(opened, "a"), nil)
      assert(opened:add(dir, "a", "new"))
      t.equal(believed(log.open(path), "a"), "new", round)
    end
  end)
end)

t.test("a line that was cut does not take the next one with it", function()
  with_folder(function(dir, path)
    written(dir, path)
    assert(fs.append(path, "\n0123456789abcdef\ta\thalf a li"))
    assert(log.open(path):add(dir, "a", "whole"))
    t.equal(believed(log.open(path), "a"), "whole")
  end)
end)

t.test("a file of many old lines is written anew with the last of each", function()
  with_folder(function(dir, path)
    local opened = log.open(path)
    for i = 1, 1500 do
      assert(opened:add(dir, "a", tostring(i)))
    end
    assert(opened:add(dir, "b", "other"))
    opened:compact()
    t.ok(fs.stat(path).size < 200)
    t.equal(believed(log.open(path), "a"), "1500")
    t.equal(believed(log.open(path), "b"), "other")
  end)
end)

t.test("rows of files are looked at before they are believed", function()
  t.ok(files.are_rows({}) and files.are_rows({ { "p", "d", "" } }))
  for _, rows in ipairs({ false, 1, "x", { 1 }, { {} }, { { "p", "d" } }, { { "p", "d", 1 } } }) do
    t.ok(not files.are_rows(rows))
  end
end)

t.test("the first difference is told: new, changed, gone", function()
  local function file(path, digest)
    return { path = path, digest = digest, facts = "" }
  end
  local before = { a = file("a", "1"), b = file("b", "2") }
  t.equal(compare.file({ file("a", "1"), file("b", "2"), file("a", "1") }, before, "", "gone"), nil)
  t.equal(compare.file({ file("a", "1"), file("b", "3") }, before, "", "gone"), "b changed")
  t.equal(compare.file({ file("c", "1") }, before, "", "gone"), "c is new")
  t.equal(compare.file({ file("b", "2") }, before, "output ", "missing"), "output a is missing")
end)

t.test("a file that is as new as the look at it is read again the next time", function()
  local now = 1000000000000
  local old = { path = "a", digest = "1", facts = "f", newest = now - 3000000000 }
  local new = { path = "b", digest = "2", facts = "f", newest = now - 1000000000 }
  t.ok(files.settle({ old }, now))
  t.ok(not files.settle({ old, new }, now))
  t.equal({ old.facts, new.facts }, { "f", "" })
end)
