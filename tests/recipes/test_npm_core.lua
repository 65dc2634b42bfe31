-- The core package: what its modules import, what its list of files packs, and how its package.json is changed.

local modules = require("recipes.npm.modules")
local ordered = require("recipes.npm.ordered")
local t = require("pienv.test")

local machine = dofile("tests/lib/npm_machine.lua")

local CORE = machine.CORE

local function names(text)
  local list = {}
  for i, import in ipairs(modules.imports(text)) do
    list[i] = import.name .. (import.may_miss and "?" or "")
  end
  return table.concat(list, " ")
end

t.test("imports: every form of JavaScript and of declarations", function()
  t.equal(names('import a, { b } from "./a.js"; export * from \'./b.js\'; import "./c.js";'), "./a.js ./b.js ./c.js")
  t.equal(names('import("./d.js"); require("./e.cjs"); new URL("./w.js", import.meta.url)'), "./d.js? ./e.cjs? ./w.js?")
  t.equal(names('export type T = import("./t.js").T; import type { U } from "../u.js"'), "./t.js? ../u.js")
  t.equal(names('import fs from "node:fs"; import y from "pkg"; const p = "./p.js"; f("./q.js")'), "")
  t.equal(names('import x from "./x.json" with { type: "json" }; import x2 from "./x.json"'), "./x.json")
end)

t.test("imports: comments, strings, templates and regular expressions hold none", function()
  t.equal(names('// import "./a.js"\n/* require("./b.js") */ import "./c.js"'), "./c.js")
  t.equal(names([["import './a.js'"; 'require("./b.js")'; import "./c.js"]]), "./c.js")
  t.equal(names("`import './a.js' ${require('./b.js')} ${`${1}`} from './c.js'`; import './d.js'"), "./b.js? ./d.js")
  t.equal(names([[const r = /["'`]/; import "./a.js"; x = a / b; y = c / require("./d.js")]]), "./a.js ./d.js?")
  t.equal(names([[s = "\"import './x.js'"; if (/[/"]/.test(s)) require('./y.js')]]), "./y.js?")
  t.equal(names("import `./tpl.js`; import(`./t.js`); require('"), "./tpl.js ./t.js?")
end)

local function read_from(files)
  return function(file)
    return files[file]
  end
end

t.test("imports are followed: endings, folders, declarations, circles; addons are left out", function()
  local needs = modules.closure(
    { { file = "./n/index.js", as = "main" }, { file = "n/index.d.ts", as = "types" } },
    read_from({
      ["n/index.js"] = 'import "./a.js"; require("./b"); require("./x.node"); require("./dir")',
      ["n/a.js"] = 'import "./index.js"; import "../c.mjs"',
      ["n/b.cjs"] = "",
      ["n/dir/index.js"] = "",
      ["c.mjs"] = "",
      ["n/index.d.ts"] = 'import { T } from "./t.js"; export * from "./u"',
      ["n/t.d.ts"] = "",
      ["n/u.d.ts"] = "",
    })
  )
  local files = {}
  for i, need in ipairs(needs) do
    t.equal(need.is_missing, false, need.file)
    files[i] = need.file
  end
  t.equal(table.concat(files, " "), "n/index.js n/a.js c.mjs n/b.cjs n/dir/index.js n/index.d.ts n/t.d.ts n/u.d.ts")
end)

-- A run whose core has that list, and these modules.
local function core(list, files, package)
  local given = { [CORE] = package or machine.PACKAGE }
  for name, text in pairs(files or {}) do
    given["pkg/" .. name] = text
  end
  return { files = given, settings = { core_files = list } }
end

t.test("P5 a helper that index.js imports, transitively, but the list lacks is named", function()
  local files =
    { ["native/index.js"] = 'import "./a.js"', ["native/a.js"] = 'import "./state.js"', ["native/state.js"] = "" }
  local run = machine.refused(
    1,
    "@a/x: native/a.js needs native/state.js, which 'files' does not pack",
    core({ "native/index.js", "native/a.js" }, files)
  )
  t.equal(run.failure.hint, "Add \"native/state.js\" to 'core_files' in pienv.lua or 'files' in package.json.")
  machine.succeeded(machine.npm(core({ "native/index.js", "native/a.js", "./native/st*.js" }, files)))
end)

t.test("P5 no addon in the core, by whichever entry", function()
  for _, entry in ipairs({ "native", "native/", "native/**", "*", "**/*.node", "." }) do
    local run = machine.npm(core({ "native/index.js", entry }))
    t.equal(run.exit, 1, entry)
    t.contains(run.failure.message, (".node, by the entry \"%s\" of 'files'"):format(entry))
  end
  machine.succeeded(machine.npm(core({ "native", "!native/*.node" })))
  local run = machine.npm(core({ "native/index.js", "npm" }))
  t.contains(run.failure.message, "the core would pack npm/linux-x64/x.linux-x64-baseline.node")
end)

t.test("P5 a built file of a foreign name counts as an addon, too", function()
  local run = machine.npm(core({ "native/index.js", "native/odd.*" }, { ["native/odd.node"] = "x" }))
  t.contains(run.failure.message, "the core would pack native/odd.node")
end)

t.test("P5 without the setting: package.json's own list but addons, else what the modules need", function()
  local package = '{ "name": "@a/x", "version": "1.0.0", "main": "native/index.js",\n'
    .. '  "files": ["native/index.js", "native/*.node"] }'
  local run = machine.succeeded(machine.npm(core(nil, {}, package)))
  t.contains(run.files[CORE], '"files": [\n    "native/index.js"\n  ]')
  run = machine.succeeded(machine.npm(core(nil, { ["native/index.js"] = 'import "../b.js"', ["b.js"] = "" })))
  t.contains(run.files[CORE], '"files": [\n\t\t"b.js",\n\t\t"native/index.js"\n\t]')
end)

t.test("what a module imports and what package.json names must be there", function()
  machine.refused(
    1,
    "@a/x: native/index.js imports ./gone.js, which is not there",
    core(nil, { ["native/index.js"] = 'import "./gone.js"' })
  )
  machine.succeeded(machine.npm(core(nil, { ["native/index.js"] = 'try { require("./gone.js") } catch {}' })))
  machine.refused(
    1,
    "@a/x: package.json names native/index.js as 'main', which is not there",
    core(nil, { ["native/index.js"] = false })
  )
  machine.refused(
    1,
    "@a/x: native/index.js needs ../../x.js, which lies outside of the package",
    core(nil, { ["native/index.js"] = 'import "../../x.js"' })
  )
end)

t.test("optionalDependencies: others stay, leaves of targets that are none any more go and are told", function()
  local package = '{ "name": "@a/x", "version": "2.0.0-rc.1", "main": "native/index.js", "optionalDependencies": '
    .. '{ "fsevents": "~2.3.3", "@a/x-linux-x64": "^1.0.0", "@a/x-freebsd-x64": "1.0.0", "@a/x-to-y": "1" } }'
  local files = {}
  for _, name in ipairs({ machine.MODERN, machine.BASELINE }) do
    files[name:sub(5)] = "__piNativesV2_0_0_rc_1"
  end
  local run = machine.succeeded(machine.npm(core(nil, files, package)))
  local value = require("pienv.json").decode(run.files[CORE]).optionalDependencies
  t.equal({
    value.fsevents,
    value["@a/x-linux-x64"],
    value["@a/x-freebsd-x64"],
    value["@a/x-to-y"],
    value["@a/x-win32-arm64"],
  }, { "~2.3.3", "2.0.0-rc.1", nil, "1", "2.0.0-rc.1" })
  t.contains(table.concat(run.printed, "\n"), "  @a/x-freebsd-x64 is no longer named: no target of this project")
end)

t.test("ordered: text in, text out", function()
  local text = '{"b": [1, -2.5e3 , "x\\"]}"], "a": {"é\\u0041": null, "t":true}, "e": {}, "l": []}'
  t.equal(
    ordered.encode(ordered.parse(text), "  "),
    '{\n  "b": [\n    1,\n    -2.5e3,\n    "x\\"]}"\n  ],\n  "a": {\n    "é\\u0041": null,\n    "t": true\n  },\n'
      .. '  "e": {},\n  "l": []\n}'
  )
  t.equal(ordered.set('{"a": ["x" , "y"]}', "a", ordered.strings({ "x", "y" })), '{"a": ["x" , "y"]}', "same value")
  t.equal(ordered.set('{\n    "a": 1\n}\n', "b", ordered.string("c")), '{\n    "a": 1,\n    "b": "c"\n}\n')
  t.equal(ordered.set("{}", "b", ordered.strings({ "c" })), '{\n  "b": [\n    "c"\n  ]\n}')
  t.equal(ordered.set('{ "\\u0061": 1 }', "a", ordered.string("c")), '{ "\\u0061": "c" }', "an escaped key")
end)
