-- pienv build: from sources to installed, verified addon files, for one target or several CPU variants in one run.
--
--   resolve, cpu, prepare, workspace, compile, locate, strip, declarations, exports, install, probe, report
--   cleanup, however the others end
--
-- Decisions are policy functions (recipes/addon.lua and recipes/build/): pure, and overridden by name in pienv.lua.
-- Nothing outside the build's own folder changes before `install`: one transaction over all files and variants.

local addon = require("recipes.addon")
local cargo = require("recipes.build.cargo")
local cc = require("recipes.build.cc")
local compiler = require("recipes.build.compiler")
local exports = require("recipes.build.exports")
local install = require("recipes.build.install")
local locate = require("recipes.build.locate")
local napi = require("recipes.build.napi")
local path = require("pienv.path")
local pienv = require("pienv")
local probe = require("recipes.build.probe")
local report = require("recipes.build.report")
local request = require("recipes.build.request")
local strip = require("recipes.build.strip")
local target_rules = require("recipes.build.target")
local verify = require("recipes.build.verify")
local workspace = require("recipes.build.workspace")

---@class build.job what a builder gets
---@field target build.target
---@field package string folder of the package, absolute
---@field cpu build.cpu
---@field work string folder of this build, absolute; removed at the end
---@field objects string folder for what only the builder needs
---@field out string folder for what it emits
---@field tools any what the builder's check returned

---@class build.result what a builder returns
---@field path? string the addon; when not given it is located in `out`
---@field declarations? string index.d.ts; when not given, out/index.d.ts if it is there

---@class build.builder a project may give such a table, or only its compile function, as `builder`
---@field tool? string said in messages: "cc build"
---@field check? fun(s: pienv.context, job: build.job): any finds tools before anything is touched
---@field cpu? fun(s: pienv.context, job: build.job): build.cpu refines what the policy chose, or refuses it
---@field preview? fun(c: pienv.context, target: build.target, cpu: build.cpu): string the build as a line of -n
---@field compile fun(s: pienv.context, job: build.job): build.result?

local builders = { napi = napi, cc = cc }

local settings = {
  builder = { default = "napi", about = "what compiles: a name, a function(s, job), or a table with it as `compile`" },
}
for _, more in ipairs({ addon.settings, napi.settings, cc.settings }) do
  for name, setting in pairs(more) do
    settings[name] = setting
  end
end

local function builder_of(s)
  local given = s.settings.builder
  if type(given) == "function" then
    return { tool = "build", compile = given }
  end
  return type(given) == "table" and given
    or builders[given]
    or s:fail(
      ("unknown builder '%s'"):format(tostring(given)),
      { exit = 3, hint = "known: napi, cc, or a function in pienv.lua" }
    )
end

local function package_of(s)
  return path.absolute(s.settings.package, s.root)
end

local function output_of(s)
  return path.join(package_of(s), s.settings.output)
end

-- Missing is an answer; any other failure to look is one of the build.
local function exists(s, file)
  local stat, err, code = s.fs.stat(file)
  return stat ~= nil or code ~= "ENOENT" and s:fail(err)
end

local function cpu_for(c, target)
  return c.policy.cpu({
    arch = target.arch,
    variant = target.variant,
    variants = c.settings.variants,
    cross = target.cross,
    listed = target.listed,
    rustflags = table.concat(cargo.caller(c.env).list, " "),
  })
end

local function preview(c)
  local builder, lines = builder_of(c), {}
  for i, target in ipairs(builder.preview and c.targets or {}) do
    lines[i] = builder.preview(c, target, cpu_for(c, target))
  end
  return lines
end

local steps = {}

steps.resolve = {
  about = "say what is built and find the builder's tools",
  per = "target",
  run = function(s)
    s:say(("Building %s for %s (%s)…"):format(s.settings.banner, s.target.id, s.target.profile))
    local builder = builder_of(s)
    return builder.check and builder.check(s, { target = s.target, package = package_of(s) })
  end,
}

steps.cpu = {
  about = "choose the CPU that the compiler may assume",
  per = "target",
  needs = { "resolve" },
  run = function(s)
    local cpu = cpu_for(s, s.target)
    local builder = builder_of(s)
    if builder.cpu then
      cpu = builder.cpu(s, { target = s.target, package = package_of(s), cpu = cpu, tools = s.needs.resolve })
    end
    s:because(cpu.about)
    return cpu
  end,
}

steps.prepare = {
  about = "make the output folder and sweep what dead builds left",
  needs = { "cpu" },
  run = function(s)
    workspace.prepare(s, output_of(s))
  end,
}

steps.workspace = {
  about = "make a folder for this build alone",
  per = "target",
  needs = { "prepare" },
  run = function(s)
    return workspace.create(s, output_of(s), s.target)
  end,
}

steps.compile = {
  about = "let the builder make the addon",
  per = "target",
  needs = { "workspace", "cpu", "resolve" },
  run = function(s)
    local work = s.needs.workspace
    local job = { target = s.target, package = package_of(s), cpu = s.needs.cpu, tools = s.needs.resolve, work = work }
    job.objects, job.out = path.join(work, "objects"), path.join(work, "out")
    local result = builder_of(s).compile(s, job) or {}
    local generated = path.join(job.out, "index.d.ts")
    return { path = result.path, declarations = result.declarations or exists(s, generated) and generated }
  end,
}

-- A file of ours may be moved and stripped. What a link leads to, or lies elsewhere, is copied.
local function is_ours(s, out, file)
  local stat = s.fs.stat(file, { follow = false })
  return path.dirname(file) == out and stat ~= nil and stat.type == "file"
end

-- The emitted file under its canonical name in out/.
local function canonical(s, out, file)
  local wanted, ours = path.join(out, s.target.filename), is_ours(s, out, file)
  if file == wanted and ours then
    return wanted
  end
  s:say(("Normalizing native addon filename: %s → %s"):format(path.basename(file), s.target.filename))
  local move = ours and s.fs.rename or s.fs.copy
  local ok, err = move(file, wanted)
  return ok and wanted or s:fail(err)
end

local function list(s, folder)
  local names, err = s.fs.list(folder)
  return names or s:fail(err)
end

steps.locate = {
  about = "find the addon of the target among what was emitted",
  per = "target",
  needs = { "compile", "workspace" },
  run = function(s)
    local out = path.join(s.needs.workspace, "out")
    if s.needs.compile.path then
      return canonical(s, out, path.absolute(s.needs.compile.path, s.root))
    end
    local naming = { addon = s.settings.addon, variants = s.settings.variants, tags = s.settings.tags }
    naming.filename = s.policy.filename
    local name, message, hint = s.policy.choose({
      tool = builder_of(s).tool or "build",
      dir = out,
      entries = list(s, out),
      canonical = s.target.filename,
      target = s.target,
      parse = function(entry)
        naming.name = entry
        return s.policy.parse(naming)
      end,
    })
    return name and canonical(s, out, path.join(out, name)) or s:fail(message, { hint = hint })
  end,
}

steps.strip = {
  about = "strip a release file; verify what the bytes say",
  per = "target",
  needs = { "locate", "cpu" },
  run = function(s)
    return { path = s.needs.locate, info = strip.run(s, s.needs.locate, s.needs.cpu), target = s.target }
  end,
}

local function types_of(s)
  return path.join(output_of(s), s.settings.types)
end

local function read_declarations(s, file)
  local bytes, err = s.fs.read(file)
  local about = { path = types_of(s), about = "declarations", source = file }
  return bytes or s:fail(install.failed(s, about, err))
end

steps.declarations = {
  about = "read index.d.ts; make const enums plain",
  needs = { "compile", "strip" },
  run = function(s)
    local text, from
    for _, result in ipairs(s.needs.compile) do
      if result.declarations then
        from = result.declarations
        local own = read_declarations(s, from)
        if text and own ~= text then
          s:fail("the targets of this run have different declarations", { hint = "build them in runs of their own" })
        end
        text = own
      end
    end
    if not text then
      s:skip("no index.d.ts: none was generated, and 'declarations' names none")
    end
    local plain, fixed = exports.plain_enums(text)
    return { text = plain, fixed = fixed, from = from }
  end,
}

steps.exports = {
  about = "derive the exports of index.js from the declarations",
  needs = { "declarations" },
  run = function(s)
    local declarations, index = s.needs.declarations, path.join(output_of(s), s.settings.index)
    if not declarations then
      s:skip("no index.d.ts")
    elseif not exists(s, index) then
      s:skip("no " .. s.settings.output .. "/" .. s.settings.index)
    end
    local symbols = exports.symbols(declarations.text)
    local old, err = s.fs.read(index)
    local given = { index = old or s:fail(err), path = index, types = s.settings.types, symbols = symbols }
    local text, message = exports.patch(given)
    if not text then
      s:fail(message)
    end
    if #symbols.left_out > 0 then
      local form = "Left out of %s, which takes plain names and literal values: %s"
      s:say(form:format(s.settings.index, table.concat(symbols.left_out, ", ")))
    end
    local form = "Generated %d explicit ESM exports in %s, fixed %d const enums in %s"
    s:say(form:format(exports.count(symbols), s.settings.index, declarations.fixed, s.settings.types))
    return { path = index, text = text }
  end,
}

-- A companion that has these bytes already stays as it is; one that cannot be read is replaced.
local function add_companion(s, files, file)
  if s.fs.read(file.path) ~= file.bytes then
    files[#files + 1] = file
  end
end

steps.install = {
  about = "put declarations, index.js and addons in place, all or none",
  needs = { "strip", "declarations", "exports" },
  run = function(s)
    local files, output = {}, output_of(s)
    local declarations = s.needs.declarations
    if declarations then
      local file = { path = types_of(s), about = "declarations", bytes = declarations.text, source = declarations.from }
      add_companion(s, files, file)
    end
    if s.needs.exports then
      add_companion(s, files, { path = s.needs.exports.path, bytes = s.needs.exports.text, about = "exports" })
    end
    local addons = {}
    for i, built in ipairs(s.needs.strip) do
      local file = { path = path.join(output, path.basename(built.path)), from = built.path, about = "addon" }
      files[#files + 1] = file
      addons[i] = { path = file.path, info = built.info, target = built.target }
    end
    install.run(s, files)
    return addons
  end,
}

steps.probe = {
  about = "load what was built for this machine",
  needs = { "install" },
  run = function(s)
    probe.run(s, s.needs.install)
  end,
}

steps.report = {
  about = "say what was installed",
  needs = { "install", "cpu", "probe" },
  run = function(s)
    local artifacts = {}
    for i, installed in ipairs(s.needs.install) do
      artifacts[i] = report.artifact(s, installed, s.needs.cpu[i])
      s.ui:event("artifact", report.event(s, artifacts[i]))
      for _, line in ipairs(report.lines(artifacts[i])) do
        s:print(line)
      end
    end
    s:say("Build complete.")
    return artifacts
  end,
}

steps.cleanup = {
  about = "remove the folder of this build",
  per = "target",
  needs = { "workspace", "report" },
  finally = true,
  run = function(s)
    if not s.needs.workspace then
      s:skip("nothing to remove")
    end
    workspace.remove(s, s.needs.workspace)
  end,
}

return pienv.recipe({
  about = "Build the native addon and install it with its declarations",
  settings = settings,
  options = request.options,
  policy = {
    filename = addon.filename,
    parse = addon.parse,
    detect = addon.detect,
    cross = target_rules.cross,
    profile = target_rules.profile,
    validate = target_rules.validate,
    validate_list = target_rules.validate_list,
    cpu = target_rules.cpu,
    choose = locate.choose,
    compilers = compiler.candidates,
    strip_tools = strip.tools,
    stripped = verify.stripped,
    claim = verify.claim,
    preview_label = napi.preview_label,
  },
  check = request.check,
  preview = preview,
  targets = request.targets,
  steps = steps,
  makes = function(c)
    return addon.made(addon.naming(c))
  end,
  clean = function(c)
    return workspace.leftovers(c, output_of(c))
  end,
})
