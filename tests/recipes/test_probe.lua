-- recipes/probe.lua on a fake machine, and its pure parts: the manifest's forms, what a runtime said.

local emit = require("recipes.embed.emit")
local fake = require("pienv.fake")
local json = require("pienv.json")
local manifests = require("recipes.addon.manifest")
local runtime = require("recipes.probe.runtime")
local t = require("pienv.test")

local SUM = ("0123456789abcdef"):rep(4)
local VARIANTS = { modern = { level = 3 }, baseline = { level = 2 } }

local function read(name, text)
  return manifests.read({ name = name, text = text, decode = json.decode })
end

local function emitted(form, manifest)
  local input = { form = form, stem = "e", folder = "../native/", variants = VARIANTS, manifest = manifest }
  return emit.emit(input)
end

local MANIFEST = {
  tag = "linux-x64",
  version = "1.0.0-rc.1",
  archive = "a.tar.gz",
  files = {
    { variant = "modern", filename = "x-modern.node", size = 7, sha256 = SUM },
    { variant = "baseline", filename = "x-baseline.node", size = 8, sha256 = SUM },
  },
}

t.test("what pienv embed writes is read back, in both forms", function()
  for _, form in ipairs({ "js", "json" }) do
    local file = emitted(form, MANIFEST)
    local found = read(file.name, file.text)
    t.equal({ found.platformTag, found.version, found.archive.filename }, { "linux-x64", "1.0.0-rc.1", "a.tar.gz" })
    t.equal(found.files, MANIFEST.files, form)
  end
end)

t.test("the null stub is no manifest", function()
  t.equal(read("e.js", emitted("js").text), false)
  t.equal(read("e.json", "null\n"), false)
end)

t.test("a manifest without digests is read, too", function()
  local text = emitted("js", MANIFEST).text:gsub(', sha256: "%x+"', "")
  t.equal(read("e.js", text).files[2], { variant = "baseline", filename = "x-baseline.node", size = 8 })
end)

t.test("anything else is told", function()
  local no_version = emitted("js", MANIFEST).text:gsub("version: .-\n", "")
  for _, text in ipairs({ "", "export const embeddedAddon = 7;", no_version }) do
    t.equal((read("e.js", text)), nil, text)
  end
  for _, text in ipairs({ "", "[]", "7", "{}", '{ "files": 7 }', emitted("json", MANIFEST).text:sub(1, 60) }) do
    local found, err = read("e.json", text)
    t.equal(found, nil, text)
    t.ok(err, text)
  end
end)

local function judged(stdout, result)
  local said = runtime.read({ stdout = stdout, decode = json.decode })
  result.wall = 1
  local main, worker = runtime.judge({ said = said, result = result, limit = 9 })
  return main.class .. (worker and " " .. worker.class or "")
end

local MAIN = '\npienv_probe:{"where":"main","exports":{"f":"function"}}\n'
local WORKER = '\npienv_probe:{"where":"worker","exports":{}}\n'

t.test("what a runtime said of both threads, and how it ended", function()
  t.equal(judged("noise" .. MAIN .. "noise" .. WORKER, { exit = 0 }), "ok ok")
  t.equal(judged('\npienv_probe:{"where":"main","error":"no"}\n', { exit = 0 }), "error")
  t.equal(judged(MAIN .. '\npienv_probe:{"where":"worker","error":"no"}\n', { exit = 0 }), "ok error")
  t.equal(judged("", { signal = "SIGILL" }), "crash")
  t.equal(judged(MAIN, { signal = "SIGSEGV" }), "ok crash")
  t.equal(judged(MAIN, { signal = "SIGTERM", timed_out = true }), "ok hang")
  t.equal(judged("", { exit = 0, timed_out = true }), "hang")
  t.equal(judged("", { exit = 0 }), "exit", "an addon that ends the process")
  t.equal(judged("pienv_probe:junk\n" .. MAIN .. WORKER, { exit = 1 }), "ok ok", "nobody else is taken for the child")
end)

local function elf(level)
  return {
    format = "elf",
    machine = "x86_64",
    type = "dyn",
    osabi = 0,
    needed = { "libc.so.6" },
    exports = { "napi_register_module_v1" },
    undefined = {},
    undefined_weak = {},
    versions = {},
    symbol_versions = {},
    tls_size = 0,
    isa_needed = level,
  }
end

local MODERN, BASELINE = "pkg/native/x.linux-x64-modern.node", "pkg/native/x.linux-x64-baseline.node"

local function probe(fields)
  local given = {
    settings = { addon = "x", package = "pkg", app = "xapp" },
    env = { HOME = "/h" },
    files = {
      ["pkg/package.json"] = '{ "name": "@t/x", "version": "1.0.0" }',
      [MODERN] = "modern __piNativesV1_0_0\0",
      [BASELINE] = "baseline __piNativesV1_0_0\0",
    },
    objects = { ["modern%.node$"] = elf(3), ["baseline%.node$"] = elf(2) },
  }
  for name, value in pairs(fields or {}) do
    given[name] = value
  end
  return fake.run("probe", given)
end

local function chosen(run)
  for _, line in ipairs(run.printed) do
    local file = line:match("^%*.* (%S+)$")
    if file then
      return file
    end
  end
end

t.test("the first that loads is chosen, and nothing is written", function()
  local run = probe()
  t.equal({ run.exit, chosen(run) }, { 0, MODERN })
  for _, call in ipairs(run.calls) do
    t.equal(call[1], "dlprobe")
  end
  t.equal(#run.calls, 1, "the others are not loaded")
  t.equal(#probe({ options = { all = true } }).calls, 2)
end)

t.test("where it crashes the next is chosen", function()
  local run = probe({ loads = { [MODERN] = { class = "crash", signal = "SIGILL", seconds = 0 } } })
  t.equal({ run.exit, chosen(run) }, { 0, BASELINE })
end)

t.test("none: exit 10, and the loader's words", function()
  local run = probe({ files = { ["pkg/package.json"] = '{ "name": "@t/x", "version": "1.0.0" }' } })
  t.equal(run.exit, 10)
  t.contains(
    run.printed[#run.printed],
    "Failed to load x native addon for linux-x64 (modern).\n\nTried:\n- /project/pkg"
  )
end)

t.test("order, mode and verdict are policy", function()
  local run = probe({
    override = {
      probe = {
        candidates = function(input, base)
          local list = base(input)
          list[1], list[2] = list[2], list[1]
          return list
        end,
        verdict = function(input, base)
          local found = base(input)
          return input.info.isa_needed == 3 and { class = "isa", reason = "not today", remarks = {} } or found
        end,
      },
    },
  })
  t.equal(chosen(run), BASELINE)
  t.contains(table.concat(run.printed, "\n"), "not today")
end)

t.test("loader_probe is another name, with the overrides of probe", function()
  local given = { files = { ["pkg/package.json"] = '{ "name": "@t/x", "version": "1.0.0" }' } }
  given.settings, given.env = { addon = "x", package = "pkg" }, { HOME = "/h" }
  given.override = {
    probe = {
      mode = function()
        return { mode = "compiled", because = "mine" }
      end,
    },
  }
  t.contains(fake.run("loader_probe", given).printed[1], "compiled: mine")
end)

t.test("a manifest that cannot be read, and a home that is not known, are told", function()
  local files =
    { ["pkg/package.json"] = '{ "name": "@t/x", "version": "1.0.0" }', ["pkg/native/embedded-addon.js"] = "x" }
  local run = probe({ files = files })
  t.equal(run.exit, 4)
  t.contains(run.failure.hint, "pienv embed --reset")
  run = probe({ env = {} })
  t.equal({ run.exit, run.failure.message }, { 4, "HOME is not set" })
  run = probe({ env = { HOME = "u" } })
  t.equal({ run.exit, run.failure.message }, { 4, "HOME is no absolute path" })
  t.equal(probe({ env = { PI_NATIVES_DIR = "/n" } }).failure, nil, "a folder that is named needs no home")
  run = probe({ settings = { addon = "x", package = "pkg", variables = { folders = "X" } } })
  t.equal({ run.exit, run.failure.message }, { 3, "variables: unknown name 'folders'" })
end)

t.test("options that mean nothing are refused, and nothing is loaded", function()
  local function refused(message, options)
    local run = probe({ options = options })
    t.equal({ run.exit, run.failure.message, run.calls }, { 4, message, {} })
  end
  refused("'Linux' is no target", { target = "Linux" })
  refused("limit must be at least 1 second", { limit = "0" })
  refused("glibc: 'old' is no version", { glibc = "old" })
  refused("darwin-arm64 is not loaded on linux-x64", { target = "darwin-arm64", load = "dlopen" })
  refused("darwin-arm64 is not loaded on linux-x64: there is nothing to extract", {
    target = "darwin-arm64",
    extract = "true",
  })
  refused("only a runtime loads other addons first", { after = "a.node" })
end)
