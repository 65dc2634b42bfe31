-- require "pienv.json": canonical encoding, round trips, errors that name the path.

local json = require("pienv.json")
local t = require("pienv.test")

t.test("keys are sorted and nothing is wasted", function()
  t.equal(
    json.encode({ b = 1, a = { true, false, json.null }, ["é"] = "x" }),
    '{"a":[true,false,null],"b":1,"é":"x"}'
  )
end)

t.test("indent puts one member on a line and keeps empty ones short", function()
  local text = json.encode({ a = { 1, 2 }, b = {}, c = json.array() }, { indent = 2 })
  t.equal(text, '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {},\n  "c": []\n}')
end)

t.test("integers keep all digits", function()
  for _, n in ipairs({ 0, -1, 9007199254740993, math.maxinteger, math.mininteger }) do
    t.equal(json.encode(n), string.format("%d", n))
    t.equal(json.decode(json.encode(n)), n)
    t.equal(math.type(json.decode(json.encode(n))), "integer")
  end
end)

t.test("floats are short, read back equal and stay floats", function()
  t.equal(json.encode({ 1.0, 0.1, 1e300, -0.0, 1 / 3, 5e-324 }), "[1.0,0.1,1e+300,-0.0,0.3333333333333333,5e-324]")
  for i = 1, 1000 do
    local n = (math.random() - 0.5) * 10.0 ^ math.random(-300, 300)
    local back = json.decode(json.encode(n))
    t.ok(back == n and math.type(back) == "float", i)
  end
end)

t.test("strings are UTF-8 with control characters escaped", function()
  t.equal(json.encode('é€😀"\\/\n\0\27\127'), '"é€😀\\"\\\\/\\n\\u0000\\u001b\\u007f"')
  t.equal(json.decode('"\\u0000\\ud83d\\ude00"'), "\0😀")
end)

t.test("decode keeps empty arrays, empty objects and null apart", function()
  t.equal(json.encode(json.decode('{"a":[],"b":{},"c":null,"d":[[]]}')), '{"a":[],"b":{},"c":null,"d":[[]]}')
  t.equal(json.decode("null"), json.null)
end)

t.test("json.array and json.object mark tables", function()
  t.equal(json.encode({}), "{}")
  t.equal(json.encode(json.array({})), "[]")
  t.equal(json.encode(json.object({})), "{}")
  t.contains(t.raises(json.encode, json.object({ 1 })), "key of an object must be a string, got integer")
  t.contains(t.raises(json.encode, json.array({ a = 1 })), "array has holes")
end)

t.test("what JSON cannot hold is raised with its path", function()
  local function raised(value)
    return t.raises(json.encode, value)
  end
  t.contains(raised({ steps = { 1, { run = print } } }), "cannot encode .steps[2].run: JSON has no function")
  t.contains(raised({ ["a b"] = { 0 / 0 } }), 'cannot encode ["a b"][1]: JSON has no')
  t.contains(raised({ list = { 1, nil, 3, x = 1 } }), "cannot encode .list: list has holes")
  t.contains(raised(math.huge), "cannot encode value: JSON has no inf")
  t.contains(raised({ x = "\xff" }), "cannot encode .x: string is not UTF-8")
  t.contains(raised({ 1, 2, x = 3 }), "key of an object must be a string, got integer")
  t.contains(raised({ 1, nil, 3 }), "cannot encode")
  t.contains(raised({ [true] = 1 }), "cannot encode [true]: key of an object must be a string, got boolean")
  local cycle = {}
  cycle.self = cycle
  t.contains(raised(cycle), "nested too deep")
end)

t.test("wrong text is nil, message with line and column, EJSON", function()
  local value, err, code = json.decode("[1,\n 2,]")
  t.equal(value, nil)
  t.equal(err, "parse JSON: line 2, column 4: unexpected token near ']'")
  t.equal(code, "EJSON")
end)

t.test("a key that stands twice is refused", function()
  local _, err = json.decode('{"a":1,"\\u0061":2}')
  t.contains(err, "duplicate object key")
  local _, null_err = json.decode('{"a":null,"a":2}')
  t.contains(null_err, "duplicate object key")
end)

t.test("an unknown option is refused", function()
  t.contains(t.raises(json.encode, {}, { indnt = 2 }), "unknown option 'indnt'")
  t.contains(t.raises(json.encode, {}, { indent = -1 }), "'indent' of json.encode must be a positive integer")
end)

t.test("json.utf8 makes any bytes encodable", function()
  t.equal(json.utf8("a\xffé\xc3"), "a\u{FFFD}é\u{FFFD}")
  t.equal(json.utf8(""), "")
  t.equal(json.encode(json.utf8("\xed\xa0\x80")), '"\u{FFFD}\u{FFFD}\u{FFFD}"')
end)

t.test("every truncation and byte change of a text is refused or means what is read", function()
  local text = '{"a\\u00e9":[1,-2.5e3,true,null,"\\ud83d\\ude00€"],"b":{}}'
  for n = 0, #text - 1 do
    t.equal(json.decode(text:sub(1, n)), nil, n)
  end
  for i = 1, #text do
    for byte = 0, 255 do
      local value, err, code = json.decode(text:sub(1, i - 1) .. string.char(byte) .. text:sub(i + 1))
      if value == nil then
        t.ok(err and code == "EJSON")
      else
        t.equal(json.encode(assert(json.decode(json.encode(value)))), json.encode(value))
      end
    end
  end
end)
