-- recipes/embed.lua --reset on a fake machine: the null stub on any tree, and no archive.

local fake = require("pienv.fake")
local t = require("pienv.test")

local MANIFEST = "pkg/native/embedded-addon.js"

local STUB = ([[

// Written by `pienv embed`: changes are lost.
// `pienv embed --reset` writes the null stub; see recipes/embed.lua.

/**
 * @typedef {{ variant: "modern" | "baseline" | "default", filename: string, size: number, sha256?: string }}
   EmbeddedAddonFile
 * @typedef {{ format: "tar.gz", filename: string, filePath: string }} EmbeddedAddonArchive
 * @typedef {{ platformTag: string, version: string, archive: EmbeddedAddonArchive, files: EmbeddedAddonFile[] }}
   EmbeddedAddon
 */

/** @type {EmbeddedAddon | null} */
export const embeddedAddon = null;
]]):gsub("\n   ", " ")

local function reset(files, fields)
  local setup = { settings = { addon = "x", package = "pkg" }, files = files, options = { reset = true } }
  for name, value in pairs(fields or {}) do
    setup[name] = value
  end
  local run = fake.run("embed", setup)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

local function commits(run)
  local count = 0
  for _, call in ipairs(run.calls) do
    count = count + (call[1] == "commit" and 1 or 0)
  end
  return count
end

t.test("R1 the null stub, byte by byte, and every archive removed, in one transaction", function()
  local run = reset({
    [MANIFEST] = "populated",
    ["pkg/native/embedded-addons.linux-x64.tar.gz"] = "a",
    ["pkg/native/embedded-addons.darwin-arm64.tar.gz"] = "b",
    ["pkg/native/embedded-addons.tar.gz"] = "none of ours",
    ["pkg/native/other.linux-x64.tar.gz"] = "none of ours",
    ["pkg/native/x.linux-x64-modern.node"] = "addon",
  })
  t.equal(run.files[MANIFEST], STUB)
  t.equal(run.files["pkg/native/embedded-addons.linux-x64.tar.gz"], nil)
  t.equal(run.files["pkg/native/embedded-addons.darwin-arm64.tar.gz"], nil)
  t.ok(run.files["pkg/native/embedded-addons.tar.gz"] and run.files["pkg/native/other.linux-x64.tar.gz"])
  t.equal(run.files["pkg/native/x.linux-x64-modern.node"], "addon")
  t.equal(commits(run), 1)
end)

t.test("R1 it wins over everything: no addon, no version, no variable and no setting is looked at", function()
  local env = { TARGET_PLATFORM = "nonsense", TARGET_ARCH = "../..", SOURCE_DATE_EPOCH = "never" }
  local settings = { addon = "x", package = "pkg", gzip_level = 99, sentinel = "s" }
  local run = reset({ ["pkg/package.json"] = "{ broken" }, { env = env, settings = settings })
  t.equal(run.files[MANIFEST], STUB)
end)

t.test("R2 without native/, and twice: the second run changes nothing", function()
  local first = reset({})
  t.equal(first.files[MANIFEST], STUB)
  local second = reset(first.files)
  t.equal(second.files[MANIFEST], STUB)
  t.equal(commits(second), 0)
  t.equal(second.outcomes.install.reason, "nothing changed")
end)

t.test("a reset writes the stub of every emitter", function()
  local settings = { addon = "x", package = "pkg", emitters = { "js", "json", "c" } }
  local run = reset({}, { settings = settings })
  t.equal(run.files["pkg/native/embedded-addon.json"], "null\n")
  t.contains(run.files["pkg/native/embedded-addon.h"], "#define EMBEDDED_ADDON_COUNT 0\n")
  t.equal(run.files[MANIFEST], STUB)
end)

t.test("the report names the stub and what was removed", function()
  local run = reset({ ["pkg/native/embedded-addons.linux-x64.tar.gz"] = "a" })
  t.equal(run.printed, {
    MANIFEST .. ": nothing is embedded",
    "pkg/native/embedded-addons.linux-x64.tar.gz: removed",
  })
end)

t.test("the stub embeds nothing for the cache either: it is taken as it is", function()
  local edits = require("recipes.cache.edits")
  t.equal(edits.stub({ name = "embedded-addon.js", bytes = STUB, companions = {} }), nil)
end)
