-- Argument lists (lua/pienv/argv.lua). Input: a little language that builds a nested list: "(" and ")" open and close
-- one, "!" is false, "." a hole, a digit a number, "@" what is no argument, a text between NUL bytes itself.

local argv = require("pienv.argv")

local DEEPEST = 100

local special = {
  ["!"] = function(list, n)
    list[n] = false
  end,
  ["@"] = function(list, n)
    list[n] = print
  end,
  ["."] = function() end,
}

-- The list, and the texts in it as they are to come out; nil where something in it is no argument.
local function build(bytes)
  local stack, counts, expected, at, sound = { {} }, { 0 }, {}, 1, true
  while at <= #bytes do
    local char = bytes:sub(at, at)
    local depth = #stack
    local n = counts[depth] + 1
    if char == ")" then
      stack[depth > 1 and depth or 2] = nil
    elseif char == "(" and depth < DEEPEST then
      counts[depth], stack[depth][n], counts[depth + 1] = n, {}, 0
      stack[depth + 1] = stack[depth][n]
    elseif special[char] then
      special[char](stack[depth], n)
      counts[depth], sound = n, sound and char ~= "@"
    else
      local text, stop = bytes:match("^%z([^%z]*)%z?()", at)
      at = stop and stop - 1 or at
      text = text or char
      counts[depth], stack[depth][n] = n, text:find("^%d$") and tonumber(text) or text
      expected[#expected + 1] = text
    end
    at = at + 1
  end
  return stack[1], sound and expected or nil
end

-- Words as a shell reads what M.quote writes.
local function unquote(line)
  local words, at = {}, 1
  while at <= #line do
    local word = ""
    while at <= #line and line:sub(at, at) ~= " " do
      local inside, stop = line:match("^'([^']*)'()", at)
      if not inside then
        inside, stop = line:match("^\\(.)()", at)
      end
      if not inside then
        inside, stop = line:match("^([%w_@%%+=:,./-])()", at)
      end
      assert(inside, "a shell reads something else in what is quoted")
      word, at = word .. inside, stop
    end
    words[#words + 1], at = word, at + 1
  end
  return words
end

local function same(a, b)
  assert(#a == #b, "another number of words")
  for i = 1, #a do
    assert(a[i] == b[i], "another word")
  end
end

return function(bytes)
  local list, expected = build(bytes)
  local ok, flat = pcall(argv.flatten, list)
  assert(ok == (expected ~= nil), flat)
  if ok then
    same(flat, expected)
    same(unquote(argv.quote(flat)), flat)
  end
end
