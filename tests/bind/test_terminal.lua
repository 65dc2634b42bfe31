-- require "pienv.terminal": shapes and errors; the rest is the C test's.

local terminal = require("pienv.terminal")
local t = require("pienv.test")

t.test("a closed descriptor is no terminal", function()
  t.equal(terminal.is_tty(1000), false)
  t.equal(terminal.is_ours(1000), true)
  local columns, err, code = terminal.size(1000)
  t.equal(columns, nil)
  t.equal(err, "measure descriptor 1000: Bad file descriptor")
  t.equal(code, "EBADF")
end)

t.test("sanitize takes any bytes and any size", function()
  t.equal(terminal.sanitize(""), "")
  t.equal(terminal.sanitize("a\0\27[31m"), "a\\x00\\x1b[31m")
  t.equal(#terminal.sanitize(string.rep("\27", 100000)), 400000)
end)

t.test("clip gives the beginning that fits, and its columns", function()
  t.equal({ terminal.clip("hello", 3) }, { "hel", 3 })
  t.equal({ terminal.clip("漢字", 3) }, { "漢", 2 })
  t.equal({ terminal.clip("hello", 80) }, { "hello", 5 })
end)

t.test("wrong use names the argument", function()
  t.contains(t.raises(terminal.clip, "a", -1), "not a number of columns")
  t.contains(t.raises(terminal.is_tty, -1), "not a descriptor")
  t.contains(t.raises(terminal.size, 2 ^ 40), "not a descriptor")
  t.contains(t.raises(terminal.sanitize), "bad argument #1")
end)
