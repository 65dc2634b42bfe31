-- JSON there and back (lua/pienv/json.lua, json/encode.lua). Input: a text. What is decoded is encoded canonically: as
-- the same value, and the second time as the same text.

local json = require("pienv.json")

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return getmetatable(a) == getmetatable(b)
end

return function(bytes)
  assert(utf8.len(json.utf8(bytes)), "json.utf8 makes what is not UTF-8")
  assert(json.decode(json.encode(json.utf8(bytes))) == json.utf8(bytes), "a text is another one")
  local value = json.decode(bytes)
  if value == nil then
    return
  end
  for _, options in ipairs({ {}, { indent = 2 } }) do
    local text = json.encode(value, options)
    local again, err = json.decode(text)
    assert(again ~= nil, err)
    assert(same(again, value), "another value")
    assert(json.encode(again, options) == text, "another text")
  end
end
