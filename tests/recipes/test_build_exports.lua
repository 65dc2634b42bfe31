-- recipes/build/exports.lua and enums.lua: every edge of declarations, written by hand or generated (G2, G3, G4, G6).

local exports = require("recipes.build.exports")
local t = require("pienv.test")

-- Members of one enum with this body, as "NAME: VALUE" texts.
local function members(body)
  local symbols = exports.symbols("export declare enum E {" .. body .. "}\n")
  local list = {}
  for i, member in ipairs(symbols.enums[1] and symbols.enums[1].members or {}) do
    list[i] = member.name .. ": " .. member.value
  end
  return list, symbols.left_out
end

local function names(symbols)
  local list = {}
  for i, enum in ipairs(symbols.enums) do
    list[i] = enum.name
  end
  return { symbols.classes, symbols.functions, list }
end

t.test("G2 only lines that begin with the words declare something", function()
  local symbols = exports.symbols([[
/** export declare class InComment { */
 export declare class Indented {}
export declare interface Shape {}
export interface Options { a: number }
export type Name = string
export declare type Other = string
export declare const VERSION: string
export declare namespace inner {
  export declare function nested(): void
}
declare function internal(): void
export class NotDeclared {}
export function notDeclared() {}
export declare class A {
  method(): void
}
export declare function f(): void
export declare enum E { X = 1 }
]])
  t.equal(names(symbols), { { "A" }, { "f" }, { "E" } })
  t.equal(symbols.left_out, {})
end)

t.test("G2 a name ends where the declaration says so", function()
  local symbols = exports.symbols([[
export declare class Generic<T> extends Base<T> {
}
export declare class Tight{
}
export declare function generic<T>(value: T): T
export declare function spaced (): void
export declare enum Near{ A = 1 }
]])
  t.equal(names(symbols), { { "Generic", "Tight" }, { "generic", "spaced" }, { "Near" } })
end)

t.test("G2 names with a $ or beyond ASCII are not exported, not even in part, and are told", function()
  local symbols = exports.symbols([[
export declare class $Class {
}
export declare class Mid$dle {
}
export declare function end$(): void
export declare function grün(): void
export declare const enum Co$t { A = 1 }
export declare function fine(): void
]])
  t.equal(names(symbols), { {}, { "fine" }, {} })
  t.equal(symbols.left_out, { "$Class", "Mid$dle", "end$", "grün", "Co$t" })
end)

t.test("G2 declaration order is kept in each section, whatever stands between", function()
  local symbols = exports.symbols([[
export declare function z(): void
export declare enum Z { A = 1 }
export declare class Z1 {
}
export declare function a(): void
export declare class A1 {
}
export declare enum B { A = 1 }
]])
  t.equal(names(symbols), { { "Z1", "A1" }, { "z", "a" }, { "Z", "B" } })
end)

t.test("G2 an overloaded function is exported once", function()
  local symbols = exports.symbols([[
export declare function read(path: string): string
export declare function read(fd: number): string
export declare function write(): void
]])
  t.equal(symbols.functions, { "read", "write" })
end)

t.test("G2 members of an enum that is declared in parts come together", function()
  local symbols = exports.symbols("export declare enum E { A = 1 }\nexport declare enum E { B = 2 }\n")
  t.equal(symbols.enums, { { name = "E", members = { { name = "A", value = "1" }, { name = "B", value = "2" } } } })
end)

t.test("G2 an enum on one line does not swallow what follows", function()
  local symbols = exports.symbols("export declare enum E { A = 1, B = 'b' }\nexport declare function f(): void\n")
  t.equal(names(symbols), { {}, { "f" }, { "E" } })
  t.equal(#symbols.enums[1].members, 2)
end)

t.test("G2 an enum that is never closed hides no later declaration", function()
  local symbols = exports.symbols("export declare enum E {\n  A = 1,\nexport declare function f(): void\n")
  t.equal(names(symbols), { {}, { "f" }, { "E" } })
end)

t.test("G3 single-quoted texts and digits are values", function()
  t.equal(members(" A = 'a', B = 0, C = 42,\n D = '' "), { 'A: "a"', "B: 0", "C: 42", 'D: ""' })
end)

t.test("G3 a quoted all-digit value is a number", function()
  t.equal(members(" A = '10', B = '0' "), { "A: 10", "B: 0" })
end)

t.test("G3 digits that JavaScript would not read as that number stay a text, or are left out", function()
  local list, left_out = members(" A = '010', B = '00', C = 010, D = 1 ")
  t.equal({ list, left_out }, { { 'A: "010"', 'B: "00"', "D: 1" }, { "E.C" } })
end)

t.test("G3 negative, computed, double-quoted and missing values are left out and told", function()
  local list, left_out = members([[
  Neg = -1,
  Plus = +1,
  Sum = 1 + 1,
  Shift = 1 << 3,
  Call = "x".length,
  Double = "double",
  Template = `t`,
  Hex = 0x10,
  Float = 1.5,
  Long = 1_000,
  Ref = Kept,
  Next,
  Kept = 7,
  Last
]])
  t.equal(list, { "Kept: 7" })
  t.equal(
    table.concat(left_out, " "),
    "E.Neg E.Plus E.Sum E.Shift E.Call E.Double E.Template E.Hex E.Float E.Long E.Ref E.Next E.Last"
  )
end)

t.test("G3 member names are word characters only", function()
  local list, left_out = members([[ $a = 1, b$ = 2, 'quoted' = 3, "double" = 4, _ok = 5, é = 6 ]])
  t.equal({ list, left_out }, { { "_ok: 5" }, { "E.$a", "E.b$", "E.'quoted'", 'E."double"', "E.é" } })
end)

t.test("G3 an enum without a usable member is omitted and told", function()
  local symbols = exports.symbols("export declare enum Empty {\n}\nexport declare enum Odd { A = -1 }\n")
  t.equal({ symbols.enums, symbols.left_out }, { {}, { "Empty", "Odd.A", "Odd" } })
end)

t.test("G3 comments hide nothing and add nothing", function()
  t.equal(
    members([[
  /** Mode = 'loud', A = 9 } */
  A = 1, // first = 2, }
  /* B = 3, */ C = /* four */ 4 /* , */,
  // D = 5,
  E = 'x' // last
]]),
    { "A: 1", "C: 4", 'E: "x"' }
  )
end)

t.test("G3 texts may hold braces, commas, quotes and comment signs", function()
  t.equal(
    members([[ A = '}', B = ',', C = '/*', D = '//', E = 'it\'s', F = 'say "hi"', G = '\"', H = '\\', I = 'a = 1' ]]),
    {
      'A: "}"',
      'B: ","',
      'C: "/*"',
      'D: "//"',
      [[E: "it\'s"]],
      [[F: "say \"hi\""]],
      [[G: "\""]],
      [[H: "\\"]],
      'I: "a = 1"',
    }
  )
end)

t.test("G2 CRLF, a byte order mark and a missing final newline change nothing", function()
  local text = "export declare class C {\n}\nexport declare function f(): void\n"
  text = text .. "export declare enum E {\n  A = 1,\n  B = 'b'\n}"
  local want = exports.block(exports.symbols(text))
  t.equal(exports.count(exports.symbols(text)), 3)
  local crlf, spaced = text:gsub("\n", "\r\n"), text:gsub("\n", "\r\n\r\n")
  for _, form in ipairs({ text .. "\n", crlf, "\239\187\191" .. text, spaced }) do
    t.equal(exports.block(exports.symbols(form)), want)
  end
end)

t.test("G4 sections in the order classes, functions, enums, each left out when it is empty", function()
  local class, func = "export declare class C {\n}\n", "export declare function f(): void\n"
  local enum = "export declare enum E { A = 1 }\n"
  local classes, functions =
    "// classes\nexport const C = nativeBindings.C;", "// functions\nexport const f = nativeBindings.f;"
  local enums =
    "// string/numeric enums (napi-rs string_enum produces TS-only const enum)\nexport const E = {\n\tA: 1,\n};"
  for given, want in pairs({
    [enum .. func .. class] = { classes, functions, enums },
    [enum .. class] = { classes, enums },
    [enum .. func] = { functions, enums },
    [class] = { classes },
    [enum] = { enums },
  }) do
    t.equal(exports.block(exports.symbols(given)), table.concat(want, "\n\n"))
  end
end)

t.test("G6 const enums are counted before they are replaced; the second time there are none", function()
  local text = "export const enum A {\n}\r\nexport declare const enum B { X = 1 }\nexport declare enum C {}"
  local plain, fixed = exports.plain_enums(text)
  t.equal(plain, "export declare enum A {\n}\r\nexport declare enum B { X = 1 }\nexport declare enum C {}")
  t.equal(fixed, 2)
  t.equal({ exports.plain_enums(plain) }, { plain, 0 })
  t.equal({ exports.plain_enums("\239\187\191export const enum A {}") }, { "\239\187\191export declare enum A {}", 1 })
end)

t.test("G6 only declarations are touched: not comments, not what is nested in a namespace", function()
  local text = "// use export const enum X {\nexport declare namespace n {\n  export const enum Y { A = 1 }\n}\n"
  t.equal({ exports.plain_enums(text) }, { text, 0 })
end)

t.test("10,000 declarations of each kind are read in under two seconds", function()
  local form = "/** doc */\nexport declare class C# {\n  m(): void\n}\nexport declare function f#(): void\n"
    .. "export declare const enum E# {\n  A = 'a#',\n  B = #,\n}\n"
  local lines = {}
  for i = 1, 10000 do
    lines[i] = form:gsub("#", i)
  end
  local before = os.clock()
  local symbols = exports.symbols((exports.plain_enums(table.concat(lines))))
  t.equal(exports.count(symbols), 30000)
  t.ok(os.clock() - before < 2, "seconds " .. os.clock() - before)
end)
