-- require "pienv.time"

local time = require("pienv.time")
local t = require("pienv.test")

t.test("iso takes integers and floats, rounding down", function()
  t.equal(time.iso(1767323045), "2026-01-02T03:04:05Z")
  t.equal(time.iso(1767323045.999), "2026-01-02T03:04:05Z")
  t.equal(time.iso(-0.5), "1969-12-31T23:59:59Z")
end)

t.test("iso of a year beyond 9999 is nil, message, code", function()
  local text, err, code = time.iso(253402300800)
  t.equal(text, nil)
  t.equal(err, "format 253402300800: year out of range")
  t.equal(code, "ERANGE")
end)

t.test("wrong use names the argument", function()
  for _, wrong in ipairs({ 0 / 0, math.huge, "x" }) do
    t.contains(t.raises(time.iso, wrong), "bad argument #1")
  end
end)

t.test("the clocks run", function()
  local before = time.monotonic()
  t.ok(time.monotonic() >= before, "monotonic")
  t.ok(math.abs(time.now() - os.time()) < 5, "now")
end)
