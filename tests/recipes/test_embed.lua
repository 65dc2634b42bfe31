-- recipes/embed.lua on a fake machine: candidates, archive and manifest, and what is data of the project.

local fake = require("pienv.fake")
local t = require("pienv.test")

local machine = dofile("tests/lib/embed_machine.lua")

local given, embed, succeeded, refused = machine.given, machine.embed, machine.succeeded, machine.refused
local ARCHIVE, MANIFEST, MODERN, BASELINE = machine.ARCHIVE, machine.MANIFEST, machine.MODERN, machine.BASELINE

-- Runs again on what a run left.
local function again(run)
  return embed({ files = run.files })
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

t.test("names are data of the project: folder, package, archive, manifest, variants, the file name policy", function()
  local setup = given({ files = { ["p/package.json"] = '{ "version": "1.0.0" }', ["p/out/lib-v4.so"] = "sentinel" } })
  setup.settings =
    { package = "p", output = "out", archive = "packed", manifest = "packed", variants = { v4 = { level = 4 } } }
  setup.settings.sentinel = "sentinel"
  setup.objects = { ["v4"] = machine.elf(4) }
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
