-- Values and their origins: default < pienv.lua < environment < command line.

local options = require("pienv.options")
local recipe = require("pienv.recipe")
local t = require("pienv.test")

local function host_arch(host)
  return host.arch
end

local base = recipe.define(
  recipe.recipe({
    options = {
      arch = { env = "TARGET_ARCH", default = host_arch },
      level = { type = "integer", default = 1 },
      strip = { type = "boolean", default = true, env = "STRIP" },
      variant = { env = "TARGET_VARIANT", choices = { "modern", "baseline" }, default = "baseline" },
      variants = { type = "list", env = "TARGET_VARIANTS" },
    },
    steps = { s = { run = host_arch } },
  }),
  "sample",
  "sample.lua"
)

local function resolve(env, command_line, of)
  return options.resolve(of or base, { env = env, command_line = command_line, host = { arch = "x64" } })
end

t.test("each origin wins over the one before it", function()
  local values, origins = resolve({}, {})
  t.equal({ values.variant, origins.variant }, { "baseline", "default" })
  local mine = recipe.override(base, { options = { variant = { default = "modern" } } }, "p.lua", "sample")
  values, origins = resolve({}, {}, mine)
  t.equal({ values.variant, origins.variant }, { "modern", "pienv.lua" })
  values, origins = resolve({ TARGET_VARIANT = "baseline" }, {}, mine)
  t.equal({ values.variant, origins.variant }, { "baseline", "environment TARGET_VARIANT" })
  values, origins = resolve({ TARGET_VARIANT = "baseline" }, { variant = "modern" }, mine)
  t.equal({ values.variant, origins.variant }, { "modern", "command line" })
end)

t.test("an empty variable counts as unset", function()
  local values, origins = resolve({ TARGET_VARIANT = "", TARGET_ARCH = "" }, {})
  t.equal({ values.variant, values.arch, origins.arch }, { "baseline", "x64", "default" })
end)

t.test("types are read from text", function()
  local values = resolve({ STRIP = "no" }, { level = "4", variants = "modern, baseline" })
  t.equal({ values.level, values.strip, values.variants }, { 4, false, { "modern", "baseline" } })
end)

t.test("a wrong value names the option, the value and the choices", function()
  local f = t.raises(resolve, { TARGET_VARIANT = "fast" }, {})
  t.equal(f.message, "TARGET_VARIANT: 'fast' is not one of modern, baseline")
  t.equal({ f.hint, f.exit }, { "choices: modern, baseline", 2 })
  t.contains(t.raises(resolve, {}, { level = "1.5" }).message, "--level: '1.5' is not a whole number")
  t.contains(t.raises(resolve, {}, { strip = "maybe" }).message, "--strip: 'maybe' is not true or false")
end)

t.test("a default of the wrong type is an error of the file that has it", function()
  local function default(type, value, origin)
    local spec = { options = { o = { type = type, default = value, origin = origin } } }
    local ok, raised = pcall(options.resolve, spec, { env = {}, command_line = {}, host = {} })
    return ok and "fine" or raised.exit .. " " .. raised.message .. "; " .. raised.hint
  end
  local form = "3 the default of option 'o' must be %s; correct it in %s"
  t.equal(default("list", "modern", "pienv.lua"), form:format("a list, got string", "pienv.lua: { ... }"))
  t.equal(default("boolean", "yes"), form:format("a boolean, got string", "the recipe"))
  t.equal(default("integer", 1.5), form:format("an integer, got number", "the recipe"))
  t.equal(default("list", { "a" }), "fine")
  t.equal(default(nil, nil), "fine")
end)
