-- Builder "napi": a Rust crate with napi-rs, built by the `napi` program of @napi-rs/cli, which calls cargo.
--
-- Everything that can be missing is looked for before anything is touched. What cargo may leave differs by target and
-- CPU, so each kind of build has a folder of its own below cargo's target folder (docs/adr/0010-target-folders.md).

local cargo = require("recipes.build.cargo")
local crate = require("recipes.build.crate")
local linker = require("recipes.build.linker")
local mark = require("recipes.build.mark")
local napi_cli = require("recipes.build.napi_cli")
local output = require("recipes.build.output")
local path = require("pienv.path")
local program = require("recipes.build.program")
local rules = require("recipes.build.target")
local sccache = require("recipes.build.sccache")

local M = { tool = "napi build" }

M.settings = {
  runtime = { about = "JavaScript runtime that runs the napi CLI; node, else bun, when not given" },
  profiles = {
    default = { ["local"] = "local", ci = "ci" },
    about = 'cargo profiles: { ["local"] = "dev", ci = "release" }',
  },
  build_env = {
    default = { PCRE2_SYS_STATIC = "1" },
    about = "variables of the build that the caller has not set; in a run over a list of variants, all of them",
  },
  command = {
    default = "bun --cwd=packages/natives run build",
    about = "how this repository starts the build of one variant: said by -n",
  },
  cross_compile = {
    default = true,
    about = "cross builds through cargo-zigbuild or cargo-xwin; false: by the linker that cargo is told",
  },
}

---Finds what the build needs, before anything is touched; raises (exit 4) what is missing.
---@param s pienv.context
---@param job build.job
---@return build.crate
function M.check(s, job)
  return crate.check(s, { target = job.target, package = job.package, napi = napi_cli.find })
end

-- CPU -----------------------------------------------------------------------------------------------------------------

local function print_cfg(s, triple, flags, lld)
  local command = { s.env.RUSTC or "rustc", cargo.print_cfg({ flags = flags, triple = triple, lld = lld }) }
  command.check = false
  return s:run(command)
end

-- What rustc will assume with these flags, by its own word; and whether it knows the flag that turns LLD off.
local function ask_rustc(s, triple, flags)
  local result = print_cfg(s, triple, flags, true)
  if result and result.exit == 0 then
    return result.stdout, true
  end
  result = print_cfg(s, triple, flags, false)
  if result and result.exit == 0 then
    return result.stdout, false
  end
  local why = result and result.stderr:match("[^\n]+") or "it cannot be started"
  s:fail(("rustc does not tell what it assumes with '%s': %s"):format(table.concat(flags, " "), why), {
    exit = 4,
    hint = result and "correct RUSTFLAGS" or "install Rust (https://rustup.rs), or name yours in RUSTC",
  })
end

-- cargo takes the variable instead of its configuration, so what was meant for every build would be lost in silence.
local function tell_of_lost_flags(s)
  for _, file in ipairs(linker.configured(s, { "rustflags" })) do
    s:say(("rustflags of %s do not apply: cargo obeys RUSTFLAGS alone. Put them there."):format(file))
  end
end

-- musl's own default makes no shared libraries. napi says so, too, but only in RUSTFLAGS.
local DYNAMIC = "-Ctarget-feature=-crt-static"

-- zig's linker gets the mark as a file: in cargo's folder, because cargo compiles all again when a flag changes.
local function mark_file(s, job, level)
  local folder = mark.wanted(level) and linker.is_zig(s, job.target) and job.tools.target_dir
  return folder and path.join(folder, ("cpu-mark-v%d.o"):format(level)) or nil
end

---Adds to the CPU policy what is needed for rustc: the caller's flags stay, ours follow. For a labelled variant, the
---compiler's own word decides whether the label is true.
---@param s pienv.context
---@param job build.job
---@return build.cpu
function M.cpu(s, job)
  local cpu, target = job.cpu, job.target
  local flags = cargo.append(cargo.caller(s.env), program.words(cpu.rustflags))
  cpu.native = rules.target_cpu(table.concat(flags.list, " ")) == "native" or nil
  cpu.about = cpu.native and "native: only for CPUs like this machine's (RUSTFLAGS)" or cpu.about
  if cpu.level then
    local cfg, knows_lld = ask_rustc(s, target.cross_target, flags.list)
    local level = cargo.level(cfg)
    local message, hint =
      cargo.mislabel({ level = level, wanted = cpu.level, variant = target.variant, native = cpu.native })
    if message then
      s:fail(message, { exit = 4, hint = hint })
    end
    cpu.level, cpu.mark = level, mark_file(s, job, level)
    flags = cargo.append(
      flags,
      cargo.mark({
        level = level,
        platform = target.platform,
        given = flags.list,
        knows_lld = knows_lld,
        object = cpu.mark,
      })
    )
  end
  cpu.flags = target.libc == "musl" and cargo.append(flags, { DYNAMIC }) or flags
  if #cpu.flags.list > 0 then
    tell_of_lost_flags(s)
  end
  return cpu
end

-- Build ---------------------------------------------------------------------------------------------------------------

---@class napi.arguments
---@field manifest string Cargo.toml of the crate
---@field package_json string
---@field out string folder
---@field profile string
---@field cross_target? string
---@field cross_compile boolean through cargo-zigbuild or cargo-xwin

-- Only cargo-zigbuild knows the suffix of a glibc; for other linkers it is a limit that verification holds them to.
local function target_arguments(input)
  local triple = input.cross_target
  if triple and input.cross_compile then
    return { "--target", triple, "--cross-compile" }
  end
  return triple and { "--target", rules.bare_triple(triple) }
end

---Arguments of napi, in the order that its users know. Cargo's folder of the profile "dev" is named debug, which napi
---finds only when it is not named. Pure.
---@param input napi.arguments
---@return table
function M.arguments(input)
  local profile = input.profile ~= "dev" and { "--profile", input.profile }
  return {
    "build",
    { "--manifest-path", input.manifest, "--package-json-path", input.package_json },
    { "--platform", "--no-js", "--dts", "index.d.ts", "-o", input.out },
    profile,
    target_arguments(input),
  }
end

local function set_all(env, more)
  for name, value in pairs(more) do
    env[name] = value
  end
end

-- Variables of the project that the caller has not set, or all of them in a run over a list.
local function project_env(s, target)
  local env = {}
  for name, value in pairs(s.settings.build_env) do
    env[name] = (target.listed or not s.env[name]) and value or nil
  end
  return env
end

---The environment of the build, over the caller's.
---@param s pienv.context
---@param job build.job
---@return table<string, string|false>
function M.environment(s, job)
  local env = project_env(s, job.target)
  env.NO_COLOR = "1" -- nobody reads it on a terminal of its own
  env.TMPDIR = job.objects -- what a killed rustc leaves there goes with the build's own
  if job.tools.target_dir then
    env.CARGO_TARGET_DIR, env.CARGO_BUILD_TARGET_DIR = job.tools.target_dir, false
  end
  local triple = job.target.cross_target or job.tools.host_triple
  set_all(env, triple and cargo.cflags(s.env, triple) or {})
  if job.tools.linker then
    env[linker.variable(triple)] = job.tools.linker
  end
  set_all(env, cargo.environment(job.cpu.flags))
  return env
end

-- Names and values of a table as they would be set before a command, sorted.
local function assignments(env)
  local list = {}
  for name, value in pairs(env) do
    list[#list + 1] = name .. "=" .. value
  end
  table.sort(list)
  return list
end

---What stands in brackets for a build in the lines of -n.
---@param target build.target
---@return string
function M.preview_label(target)
  return target.variant or "default"
end

---One build as a line: the command that would do it alone, and what it would be given. Of a run over a list, that is
---the variant and its CPU, too.
---@param c pienv.context
---@param target build.target
---@param cpu build.cpu
---@return string
function M.preview(c, target, cpu)
  local words = { "DRY RUN", c.settings.command, "[" .. c.policy.preview_label(target) .. "]" }
  for _, assignment in ipairs(assignments(project_env(c, target))) do
    words[#words + 1] = assignment
  end
  if target.listed then
    words[#words + 1] = "TARGET_VARIANT=" .. target.variant
    words[#words + 1] = ('RUSTFLAGS="%s"'):format(cpu.rustflags)
  end
  return table.concat(words, " ")
end

local function run(s, job, command)
  local prefix = job.target.listed and job.target.variant .. ": " or ""
  local said, on_line = output.listen(function(text)
    s:say(prefix .. text)
  end, sccache.SIGNS)
  command.on_line, command.stdout, command.stderr, command.check = on_line, "lines", "lines", false
  local result, err = s:run(command)
  return result or s:fail(err), said
end

local function write_mark(s, cpu)
  local written, err = true, nil
  if cpu.mark then
    written, err = s.fs.write(cpu.mark, mark.object(cpu.level), { sync = false })
  end
  return written or s:fail(err)
end

local function fail(s, result, said)
  local how = result.exit and "exit " .. result.exit or result.signal
  s:fail(("napi build failed (%s)"):format(how), { output = output.sections(said), child_exit = result.exit })
end

---Compiles into job.out.
---@param s pienv.context
---@param job build.job
---@return build.result
function M.compile(s, job)
  local target, tools = job.target, job.tools
  local command = {
    tools.napi,
    M.arguments({
      manifest = tools.manifest,
      package_json = tools.package_json,
      out = job.out,
      profile = s.settings.profiles[target.profile],
      cross_target = target.cross_target,
      cross_compile = s.settings.cross_compile,
    }),
    env = M.environment(s, job),
  }
  local cleanup <close> = crate.occupy(s, tools.target_dir)
  crate.link_suffixed(s, target.cross_target, tools.target_dir)
  write_mark(s, job.cpu)
  local result, said = run(s, job, command)
  if result.exit ~= 0 and sccache.is_cause({ wrapper = s.env.RUSTC_WRAPPER, seen = said.seen }) then
    s:say(sccache.NOTICE)
    command.env = sccache.without(command.env)
    result, said = run(s, job, command)
  end
  if result.exit ~= 0 then
    fail(s, result, said)
  end
  local declarations = s.settings.declarations
  return { declarations = declarations and path.absolute(declarations, job.package) }
end

return M
