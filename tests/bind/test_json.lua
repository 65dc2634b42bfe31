-- require "pienv.c.json": what RFC 8259 accepts and refuses, values, places of errors, sizes.

local json = require("pienv.c.json")
local t = require("pienv.test")
local vm = require("pienv.vm")

local ARRAY = {}

local function decode(text)
  return json.decode(text, ARRAY)
end

local function refused(text)
  local value, err, code = decode(text)
  t.equal(value, nil, t.show(text))
  t.equal(code, "EJSON")
  return err
end

t.test("accepts what the grammar holds", function()
  local texts = {
    "null",
    " true ",
    "false\n",
    "0",
    "-0",
    "-1.5e+3",
    "1E9",
    '""',
    '"\\u0000"',
    "[]",
    "{}",
    "[1,[2,[]],{}]",
    '{"a":{"b":[null]}}',
    '"\\ud83d\\ude00"',
    '"\xf4\x8f\xbf\xbf"',
    "\t[ 1 , 2 ]\r\n",
    '{"":0}',
    '"\127"',
  }
  for _, text in ipairs(texts) do
    local value, err = decode(text)
    t.ok(value ~= nil, text .. ": " .. tostring(err))
  end
end)

t.test("refuses everything else", function()
  local texts = {
    "",
    " ",
    "nul",
    "nullx",
    "True",
    "NaN",
    "Infinity",
    "-Infinity",
    "inf",
    "0x10",
    "01",
    "-01",
    "+1",
    "1.",
    ".5",
    "1e",
    "1e+",
    "-",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1",
    "]",
    "{",
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    "{a:1}",
    "{1:2}",
    '{"a" 1}',
    "[1}",
    '{"a":1]',
    "1 2",
    '"',
    "// c\n1",
    "/**/1",
    "'a'",
    "[1]]",
    "\f1",
    "\xc2\xa01",
  }
  for _, text in ipairs(texts) do
    t.contains(refused(text), "parse JSON: line ")
  end
end)

t.test("strings hold neither control characters nor wrong escapes", function()
  for _, text in ipairs({ '"\\x41"', '"\\u12g4"', '"\\u12', '"\\', '"a\nb"', '"\1"', '"\0"' }) do
    refused(text)
  end
end)

t.test("text that is not UTF-8 is refused", function()
  for _, bytes in ipairs({ "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82" }) do
    t.contains(refused('"' .. bytes .. '"'), "line 1, column 1: unable to decode byte 0x")
    refused('{"' .. bytes .. '":1}')
  end
end)

t.test("a byte order mark is refused", function()
  refused("\xef\xbb\xbf[]")
end)

t.test("lone surrogates are refused", function()
  for _, text in ipairs({ '"\\ud800"', '"\\udc00"', '"\\ud800\\u0041"', '"\\ud800x"', '"\\ud800\\ud800"' }) do
    t.contains(refused(text), "invalid Unicode")
  end
end)

t.test("integers keep their digits and are refused beyond 64 bits", function()
  for text, want in pairs({
    ["9007199254740993"] = 9007199254740993,
    ["9223372036854775807"] = math.maxinteger,
    ["-9223372036854775808"] = math.mininteger,
  }) do
    t.equal(decode(text), want)
    t.equal(math.type(decode(text)), "integer")
  end
  t.contains(refused("9223372036854775808"), "too big integer")
  t.contains(refused("-9223372036854775809"), "too big negative integer")
end)

t.test("numbers with a fraction or an exponent are floats, and refused beyond their range", function()
  for text, want in pairs({ ["1.0"] = 1.0, ["1e2"] = 100.0, ["9223372036854775808.0"] = 2.0 ^ 63, ["1e-400"] = 0.0 }) do
    t.equal(decode(text), want)
    t.equal(math.type(decode(text)), "float")
  end
  t.contains(refused("1e400"), "real number overflow")
  t.contains(refused("-1e400"), "real number overflow")
end)

t.test("escapes become what they stand for", function()
  t.equal(decode([["\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00z"]]), '"\\/\b\f\n\r\tAé€😀z')
  t.equal(decode([["a\u0000b"]]), "a\0b")
end)

t.test("a NUL is refused in keys and between tokens", function()
  t.contains(refused('{"a\\u0000b":1}'), "NUL byte in object key")
  t.equal(refused("1\0"), "parse JSON: line 1, column 2: NUL byte")
  t.equal(refused('[\n"é",1\0]'), "parse JSON: line 2, column 6: NUL byte")
end)

t.test("a key that stands twice is refused", function()
  t.contains(refused('{"a":null,"b":0,"\\u0061":2}'), "duplicate object key")
  t.equal(decode('{"a":{"a":1}}').a.a, 1)
end)

t.test("arrays get the mark, objects none", function()
  local value = decode('[{"list":[]}]')
  t.ok(getmetatable(value) == ARRAY and getmetatable(value[1].list) == ARRAY)
  t.equal(getmetatable(value[1]), nil)
end)

t.test("errors name line and column, counted in characters from 1", function()
  t.equal(refused('{\n  "a": 1,\n  b\n}'), "parse JSON: line 3, column 3: string or '}' expected near 'b'")
  t.contains(refused('["é", x]'), "line 1, column 7: ")
  t.contains(refused(""), "line 1, column 1: ")
end)

t.test("levels are limited", function()
  local function nested(levels)
    return string.rep("[", levels) .. string.rep("]", levels)
  end
  t.ok(decode(nested(128)))
  t.equal(refused(nested(129)), "parse JSON: nested deeper than 128 levels")
  t.equal(refused(string.rep('{"a":', 129) .. "1" .. string.rep("}", 129)), "parse JSON: nested deeper than 128 levels")
  t.contains(refused(nested(1000000)), "maximum parsing depth reached")
end)

t.test("a text of 10 MB is read whole", function()
  local item = '{"name":"' .. string.rep("é", 40) .. '","size":123456789,"list":[1.5,true,null]}'
  local count = 10 * 1024 * 1024 // #item
  local list = decode("[" .. string.rep(item, count, ",") .. "]")
  t.equal(#list, count)
  t.equal(list[count].name, string.rep("é", 40))
  local long = string.rep("x", 10 * 1024 * 1024)
  t.ok(decode('"' .. long .. '"') == long)
end)

t.test("the memory limit holds for what parsing takes, and is an error", function()
  local text = "[" .. string.rep("[]", 100000, ",") .. "]"
  collectgarbage()
  vm.limit({ bytes = math.floor(collectgarbage("count") * 1024) + 5000000 })
  local ok, err = pcall(decode, text)
  vm.limit({ bytes = 0 })
  t.equal(ok, false)
  t.contains(tostring(err), "not enough memory")
  t.equal(#decode(text), 100000)
end)

t.test("a finalizer that decodes in the middle of parsing harms nothing", function()
  local runs = 0
  local function finalized()
    setmetatable({}, {
      __gc = function()
        runs = runs + 1
        assert(decode('{"inner":["' .. string.rep("y", 30000) .. '"]}').inner)
      end,
    })
  end
  local text = '{"a":"' .. string.rep("z", 100000) .. '","b":[' .. string.rep('"item"', 20000, ",") .. "]}"
  for _ = 1, 30 do
    for _ = 1, 20 do
      finalized()
    end
    local value = decode(text)
    t.ok(#value.a == 100000 and #value.b == 20000 and value.b[20000] == "item")
  end
  t.ok(runs > 100, runs)
end)

t.test("wrong use names the argument", function()
  t.contains(t.raises(json.decode, {}, ARRAY), "bad argument #1")
  t.contains(t.raises(json.decode, "1"), "bad argument #2")
end)

t.test("a form writes its members in order, without those that have no value", function()
  local form = json.form({ "a", "b_2", "c" })
  t.equal(form("x", nil, { "y", "z" }), '{"a":"x","c":["y","z"]}\n')
  t.equal(form(nil, true), '{"b_2":true}\n')
  t.equal(form(false, {}), '{"a":false,"b_2":[]}\n')
  t.equal(form(), "{}\n")
  t.equal(json.form({})(), "{}\n")
end)

t.test("a form keeps all digits of integers and six behind the point of floats", function()
  local form = json.form({ "a" })
  local function written(value)
    return form(value):match('^{"a":(.*)}\n$')
  end
  for _, value in ipairs({ 0, 7, -10, 1234567890123, math.maxinteger, math.mininteger }) do
    t.equal(written(value), ("%d"):format(value))
  end
  for _, value in ipairs({ 0.0, 0.25, 1.5, -2.75, 12.000001, 0.9999999, 1e-9, 86400.125, 99999999999.5 }) do
    t.equal(written(value), ("%.6f"):format(value))
  end
  t.equal(written(-1e-9), "0.000000")
end)

t.test("what a form writes is JSON, whatever bytes a text holds", function()
  local form, all = json.form({ "a" }), {}
  for byte = 0, 255 do
    all[#all + 1] = string.char(byte)
  end
  for _, text in ipairs({ table.concat(all), "\u{20ac}\u{10ffff}", "a\xe2\x82", "\xed\xa0\x80", ("\n"):rep(5000) }) do
    t.equal(decode(form(text)).a, require("pienv.json").utf8(text))
  end
  t.equal(form('"\\\b\f\n\r\t\1\31\127'), '{"a":"\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f"}\n')
end)

t.test("a form raises for what it has no way to write", function()
  local form = json.form({ "a" })
  t.contains(t.raises(form, print), "text, number, boolean or list of texts expected, got function")
  t.contains(t.raises(form, { 1 }), "a list holds something else than texts")
  t.contains(t.raises(form, 1, 2), "the form has no such member")
  for _, value in ipairs({ 0 / 0, math.huge, -math.huge, 1e12 }) do
    t.contains(t.raises(form, value), "no such number can be written")
  end
  t.contains(t.raises(json.form, { 1 }), "names are texts")
  t.contains(t.raises(json.form, { "A" }), "a name has small letters")
  t.contains(t.raises(json.form, { "" }), "a name has small letters")
  local many = {}
  for i = 1, 41 do
    many[i] = "a" .. i
  end
  t.contains(t.raises(json.form, many), "too many members")
end)
