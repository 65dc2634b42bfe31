-- require "pienv.search": matches across blocks, at the file's end, and against a search of the whole in memory.

local search = require("pienv.search")
local t = require("pienv.test")

local BLOCK = 256 * 1024

local function write(text)
  local name = os.tmpname()
  local file <close> = assert(io.open(name, "wb"))
  assert(file:write(text))
  return name
end

local function found_in(text, needles, options)
  local name = write(text)
  local found, err = search.file(name, needles, options)
  assert(os.remove(name))
  return found or error(err)
end

t.test("every match is counted once, wherever blocks end", function()
  for shift = -12, 2 do
    local text = ("."):rep(BLOCK + shift) .. "needle" .. ("."):rep(2 * BLOCK) .. "needleneedle"
    local found = found_in(text, { "needle", "dle.", "missing" })
    t.equal(found[1].count, 3)
    t.equal(found[1].offsets, { BLOCK + shift, 3 * BLOCK + shift + 6, 3 * BLOCK + shift + 12 })
    t.equal(found[2].offsets, { BLOCK + shift + 3 })
    t.equal(found[3], { count = 0, offsets = {} })
  end
end)

t.test("matches do not overlap", function()
  t.equal(found_in("aaaaa", { "aa" })[1].offsets, { 0, 2 })
end)

t.test("word_end: a longer name is no match, the end of the file is", function()
  local text = "__piNativesV17_0_5\0 __piNativesV17_0 __piNativesV17_0"
  local plain, whole =
    found_in(text, { "__piNativesV17_0" }), found_in(text, { "__piNativesV17_0" }, { word_end = true })
  t.equal(plain[1].count, 3)
  t.equal(whole[1].offsets, { 20, 37 })
end)

t.test("word_end: the byte that decides may be in the next block", function()
  for _, case in ipairs({ { "x", 0 }, { "9", 0 }, { "_", 0 }, { "\0", 1 }, { "-", 1 }, { "\xE4", 1 }, { "", 1 } }) do
    local text = ("."):rep(BLOCK - 6) .. "needle" .. case[1]
    t.equal(found_in(text, { "needle" }, { word_end = true })[1].count, case[2])
  end
end)

t.test("a word that goes on does not hide one that begins in it", function()
  t.equal(found_in("aab aa", { "aa" }, { word_end = true })[1].offsets, { 4 })
  t.equal(found_in("aaa", { "aa" }, { word_end = true })[1].offsets, { 1 })
end)

t.test("after: the bytes behind a match, fewer at the end", function()
  local found = found_in("key=value;key=v", { "key=" }, { after = 6 })
  t.equal(found[1].after, { "value;", "v" })
end)

t.test("limit: places are kept of the first ones, all are counted", function()
  local found = found_in(("ab"):rep(100), { "ab" }, { limit = 2 })
  t.equal(found[1], { count = 100, offsets = { 0, 2 } })
  t.equal(found_in("ab", { "ab" }, { limit = 0, after = 9 })[1], { count = 1, offsets = {}, after = {} })
end)

t.test("random texts: as plain find in memory says", function()
  math.randomseed(7)
  for _ = 1, 30 do
    local parts = {}
    for i = 1, 2000 do
      parts[i] = string.char(math.random(97, 99)):rep(math.random(1, 300))
    end
    local text, want, at = table.concat(parts), {}, 1
    local needle = text:sub(5000, 5000 + math.random(1, 40))
    while text:find(needle, at, true) do
      want[#want + 1] = text:find(needle, at, true) - 1
      at = want[#want] + 1 + #needle
    end
    t.equal(found_in(text, { needle }, { limit = 100000 })[1].offsets, want)
  end
end)

t.test("failures and wrong use are told", function()
  local function refused(path)
    local _, err, code = search.file(path, { "x" })
    return code .. " " .. err
  end
  t.equal(refused("/nonexistent"), "ENOENT search /nonexistent: No such file or directory")
  t.equal(refused("/tmp"), "EINVAL search /tmp: not a regular file")
  t.equal(refused("/dev/zero"), "EINVAL search /dev/zero: not a regular file")
  t.contains(t.raises(search.file, "/tmp", {}), "1 to 1000 needles")
  t.contains(t.raises(search.file, "/tmp", { "" }), "a needle is empty")
  t.contains(t.raises(search.file, "/tmp", { 1 }), "a needle is not a string")
  t.contains(t.raises(search.file, "/tmp", { "x" }, { wordend = true }), "unknown option 'wordend'")
  t.contains(t.raises(search.file, "/tmp", { "x" }, { after = -1 }), "'after' must be")
end)
