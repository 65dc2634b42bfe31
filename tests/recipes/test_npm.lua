-- recipes/npm.lua on a fake machine: which packages are made, of which files, and what they say.

local fake = require("pienv.fake")
local t = require("pienv.test")

local machine = dofile("tests/lib/npm_machine.lua")

local npm, succeeded, refused, changes = machine.npm, machine.succeeded, machine.refused, machine.changes
local LEAF, CORE = machine.LEAF, machine.CORE

local MANIFEST = [[
{
	"name": "@a/x-linux-x64",
	"version": "1.0.0",
	"os": [
		"linux"
	],
	"cpu": [
		"x64"
	],
	"main": "x.linux-x64-baseline.node",
	"files": [
		"*.node",
		"README.md"
	],
	"license": "MIT"
}
]]

t.test("P1 the manifest of a leaf, byte by byte", function()
  t.equal(succeeded(npm()).files[LEAF .. "package.json"], MANIFEST)
end)

t.test("P1 license, repository and engines are the core's, in its order; there is no exports", function()
  local package = '{ "engines": { "bun": ">=1.3", "a": "1" }, "repository": {"type":"git","url":"u","directory":"d"},'
    .. ' "name": "@a/x", "version": "1.0.0", "main": "native/index.js", "exports": "./native/index.js", "files": [] }'
  local run = succeeded(npm({ files = { [CORE] = package }, settings = { core_files = { "native/index.js" } } }))
  local text = run.files[LEAF .. "package.json"]
  t.contains(text, '\t"repository": {\n\t\t"type": "git",\n\t\t"url": "u",\n\t\t"directory": "d"\n\t},\n')
  t.contains(text, '\t"engines": {\n\t\t"bun": ">=1.3",\n\t\t"a": "1"\n\t}\n}\n')
  t.equal(text:find("exports"), nil)
end)

t.test("P1 each target has its leaf, and the name is a setting", function()
  local files = { ["pkg/native/x.linux-arm64.node"] = "arm __piNativesV1_0_0\0" }
  local run =
    succeeded(npm({ files = files, options = { tag = "linux-arm64,linux-x64" }, settings = { leaf = "@b/{tag}" } }))
  t.contains(run.files[LEAF .. "package.json"], '"name": "@b/linux-x64"')
  t.contains(run.files["pkg/npm/linux-arm64/package.json"], '"name": "@b/linux-arm64"')
  t.contains(run.files["pkg/npm/linux-arm64/package.json"], '"arm64"')
end)

-- The main of a leaf with these files.
local function main_of(files)
  return succeeded(npm({ files = files })).files[LEAF .. "package.json"]:match('"main": "([^"]+)"')
end

t.test("P2 baseline, modern and plain are looked for; main is baseline, else plain, else the first", function()
  local run = succeeded(npm({ files = { [machine.PLAIN] = "plain __piNativesV1_0_0\0" } }))
  for _, name in ipairs({ "x.linux-x64-baseline.node", "x.linux-x64-modern.node", "x.linux-x64.node" }) do
    t.equal(run.files[LEAF .. name], run.files["pkg/native/" .. name])
  end
  t.equal(main_of({ [machine.PLAIN] = "__piNativesV1_0_0" }), "x.linux-x64-baseline.node")
  t.equal(main_of({ [machine.PLAIN] = "__piNativesV1_0_0", [machine.BASELINE] = false }), "x.linux-x64.node")
  t.equal(main_of({ [machine.BASELINE] = false }), "x.linux-x64-modern.node")
end)

t.test("P3 unknown tags", function()
  refused(
    4,
    "Unknown native package tag(s): linux-x46, plan9-x64",
    { options = { tag = "linux-x46,linux-x64,plan9-x64" } }
  )
end)

t.test("P3 a tag without a text", function()
  refused(2, "--tag requires a native target tag", { options = { tag = "" } })
end)

t.test("P3 no file of a target; without --tag all targets are made", function()
  refused(4, "Missing native addon files for linux-arm64 in native", { options = { tag = "linux-arm64" } })
  local setup = machine.given()
  setup.options = nil
  local run = fake.run("npm", setup)
  t.contains(run.failure.message, "Missing native addon files for ")
  t.contains(run.failure.hint, "--tag TAG")
end)

t.test("P3 a file that is no addon, and none at all", function()
  local setup = machine.given({ files = { ["pkg/native/linux-x64"] = "__piNativesV1_0_0" } })
  setup.objects = { ["."] = machine.elf() }
  setup.override = {
    ["*"] = {
      filename = function(target)
        return target.variant and target.variant .. ".node" or "linux-x64"
      end,
    },
  }
  local run = fake.run("npm", setup)
  t.equal(run.failure.message, "Leaf linux-x64 includes non-addon file: linux-x64")
  local leaf = require("recipes.npm.leaf")
  t.equal({ leaf.manifest({ tag = "linux-x64", files = {} }) }, { nil, "No native addon files found for linux-x64" })
end)

t.test("P5 the core names every target with the exact version, and no addon; its other text stays", function()
  local run = succeeded(npm())
  local names = {}
  for _, tag in ipairs({ "linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64" }) do
    names[#names + 1] = ('\t\t"@a/x-%s": "1.0.0"'):format(tag)
  end
  t.equal(
    run.files[CORE],
    '{\n\t"name": "@a/x",\n\t"version": "1.0.0",\n\t"main": "native/index.js",\n\t"license": "MIT",\n'
      .. '\t"files": [\n\t\t"native/index.js"\n\t],\n\t"optionalDependencies": {\n'
      .. table.concat(names, ",\n")
      .. "\n\t}\n}\n"
  )
end)

t.test("--no-core leaves the core's package.json alone", function()
  local run = succeeded(npm({ options = { core = "false" } }))
  t.equal(run.files[CORE], machine.PACKAGE)
  t.equal(run.outcomes.core.reason, "--no-core")
end)

t.test("P7 no libc by default; a policy gives it, and then the bytes must be of it", function()
  t.equal(succeeded(npm()).files[LEAF .. "package.json"]:find("libc"), nil)
  local function with(word)
    local setup = machine.given()
    setup.override = {
      npm = {
        libc = function()
          return { word }
        end,
      },
    }
    return fake.run("npm", setup)
  end
  t.contains(succeeded(with("glibc")).files[LEAF .. "package.json"], '\t"libc": [\n\t\t"glibc"\n\t],\n\t"main"')
  t.equal(with("musl").failure.message, "Leaf linux-x64: x.linux-x64-baseline.node: its bytes need gnu libc, not musl")
end)

t.test("leaves and core are one transaction; a run that changes nothing writes nothing", function()
  local run = succeeded(npm())
  local commits = 0
  for _, call in ipairs(run.calls) do
    commits = commits + (call[1] == "commit" and 1 or 0)
  end
  t.equal(commits, 1)
  t.equal(changes(run), {
    "write " .. LEAF .. "x.linux-x64-baseline.node",
    "write " .. LEAF .. "x.linux-x64-modern.node",
    "write " .. LEAF .. "README.md",
    "write " .. LEAF .. "package.json",
    "write " .. CORE,
  })
  local again = succeeded(npm({ files = run.files }))
  t.equal(changes(again), {})
  t.equal(again.outcomes.install.reason, "nothing changed")
end)

t.test("what is stale: an addon in a leaf goes, other folders and versions are told and stay", function()
  local run = succeeded(npm({
    files = {
      [LEAF .. "x.linux-x64-old.node"] = "old",
      ["pkg/npm/linux-ia32/package.json"] = '{ "version": "1.0.0" }',
      ["pkg/npm/darwin-x64/package.json"] = '{ "version": "0.9.0" }',
    },
  }))
  t.equal(run.files[LEAF .. "x.linux-x64-old.node"], nil)
  local said = table.concat(run.printed, "\n")
  t.contains(said, "stale: npm/linux-ia32 (no target of this project)")
  t.contains(said, "stale: npm/darwin-x64 (of version 0.9.0)")
  t.ok(run.files["pkg/npm/linux-ia32/package.json"])
end)

t.test("P6 the report says in which order they are published: leaves first", function()
  t.contains(
    table.concat(succeeded(npm()).printed, "\n"),
    "publish in this order: npm/linux-x64, then the package itself"
  )
end)

t.test("names are data: folder of the leaves, README, package", function()
  local setup = machine.given({ settings = { npm = "dist/leaves" } })
  setup.override = {
    npm = {
      readme = function(input)
        return input.package .. " for " .. input.tag
      end,
    },
  }
  t.equal(succeeded(fake.run("npm", setup)).files["pkg/dist/leaves/linux-x64/README.md"], "@a/x for linux-x64")
end)

t.test("settings that mean nothing are told", function()
  refused(3, "npm: '../out' is no folder in the package", { settings = { npm = "../out" } })
  refused(3, "npm: '.' is no folder in the package", { settings = { npm = "." } })
  refused(3, "glibc must be a version or one for each tag, got 'old'", { settings = { glibc = "old" } })
  refused(3, "glibc: no version for linux-x64: 'old'", { settings = { glibc = { ["linux-x64"] = "old" } } })
  local odd = { settings = { tags = { "linux" } }, options = { tag = "linux" } }
  refused(3, "tags: 'linux' is no <platform>-<arch>", odd)
  refused(3, "libraries must be a list of texts", { settings = { libraries = "libfoo" } })
end)

t.test("a package without name or version", function()
  refused(4, "read /project/pkg/package.json: it has no 'version'", { files = { [CORE] = '{ "name": "x" }' } })
  refused(
    4,
    "read /project/pkg/package.json: its 'name' is no name",
    { files = { [CORE] = '{ "name": "a b", "version": "1.0.0" }' } }
  )
end)
