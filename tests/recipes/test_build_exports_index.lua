-- recipes/build/exports.lua: every edge of the index.js that receives the exports (G1, G5).

local exports = require("recipes.build.exports")
local t = require("pienv.test")

local START, STOP = exports.START, exports.STOP
local BLOCK = "// functions\nexport const f = nativeBindings.f;"

local function patch(index)
  local symbols = exports.symbols("export declare function f(): void\n")
  return exports.patch({ index = index, path = "p/index.js", symbols = symbols })
end

-- What comes out, and that a second run keeps it.
local function patched(index)
  local text, message = patch(index)
  t.equal(message, nil)
  t.equal(patch(text), text, "the second run")
  return text
end

t.test("G1 every byte outside the markers is kept", function()
  local every = {}
  for byte = 0, 255 do
    every[#every + 1] = string.char(byte)
  end
  local bytes = table.concat(every)
  t.equal(
    patched(bytes .. START .. "\nold\n" .. STOP .. bytes),
    bytes .. START .. "\n" .. BLOCK .. "\n" .. STOP .. bytes
  )
end)

t.test("G1 the block's lines end as the first marker's does", function()
  local crlf = BLOCK:gsub("\n", "\r\n")
  local want = "a\r\n" .. START .. "\r\n" .. crlf .. "\r\n" .. STOP .. "\r\nb\r\n"
  t.equal(patched("a\r\n" .. START .. "\r\nold\r\n" .. STOP .. "\r\nb\r\n"), want)
  t.equal(patched("a\n" .. START .. "\n" .. STOP .. "\r\n"), "a\n" .. START .. "\n" .. BLOCK .. "\n" .. STOP .. "\r\n")
end)

t.test("G1 markers without anything around, between or after them", function()
  local want = START .. "\n" .. BLOCK .. "\n" .. STOP
  t.equal(patched(START .. "\n" .. STOP), want)
  t.equal(patched(START .. STOP), want)
  t.equal(patched(START .. "\n\n\n" .. STOP .. "\n"), want .. "\n")
end)

t.test("G1 characters that mean something in patterns are bytes like others", function()
  local text = patched("%1 %0 $1 \\1\n" .. START .. "\n%d\n" .. STOP .. "\n%a+ $&")
  t.equal(text, "%1 %0 $1 \\1\n" .. START .. "\n" .. BLOCK .. "\n" .. STOP .. "\n%a+ $&")
end)

t.test("G5 missing and swapped markers", function()
  local want = "gen-enums: p/index.js is missing the generated marker block. Add\n"
    .. "// --- generated native exports (do not edit) ---\n"
    .. "// --- end generated native exports ---\n"
    .. "placeholders before running."
  for _, index in ipairs({
    "",
    "export {};\n",
    START .. "\n",
    STOP .. "\n",
    STOP .. "\n" .. START .. "\n",
    STOP .. "\n" .. START .. "\n" .. STOP .. "\n",
    START:gsub("do not edit", "edit") .. "\n" .. STOP,
    START:lower():gsub("generated", "Generated") .. "\n" .. STOP,
  }) do
    t.equal({ patch(index) }, { nil, want })
  end
end)

t.test("G5 a marker that stands twice is refused: the exports would be there twice", function()
  local form = "gen-enums: p/index.js has the marker\n%s\n%d times. Keep one generated marker block."
  local one = START .. "\n" .. STOP .. "\n"
  t.equal({ patch(one .. one) }, { nil, form:format(START, 2) })
  t.equal({ patch("// between " .. START .. " and the end\n" .. one) }, { nil, form:format(START, 2) })
  t.equal({ patch(one .. STOP .. STOP) }, { nil, form:format(STOP, 3) })
end)

t.test("G5 no public symbol at all, told before the markers are looked for", function()
  local function message(declarations, types)
    local given = { index = "", path = "p/index.js", types = types, symbols = exports.symbols(declarations) }
    return select(2, exports.patch(given))
  end
  local want = "No public symbols found in index.d.ts — check napi build output"
  t.equal(message(""), want)
  t.equal(message("export interface A {}\n"), want)
  t.equal(message("export declare enum E {\n}\n"), want)
  t.equal(message("", "types.d.ts"), "No public symbols found in types.d.ts — check napi build output")
end)

t.test("an index.js of 16 MiB around the markers takes less than a second", function()
  local filler = ("// some line of code\n"):rep(400000)
  local before = os.clock()
  local text = patch(filler .. START .. "\n" .. STOP .. "\n" .. filler)
  t.equal(#text, 2 * #filler + #START + #STOP + #BLOCK + 3)
  t.ok(os.clock() - before < 1, "seconds " .. os.clock() - before)
end)
