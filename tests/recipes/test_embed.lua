-- recipes/embed.lua on a fake machine: candidates, what is refused, archive and manifest, the null stub.

local fake = require("pienv.fake")
local t = require("pienv.test")

local ARCHIVE, MANIFEST = "pkg/native/embedded-addons.linux-x64.tar.gz", "pkg/native/embedded-addon.js"
local MODERN, BASELINE = "pkg/native/x.linux-x64-modern.node", "pkg/native/x.linux-x64-baseline.node"

local function elf(level, machine)
  return { format = "elf", machine = machine or "x86_64", type = "dyn", isa_needed = level }
end

local function given(fields)
  local setup = {
    settings = { addon = "x", package = "pkg" },
    files = {
      ["pkg/package.json"] = '{ "version": "1.0.0" }',
      [MODERN] = "modern __piNativesV1_0_0\0",
      [BASELINE] = "baseline __piNativesV1_0_0\0",
    },
    objects = { ["modern%.node$"] = elf(3), ["baseline%.node$"] = elf(2), ["arm64%.node$"] = elf(nil, "aarch64") },
  }
  for name, value in pairs(fields or {}) do
    if type(setup[name]) == "table" then
      for key, inner in pairs(value) do
        setup[name][key] = inner or nil
      end
    else
      setup[name] = value
    end
  end
  return setup
end

local function embed(fields)
  return fake.run("embed", given(fields))
end

local function succeeded(run)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

-- Runs again on what a run left.
local function again(run, fields)
  fields = fields or {}
  fields.files = run.files
  return embed(fields)
end

local function refused(exit, message, fields)
  local run = embed(fields)
  t.equal({ run.exit, run.failure and run.failure.message }, { exit, message })
  t.equal({ run.files[ARCHIVE], run.files[MANIFEST] }, {}, "nothing is written")
  return run
end

-- Members of the fake's archive.
local function members(run, archive)
  local names = {}
  for name in (run.files[archive or ARCHIVE] or ""):gmatch("x%.[%w-]+%.node") do
    names[#names + 1] = name
  end
  return names
end

local function writes(run)
  local names = {}
  for _, call in ipairs(run.calls) do
    if (call[1] == "write" or call[1] == "remove") and call[2]:find("^pkg/") then
      names[#names + 1] = call[1] .. " " .. call[2]
    end
  end
  return names
end

t.test("E1 E2 x64 packs modern, then baseline, never the plain name", function()
  local run = succeeded(embed({ files = { ["pkg/native/x.linux-x64.node"] = "plain" } }))
  t.equal(members(run), { "x.linux-x64-modern.node", "x.linux-x64-baseline.node" })
end)

t.test("E1 one of the candidates is enough", function()
  t.equal(members(succeeded(embed({ files = { [MODERN] = false } }))), { "x.linux-x64-baseline.node" })
end)

t.test("E1 other architectures have one file, of the variant default", function()
  local files = { ["pkg/native/x.linux-arm64.node"] = "__piNativesV1_0_0\0" }
  local run = succeeded(embed({ files = files, env = { TARGET_ARCH = "arm64" } }))
  t.equal(members(run, "pkg/native/embedded-addons.linux-arm64.tar.gz"), { "x.linux-arm64.node" })
  t.contains(run.files[MANIFEST], '\t\t{ variant: "default", filename: "x.linux-arm64.node", size: 18, sha256: "')
end)

t.test("E1 none of them: the error with the expected list", function()
  refused(
    4,
    "No native addons found for linux-x64. Expected one of:\n  - x.linux-x64-modern.node\n"
      .. "  - x.linux-x64-baseline.node",
    { files = { [MODERN] = false, [BASELINE] = false, ["pkg/native/x.linux-x64.node"] = "plain" } }
  )
  refused(
    4,
    "No native addons found for darwin-arm64. Expected one of:\n  - x.darwin-arm64.node",
    { env = { TARGET_PLATFORM = "darwin", TARGET_ARCH = "arm64" } }
  )
end)

t.test("E1 TARGET_VARIANT means nothing, empty variables are unset ones", function()
  local env = { TARGET_VARIANT = "baseline", TARGET_PLATFORM = "", TARGET_ARCH = "" }
  t.equal(#members(succeeded(embed({ env = env }))), 2)
end)

t.test("E1 what cannot be looked at, or is no file, is an error of its own", function()
  refused(
    1,
    "/project/" .. MODERN .. " is a directory, no file",
    { files = { [MODERN] = false, [MODERN .. "/a"] = "" } }
  )
end)

t.test("a platform that is not supported is told, before anything is looked at", function()
  refused(
    4,
    "Unsupported platform: linux-../x\nSupported platforms: linux-x64, linux-arm64, darwin-x64, darwin-arm64, "
      .. "win32-x64, win32-arm64",
    { env = { TARGET_ARCH = "../x" } }
  )
end)

-- Lines that are longer than ours may be are continued after three spaces.
local function unfold(text)
  return (text:gsub("\n   ", " "))
end

local POPULATED = [[

// Written by `pienv embed`: changes are lost.
// `pienv embed --reset` writes the null stub; see recipes/embed.lua.

/**
 * @typedef {{ variant: "modern" | "baseline" | "default", filename: string, size: number, sha256?: string }}
   EmbeddedAddonFile
 * @typedef {{ format: "tar.gz", filename: string, filePath: string }} EmbeddedAddonArchive
 * @typedef {{ platformTag: string, version: string, archive: EmbeddedAddonArchive, files: EmbeddedAddonFile[] }}
   EmbeddedAddon
 */

import archivePath from "../native/embedded-addons.linux-x64.tar.gz" with { type: "file" };

/** @type {EmbeddedAddon | null} */
export const embeddedAddon = {
	platformTag: "linux-x64",
	version: "1.0.0",
	archive: {
		format: "tar.gz",
		filename: "embedded-addons.linux-x64.tar.gz",
		filePath: archivePath,
	},
	files: [
		{ variant: "modern", filename: "x.linux-x64-modern.node", size: 25, sha256: "MODERN" },
		{ variant: "baseline", filename: "x.linux-x64-baseline.node", size: 27, sha256: "BASELINE" },
	],
};
]]

t.test("E3 the manifest of two variants, byte by byte", function()
  local sums = {}
  for name, bytes in pairs({ MODERN = "modern", BASELINE = "baseline" }) do
    sums[name] = require("pienv.sha256").hash(bytes .. " __piNativesV1_0_0\0")
  end
  local want = unfold(POPULATED):gsub('"(%u+)"', function(name)
    return '"' .. sums[name] .. '"'
  end)
  t.equal(succeeded(embed()).files[MANIFEST], want)
end)

t.test("archive and manifest are one transaction, the archive first; the work folder is gone", function()
  local run = succeeded(embed())
  local commits = 0
  for _, call in ipairs(run.calls) do
    commits = commits + (call[1] == "commit" and 1 or 0)
  end
  t.equal(commits, 1)
  t.equal(writes(run), { "write " .. ARCHIVE, "write " .. MANIFEST })
  for name in pairs(run.files) do
    t.ok(not name:find("%.pienv/embed/"), name)
  end
end)

t.test("a run that changes nothing writes nothing", function()
  local run = succeeded(again(succeeded(embed())))
  t.equal(writes(run), {})
  t.equal(run.outcomes.install.reason, "nothing changed")
end)

t.test("archives of other targets stay, and are told", function()
  local other = "pkg/native/embedded-addons.darwin-arm64.tar.gz"
  local run = succeeded(embed({ files = { [other] = "theirs" } }))
  t.equal(run.files[other], "theirs")
  t.contains(table.concat(run.printed, "\n"), "kept      embedded-addons.darwin-arm64.tar.gz")
end)

t.test("the report: archive, ratio, version, every file with size and digest, the manifest", function()
  local run = succeeded(embed())
  t.equal(run.printed[1], ARCHIVE)
  t.contains(run.printed[2], " of 52 bytes (")
  t.contains(run.printed[4], "  version   1.0.0")
  t.equal(run.printed[5], "  modern    x.linux-x64-modern.node  25 bytes")
  t.contains(run.printed[6], "sha256 ")
  t.equal(run.printed[#run.printed], MANIFEST)
end)

t.test("the bytes must be of the platform and architecture of the name", function()
  local next_step = "Build it again for that target, or remove it from the folder."
  local run = refused(
    1,
    "Native addon x.linux-x64-modern.node is named for linux-x64, but holds code for aarch64.",
    { objects = { ["modern%.node$"] = elf(3, "aarch64") } }
  )
  t.equal(run.failure.hint, next_step)
  local pe = { format = "pe", machine = "x86_64", type = "dll" }
  refused(
    1,
    "Native addon x.linux-x64-baseline.node is named for linux-x64, but is a PE file.",
    { objects = { ["baseline%.node$"] = pe } }
  )
  local program = { format = "elf", machine = "x86_64", type = "exec" }
  refused(
    1,
    "Native addon x.linux-x64-modern.node is named for linux-x64, but is no shared library (type exec).",
    { objects = { ["modern%.node$"] = program } }
  )
end)

t.test("what is no object file is refused", function()
  local message = "Native addon x.linux-x64-modern.node cannot be read: inspect /project/" .. MODERN
  refused(1, message .. ": not an object file", { objects = { ["modern%.node$"] = false } })
end)

t.test("a variant's bytes need exactly its level", function()
  local form = "Native addon x.linux-x64-%s.node claims variant %s (x86-64-v%d), but its bytes need x86-64-v%d."
  refused(1, form:format("modern", "modern", 3, 2), { objects = { ["modern%.node$"] = elf(2) } })
  refused(1, form:format("baseline", "baseline", 2, 3), { objects = { ["baseline%.node$"] = elf(3) } })
end)

t.test("a file that does not say which CPU it needs is embedded, and that is told", function()
  local run = succeeded(embed({ objects = { ["modern%.node$"] = elf(nil) } }))
  t.contains(table.concat(run.printed, "\n"), "does not say which CPU it needs, its name says x86-64-v3")
end)

t.test("E5 the exact sentinel of the version must be there: a longer one is another's", function()
  local function bytes(text)
    return { files = { [MODERN] = text } }
  end
  local other =
    "Native addon x.linux-x64-modern.node is of another version than 1.0.0: it holds %s, not __piNativesV1_0_0."
  refused(1, other:format("__piNativesV1_0_0_1"), bytes("__piNativesV1_0_0_1\0"))
  refused(
    1,
    other:format("__piNativesV0_9, __piNativesV0_8"),
    bytes("__piNativesV0_9\0__piNativesV0_8\0__piNativesV0_9")
  )
  local none = "Native addon x.linux-x64-modern.node does not say that it is of version 1.0.0: "
  refused(1, none .. "it holds no sentinel __piNativesV1_0_0.", bytes("__piNativesV"))
  succeeded(embed(bytes("the end of the file counts as an end: __piNativesV1_0_0")))
end)

t.test("the sentinel is data of the project: a form, a text, or none", function()
  local files = { [MODERN] = "mine-1_0_0-x", [BASELINE] = "mine-1_0_0-x" }
  succeeded(embed({ files = files, settings = { sentinel = "mine-{version}-x" } }))
  succeeded(embed({ files = files, settings = { sentinel = "mine-1_0_0" } }))
  succeeded(embed({ files = files, settings = { sentinel = "" } }))
  local message = "Native addon x.linux-x64-modern.node is of another version than 1.1: it holds mine_1, not mine_1_1."
  files[MODERN], files["pkg/package.json"] = "mine_1", '{ "version": "1.1" }'
  refused(1, message, { files = files, settings = { sentinel = "mine_{version}" } })
end)

t.test("the version is that of the package's package.json", function()
  local file = "/project/pkg/package.json"
  refused(4, "open " .. file .. ": No such file or directory", { files = { ["pkg/package.json"] = false } })
  refused(4, "read " .. file .. ": its 'version' is no version", { files = { ["pkg/package.json"] = "{}" } })
  local run = embed({ files = { ["pkg/package.json"] = "{" } })
  t.equal(run.exit, 4)
  t.contains(run.failure.message, "read " .. file .. ": parse JSON: line 1")
end)

t.test("a file that is replaced while it is packed is noticed", function()
  local setup = given()
  setup.override = {
    embed = {
      steps = {
        prepare = {
          run = function(s, base)
            s.fs.write(MODERN, "another one __piNativesV1_0_0\0")
            return base(s)
          end,
        },
      },
    },
  }
  local run = fake.run("embed", setup)
  t.equal(run.failure.message, "x.linux-x64-modern.node was changed while it was embedded")
  t.equal(run.files[ARCHIVE], nil)
end)

t.test("names are data of the project: folder, package, archive, manifest, variants, the file name policy", function()
  local setup = given({ files = { ["p/package.json"] = '{ "version": "1.0.0" }', ["p/out/lib-v4.so"] = "sentinel" } })
  setup.settings =
    { package = "p", output = "out", archive = "packed", manifest = "packed", variants = { v4 = { level = 4 } } }
  setup.settings.sentinel = "sentinel"
  setup.objects = { ["v4"] = elf(4) }
  setup.override = {
    ["*"] = {
      filename = function(target)
        return "lib-" .. (target.variant or "any") .. ".so"
      end,
    },
  }
  local run = succeeded(fake.run("embed", setup))
  t.contains(run.files["p/out/packed.js"], 'import archivePath from "../out/packed.linux-x64.tar.gz" with')
  t.contains(run.files["p/out/packed.js"], 'variant: "v4" | "default", filename')
  t.contains(run.files["p/out/packed.js"], '{ variant: "v4", filename: "lib-v4.so", size: 8, ')
end)

t.test("a file name policy that gives no file name, or one name twice, is refused", function()
  local function named(filename)
    local setup = given()
    setup.override = { ["*"] = { filename = filename } }
    return fake.run("embed", setup)
  end
  for _, name in ipairs({ "a/b", "a\\b", 'a"b', "..", "", "a\nb", "\xff" }) do
    local run = named(function()
      return name
    end)
    t.equal(run.exit, 3)
    t.contains(run.failure.message, "the policy 'filename' must give a file name for linux-x64, got ")
  end
  local twice = named(function()
    return "same.node"
  end)
  t.equal(twice.failure.message, "the policy 'filename' gives modern and baseline one name: same.node")
end)

t.test("how it is packed is a setting, and a wrong one is told", function()
  local function wrong(settings, message)
    refused(3, message, { settings = settings })
  end
  wrong({ gzip_level = 13 }, "gzip_level must be an integer from 0 to 12")
  wrong({ gzip_members = 2 }, "gzip_members must be 'many' or 1")
  wrong({ archive = "a/b" }, "archive: 'a/b' cannot begin a file name")
  wrong({ variants = { ['a"b'] = { level = 3 } } }, "variants: 'a\"b' cannot stand in a manifest")
  wrong({ threads = 0 }, "threads must be an integer from 1 to 64")
  local options
  local setup =
    given({ settings = { gzip_level = 1, gzip_members = 1, threads = 2 }, env = { SOURCE_DATE_EPOCH = "9" } })
  setup.override = {
    embed = {
      steps = {
        pack = {
          run = function(s, base)
            local write = s.archive.write
            s.archive = setmetatable({
              write = function(to, given_options)
                options = given_options
                return write(to, given_options)
              end,
            }, { __index = s.archive })
            return base(s)
          end,
        },
      },
    },
  }
  succeeded(fake.run("embed", setup))
  t.equal({ options.level, options.gzip_members, options.threads, options.mtime }, { 1, 1, 2, 9 })
  refused(4, "SOURCE_DATE_EPOCH is no time: 'now'", { env = { SOURCE_DATE_EPOCH = "now" } })
end)

t.test("emitters are policy: js, json, c, and a project's own", function()
  local setup = given({ settings = { emitters = { "json", "c", "toml" } } })
  setup.override = {
    embed = {
      emit = function(input, base)
        return input.form == "toml" and { name = "e.toml", text = "v = " .. tostring(input.manifest.version) }
          or base(input)
      end,
    },
  }
  local run = succeeded(fake.run("embed", setup))
  t.equal(run.files["pkg/native/e.toml"], "v = 1.0.0")
  t.equal(run.files[MANIFEST], nil, "js was not asked for")
  local value = require("pienv.json").decode(run.files["pkg/native/embedded-addon.json"])
  t.equal(
    { value.platformTag, value.version, value.archive.filename, #value.files, value.files[2].variant },
    { "linux-x64", "1.0.0", "embedded-addons.linux-x64.tar.gz", 2, "baseline" }
  )
  t.contains(run.files["pkg/native/embedded-addon.h"], "#define EMBEDDED_ADDON_COUNT 2\n")
end)

t.test("an emitter that nobody knows is told", function()
  local run = refused(3, "unknown emitter 'xml'", { settings = { emitters = { "xml" } } })
  t.contains(run.failure.hint, "js, json, c")
  refused(3, "emitters must be a list", { settings = { emitters = "js" } })
end)
