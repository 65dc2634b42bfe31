-- recipes/build/exports.lua: declarations to ESM exports (G1 to G6).

local exports = require("recipes.build.exports")
local t = require("pienv.test")

local DECLARATIONS = [[
/* auto-generated */
export interface Ignored { x: number }
export declare function zeta(a: number): number
export declare class Shell {
  run(): void
}
export declare function alpha(): string
export declare function dollar$name(): void
export declare const enum Mode {
  Fast = 'fast',
  Slow = "slow",
  Ten = '10',
  One = 1,
  Neg = -1,
  Next,
}
export const enum Short { }
export declare enum Empty {
  A = 1 + 1
}
]]

local BLOCK = [[
// classes
export const Shell = nativeBindings.Shell;

// functions
export const zeta = nativeBindings.zeta;
export const alpha = nativeBindings.alpha;

// string/numeric enums (napi-rs string_enum produces TS-only const enum)
export const Mode = {
	Fast: "fast",
	Ten: 10,
	One: 1,
};]]

t.test("G2 G3 G4 the block in declaration order", function()
  t.equal(exports.block(exports.symbols(DECLARATIONS)), BLOCK)
  t.equal(exports.count(exports.symbols(DECLARATIONS)), 4)
end)

t.test("G4 empty sections are left out with their blank line", function()
  local symbols = exports.symbols("export declare function f(): void")
  t.equal(exports.block(symbols), "// functions\nexport const f = nativeBindings.f;")
end)

t.test("G1 what stands outside the markers is kept byte for byte", function()
  local index = "before\r\n" .. exports.START .. "\nold\n" .. exports.STOP .. "\r\nafter"
  local symbols = exports.symbols("export declare class C {\n}\n")
  local text = exports.patch({ index = index, path = "index.js", symbols = symbols })
  local want = "before\r\n" .. exports.START .. "\n// classes\nexport const C = nativeBindings.C;\n"
  t.equal(text, want .. exports.STOP .. "\r\nafter")
  t.equal(exports.patch({ index = text, path = "index.js", symbols = symbols }), text, "a second run changes nothing")
end)

t.test("G5 texts of failures", function()
  local symbols = exports.symbols(DECLARATIONS)
  local _, message = exports.patch({ index = "", path = "p/index.js", symbols = exports.symbols("") })
  t.equal(message, "No public symbols found in index.d.ts — check napi build output")
  local marked = "gen-enums: p/index.js is missing the generated marker block. Add\n"
    .. "// --- generated native exports (do not edit) ---\n// --- end generated native exports ---\n"
    .. "placeholders before running."
  for _, index in ipairs({ "", exports.START, exports.STOP .. exports.START }) do
    local text, why = exports.patch({ index = index, path = "p/index.js", symbols = symbols })
    t.equal(text, nil)
    t.equal(why, marked)
  end
end)

t.test("G6 const enums become plain ones, counted before", function()
  local text, fixed = exports.plain_enums("export const enum A {}\nexport declare const enum B {}\n")
  t.equal({ text, fixed }, { "export declare enum A {}\nexport declare enum B {}\n", 2 })
  t.equal({ exports.plain_enums(text) }, { text, 0 })
end)
