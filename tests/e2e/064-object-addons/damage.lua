-- damage.lua FILE SCRATCH: describes truncated and bit-flipped copies of a file; prints how many were described and how
-- many refused. Nothing else may happen: the same test runs under the sanitizers.
local path, scratch = ...
local object = require("pienv.object")
local counts = { described = 0, refused = 0 }

local function look(bytes)
  local out <close> = assert(io.open(scratch, "wb"))
  assert(out:write(bytes) and out:flush())
  local info, err, code = object.inspect(scratch)
  assert(info or (err and code), "neither a description nor an error")
  counts[info and "described" or "refused"] = counts[info and "described" or "refused"] + 1
end

local input <close> = assert(io.open(path, "rb"))
local text = input:read("a")
for size = 0, math.min(#text - 1, 4096), 97 do
  look(text:sub(1, size))
end
for i = 0, 15 do
  look(text:sub(1, #text * i // 16))
end

-- Flips stand where headers and tables are: at the start, and spread over the whole; always the same ones.
local file <close> = assert(io.open(scratch, "w+b"))
assert(file:write(text))
local seed = 20
local function random(below)
  seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
  return (seed >> 8) % below
end
for i = 1, 300 do
  local at = i % 3 == 0 and random(#text) or random(math.min(#text, 4096))
  local byte = text:byte(at + 1) ~ (1 << random(8))
  assert(file:seek("set", at) and file:write(string.char(byte)) and file:flush())
  local info, err, code = object.inspect(scratch)
  assert(info or (err and code), "neither a description nor an error")
  counts[info and "described" or "refused"] = counts[info and "described" or "refused"] + 1
  assert(file:seek("set", at) and file:write(text:sub(at + 1, at + 1)))
end
print(counts.described, counts.refused)
