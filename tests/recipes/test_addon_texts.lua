-- recipes/addon/{texts,policy}.lua: the diagnostics, letter by letter, and the whole policy as data.

local addon = require("recipes.addon")
local json = require("pienv.json")
local loading = require("recipes.addon.loading")
local policy = require("recipes.addon.policy")
local t = require("pienv.test")
local texts = require("recipes.addon.texts")

local function stock()
  local settings = {}
  for _, more in ipairs({ addon.settings, loading.settings }) do
    for name, setting in pairs(more) do
      settings[name] = setting.default
    end
  end
  return settings
end

local function failure(fields)
  local input = stock()
  input.platform, input.arch, input.variant, input.mode = "linux", "x64", "baseline", "compiled"
  input.folder = input.package
  input.package, input.version, input.versioned = "@oh-my-pi/pi-natives", "17.0.5", "/u/.omp/natives/17.0.5"
  input.names = { "pi_natives.linux-x64-baseline.node", "pi_natives.linux-x64.node" }
  input.attempts = {
    { error = "embedded addon dir: EACCES" },
    { path = "/v/pi_natives.linux-x64-baseline.node", error = "Cannot find module" },
  }
  for name, value in pairs(fields or {}) do
    input[name] = value or nil
  end
  return texts.failure(input)
end

t.test("D1 D2 the text of a compiled program, without a URL that may be dead", function()
  t.equal(
    failure(),
    [[
Failed to load pi_natives native addon for linux-x64 (baseline).

Tried:
- embedded addon dir: EACCES
- /v/pi_natives.linux-x64-baseline.node: Cannot find module

The compiled binary should extract one of:
  /u/.omp/natives/17.0.5/pi_natives.linux-x64-baseline.node
  /u/.omp/natives/17.0.5/pi_natives.linux-x64.node
If missing, delete /u/.omp/natives/17.0.5 and re-run.]]
  )
end)

t.test("D2 a project that publishes its files gives their URL", function()
  local name = "pi_natives.linux-x64-baseline.node"
  local line = '  curl -fsSL "https://example.com/v17.0.5/%s" -o "/u/.omp/natives/17.0.5/%s"\n  curl '
  t.contains(
    failure({ download = "https://example.com/v{version}/{name}" }),
    "\nIf missing, delete /u/.omp/natives/17.0.5 and re-run, or download manually:\n" .. line:format(name, name)
  )
end)

t.test("D3 the text of an installed package", function()
  t.contains(
    failure({ mode = "install", variant = false }),
    [[
Failed to load pi_natives native addon for linux-x64.
]]
  )
  t.contains(
    failure({ mode = "install" }),
    [[


If installed via npm/bun, try reinstalling: bun install @oh-my-pi/pi-natives
If developing locally, build with: bun --cwd=packages/natives run build
Optional x64 variants: TARGET_VARIANT=baseline|modern bun --cwd=packages/natives run build]]
  )
  t.ok(not failure({ mode = "install", variants = {} }):find("Optional"), "a project without variants")
end)

t.test("D4 a platform without support", function()
  t.equal(
    failure({ platform = "sunos", tags = { "linux-x64", "darwin-arm64" } }),
    [[
Unsupported platform: sunos-x64
Supported platforms: linux-x64, darwin-arm64
If you need support for this platform, please open an issue.]]
  )
end)

t.test("D6 reinstall or restart", function()
  local input = { path = "/x.node", package = "@oh-my-pi/pi-natives", version = "17.0.5", app = "omp" }
  input.sentinel, input.resident = "__piNativesV17_0_5", "__piNativesV17_0_4"
  input.verdict = "reinstall"
  t.equal(
    texts.version(input),
    "Loaded /x.node but it does not expose the @oh-my-pi/pi-natives@17.0.5 version sentinel (`__piNativesV17_0_5`). "
      .. "The .node file on disk is from a different release than this loader — reinstall to re-sync."
  )
  input.verdict = "restart"
  local text = texts.version(input)
  t.contains(text, "Loaded /x.node but it does not expose the @oh-my-pi/pi-natives@17.0.5 version sentinel")
  t.contains(text, "`__piNativesV17_0_4`")
  t.equal(text:sub(-61), "restart omp to pick up 17.0.5 (reinstalling changes nothing).", text)
end)

t.test("a form's places are filled, once, and a place without a value stays", function()
  t.equal(loading.fill("{a}{b}{c}%1", { a = "{b}", b = 7 }), "{b}7{c}%1")
end)

t.test("the policy as data: plain, and enough for a loader of another language", function()
  local data = policy.data({ settings = stock(), package = "@a/n", version = "1.0.1-rc.2" })
  t.equal(data.sentinel, { wanted = "__piNativesV1_0_1_rc_2", stem = "__piNativesV" })
  t.equal(data.variants, { { name = "modern", level = 3 }, { name = "baseline", level = 2 } })
  t.equal(data.targets["linux-x64"].names, {
    modern = {
      "pi_natives.linux-x64-modern.node",
      "pi_natives.linux-x64-baseline.node",
      "pi_natives.linux-x64.node",
    },
    baseline = { "pi_natives.linux-x64-baseline.node", "pi_natives.linux-x64.node" },
    default = { "pi_natives.linux-x64.node" },
  })
  t.equal(data.targets["win32-arm64"], {
    names = { default = { "pi_natives.win32-arm64.node" } },
    leaf = "@a/n-win32-arm64",
  })
  t.equal(data.commands.install, "bun install @a/n")
  t.equal(data.commands.build, "bun --cwd=packages/natives run build")
  t.equal(json.decode(json.encode(data)), data)
  t.ok(not json.encode(data):find("{}", 1, true), "no list became an object")
end)

t.test("the policy as data follows the project's own names", function()
  local settings = stock()
  settings.variables = { compiled = "ACME_COMPILED" }
  local function filename(target)
    return target.arch .. (target.variant or "") .. ".node"
  end
  local data = policy.data({ settings = settings, package = "n", version = "1.0.0", filename = filename })
  t.equal(data.variables.compiled, "ACME_COMPILED")
  t.equal(data.targets["linux-x64"].names.baseline, { "x64baseline.node", "x64.node" })
  settings.variables = { wrong = "X" }
  local _, err = policy.data({ settings = settings, package = "n", version = "1.0.0" })
  t.equal(err, "variables: unknown name 'wrong'")
end)
