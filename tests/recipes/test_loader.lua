-- recipes/loader.lua on a fake machine: what is generated, when it is written, and what is told.

local fake = require("pienv.fake")
local install = require("recipes.loader.install")
local json = require("pienv.json")
local markers = require("recipes.addon.markers")
local policy = require("recipes.loader.policy")
local t = require("pienv.test")

local NAMES = { "loader.cjs", "loader.mjs", "loader.d.cts", "loader.d.mts" }
local INDEX = 'import { nativeBindings } from "./loader.mjs";\n'

-- Input of fake.run; what `fields` gives is added, false takes away.
local function given(fields)
  local setup = {
    settings = { addon = "x", package = "pkg" },
    files = {
      ["pkg/package.json"] = '{ "name": "@acme/x", "version": "1.0.0" }',
      ["pkg/native/index.js"] = INDEX,
    },
  }
  for name, value in pairs(fields or {}) do
    setup[name] = setup[name] or {}
    for key, inner in pairs(value) do
      setup[name][key] = inner or nil
    end
  end
  return setup
end

local function run(fields)
  return fake.run("loader", given(fields))
end

local function succeeded(fields)
  local done = run(fields)
  t.equal(done.failure and done.failure.message, nil)
  return done
end

local function refused(exit, message, fields)
  local done = run(fields)
  t.equal({ done.exit, done.failure and done.failure.message }, { exit, message })
  t.equal(done.files["pkg/native/loader.cjs"], nil, "nothing is written")
end

local function generated(done)
  local files = {}
  for _, name in ipairs(NAMES) do
    files["pkg/native/" .. name] = done.files["pkg/native/" .. name]
  end
  return files
end

local function commits(done)
  local count = 0
  for _, call in ipairs(done.calls) do
    count = count + (call[1] == "commit" and 1 or 0)
  end
  return count
end

local function policy_of(done)
  local text = done.files["pkg/native/loader.cjs"]:match("\nconst POLICY = (%b{});\n")
  return (assert(json.decode(text)))
end

t.test("the module, its ESM wrapper and the types of both, in one transaction", function()
  local done = succeeded()
  for _, name in ipairs(NAMES) do
    local text = done.files["pkg/native/" .. name]
    t.ok(text:find("^// Written by `pienv loader`: changes are lost. Run it again"), name .. " says how it is made")
  end
  t.ok(done.files["pkg/native/loader.mjs"]:find('from "./loader.cjs"', 1, true))
  t.equal(commits(done), 1)
end)

t.test("the same input gives the same bytes, and then nothing is written", function()
  local first = succeeded()
  t.equal(generated(succeeded()), generated(first))
  local again = succeeded({ files = generated(first) })
  t.equal({ commits(again), generated(again) }, { 0, generated(first) })
end)

t.test("--check ends with 1 where a file is another or is missing, names it, and writes nothing", function()
  local files = generated(succeeded())
  files["pkg/native/loader.mjs"], files["pkg/native/loader.d.cts"] = "changed", false
  local done = run({ files = files, options = { check = true } })
  t.equal({ done.exit, done.failure.message, done.failure.hint }, {
    1,
    "The loader is not what would be generated:\n  - pkg/native/loader.mjs\n  - pkg/native/loader.d.cts",
    "pienv loader",
  })
  t.equal({ commits(done), done.files["pkg/native/loader.mjs"] }, { 0, "changed" })
  t.equal(succeeded({ files = generated(succeeded()), options = { check = true } }).exit, 0)
end)

t.test("the policy is in it as data: of the project's names and the package's version", function()
  local data = policy_of(succeeded({
    settings = { app = "acme", sentinel = "__acmeV{version}", variables = { variant = "ACME" }, hook = "go" },
  }))
  t.equal({ data.addon, data.package, data.version, data.app, data.hook }, { "x", "@acme/x", "1.0.0", "acme", "go" })
  t.equal(data.sentinel, { wanted = "__acmeV1_0_0", stem = "__acmeV" })
  t.equal({ data.variables.variant, data.variables.cache }, { "ACME", "__PI_NATIVE_VARIANT_CACHE" })
  t.equal(data.targets["linux-x64"].names.modern[1], "x.linux-x64-modern.node")
  t.equal(data.targets["{platform}-{arch}"].names.default, { "x.{platform}-{arch}.node" })
end)

t.test("file names are those of the project's policy, which need not know how to make a form", function()
  local data = policy.data({
    settings = {
      addon = "x",
      tags = { "linux-x64" },
      variants = { fast = { level = 3 } },
      variables = {},
      sentinel = "",
      leaf = "{tag}",
      minimal_abi = {},
      package = "p",
      install_command = "",
      build_command = "",
    },
    package = "p",
    version = "1.0.0",
    filename = function(target)
      return ({ linux = "penguin-" })[target.platform] .. (target.variant or "any")
    end,
  })
  t.equal(data.targets["linux-x64"].names, { fast = { "penguin-fast", "penguin-any" }, default = { "penguin-any" } })
  t.equal(data.targets["{platform}-{arch}"].names.default, { "x.{platform}-{arch}.node" })
end)

t.test("the define of a compiler is named after the project's variable, the manifest after its file", function()
  local done = succeeded({ settings = { manifest = "packed", variables = { compiled = "ACME_COMPILED" } } })
  local text = done.files["pkg/native/loader.cjs"]
  t.ok(text:find("const COMPILED = process.env.ACME_COMPILED;", 1, true))
  t.ok(text:find('require("./packed.js")', 1, true))
end)

t.test("an index.js that does not import it is told, with the line to add, and stays as it is", function()
  local done = succeeded({ files = { ["pkg/native/index.js"] = "export {};\n" } })
  t.equal(
    { table.unpack(done.printed, 5) },
    { "pkg/native/index.js does not import it. Add", "  " .. INDEX:sub(1, -2) }
  )
  t.equal(done.files["pkg/native/index.js"], "export {};\n")
  t.equal(#succeeded().printed, 4, "the files, and no more")
  t.equal(install.advice({ index = "i.js", loader = "l" })[1], "i.js is not there. It would begin with")
  t.equal(install.advice({ index = "i.js", text = 'require("./l.cjs")', loader = "l" }), nil)
end)

t.test("where builds write the exports of index.js, the marks for them are told, too", function()
  local import = '  import { nativeBindings } from "./l.mjs";'
  local marks = "  " .. markers.START .. "\n  " .. markers.STOP
  local function advice(text)
    local lines = install.advice({ index = "i.js", text = text, loader = "l", declared = true })
    return lines and table.concat(lines, "\n")
  end
  t.equal(advice(nil), "i.js is not there. It would begin with\n" .. import .. "\n" .. marks)
  t.equal(advice("x"), "i.js does not import it. Add\n" .. import .. "\n" .. marks)
  t.equal(advice('import "./l.mjs"'), "i.js lacks the marks between which builds write its exports. Add\n" .. marks)
  t.equal(advice(markers.START), "i.js does not import it. Add\n" .. import)
  t.equal(advice('import "./l.mjs"' .. markers.START), nil)
end)

t.test("a CommonJS package is told how its own file takes the addon, and needs no index.js", function()
  local function told(files)
    files["pkg/native/index.js"], files["pkg/native/index.d.ts"] = false, "export declare function f(): void\n"
    return table.concat({ table.unpack(succeeded({ files = files }).printed, 5) }, "\n")
  end
  local commonjs = 'package.json does not say "type": "module", so a .js file of the package takes the addon by\n'
    .. '  module.exports = require("./native/loader.cjs").nativeBindings;'
  local module = '{ "name": "@acme/x", "version": "1.0.0", "type": "module" }'
  t.equal(told({}), commonjs)
  t.contains(told({ ["pkg/package.json"] = module }), "pkg/native/index.js is not there. It would begin with")
  t.contains(told({ ["pkg/native/package.json"] = '{ "type": "module" }' }), "It would begin with")
  t.equal(told({ ["pkg/package.json"] = module, ["pkg/native/package.json"] = '{ "type": "commonjs" }' }), commonjs)
  t.equal(told({ ["pkg/native/package.json"] = "damaged" }), commonjs)
  local own = 'module.exports = require("./native/loader.cjs").nativeBindings;'
  t.equal(told({ ["pkg/index.js"] = own }), "")
  t.equal(told({ ["pkg/index.js"] = "module.exports = {};" }), commonjs)
  local named = '{ "name": "@acme/x", "version": "1.0.0", "main": "./lib/x.cjs" }'
  t.equal(told({ ["pkg/package.json"] = named, ["pkg/lib/x.cjs"] = (own:gsub("%./", "../")) }), "")
  t.equal(told({ ["pkg/package.json"] = named, ["pkg/index.js"] = own }), commonjs)
end)

t.test("a package without name or version, and names that cannot stand in a file, are refused", function()
  refused(4, "open /project/pkg/package.json: No such file or directory", { files = { ["pkg/package.json"] = false } })
  local nameless = { ["pkg/package.json"] = '{"name":"x"}' }
  refused(4, "read /project/pkg/package.json: it has no 'version'", { files = nameless })
  refused(3, "loader: '../x' cannot begin a file name", { settings = { loader = "../x" } })
  refused(3, "manifest: 'a\"b' cannot begin a file name", { settings = { manifest = 'a"b' } })
  refused(3, "variables: 'A-B' is no name of a variable", { settings = { variables = { debug = "A-B" } } })
  refused(3, "variables: unknown name 'varaint'", { settings = { variables = { varaint = "A" } } })
end)
