-- Builder "cc": C sources, a C compiler, one shared object with a Node-API entry.
--
-- Every file is marked with the CPU level it needs (recipes/build/mark.lua), twice over where the tools can: the
-- compiler marks each object with what it was allowed to use (-mneeded), the linker the whole file with what its label
-- claims. Where the two disagree, the file says the higher one, and verification refuses the label.

local compiler = require("recipes.build.compiler")
local cpu_macros = require("recipes.build.macros")
local mark = require("recipes.build.mark")
local parallel = require("pienv.parallel")
local path = require("pienv.path")
local program = require("recipes.build.program")
local zig = require("recipes.build.zig")

local M = { tool = "cc build" }

M.settings = {
  sources = { default = { "src/*.c" }, about = "patterns of C sources, from the package folder" },
  cflags = { default = {}, about = "flags of every compilation, before CFLAGS" },
  ldflags = { default = {}, about = "flags of the link, before LDFLAGS" },
  libs = { default = {}, about = 'libraries of the link: { "-lm" }' },
  node_headers = { about = "folder of node_api.h; looked for in the usual places when not given" },
  declarations = { about = "index.d.ts written by hand, from the package folder" },
}

local find_program, words = program.find, program.words

-- Tools ---------------------------------------------------------------------------------------------------------------

local function header_folders(s, package)
  local list = {}
  for i, folder in ipairs(path.upwards(package, s.root)) do
    list[i] = path.join(folder, "node_modules/node-api-headers/include")
  end
  local node = find_program(s, "node")
  local real = node and s.fs.realpath(node)
  list[#list + 1] = real and path.join(path.dirname(real), "../include/node") or nil
  list[#list + 1] = "/usr/include/node"
  list[#list + 1] = "/usr/local/include/node"
  return list
end

local function headers(s, package)
  local given = s.settings.node_headers
  local folders = given and { path.absolute(given, package) } or header_folders(s, package)
  for _, folder in ipairs(folders) do
    if s.fs.stat(path.join(folder, "node_api.h")) then
      return folder
    end
  end
  s:fail("cannot compile: node_api.h is in none of " .. table.concat(folders, ", "), {
    exit = 4,
    hint = given and "correct 'node_headers' in pienv.lua"
      or "npm install node-api-headers, or apt-get install libnode-dev, or set 'node_headers' in pienv.lua",
  })
end

-- Absolute paths, in the order of the settings.
local function sources(s, job)
  local files = {}
  for _, entry in ipairs(s.settings.sources) do
    local found, err = s.glob.find(job.package, entry)
    if not found or #found == 0 then
      local message = err or "no file matches '" .. entry .. "' in " .. job.package
      s:fail("cannot compile: " .. message, { exit = 4, hint = "correct 'sources' in pienv.lua" })
    end
    for _, name in ipairs(found) do
      files[#files + 1] = path.join(job.package, name)
    end
  end
  return files
end

---Finds what the build needs, before anything is touched; raises (exit 4) what is missing.
---@param s pienv.context
---@param job build.job
---@return { compiler: string[], headers: string, sources: string[] } tools
function M.check(s, job)
  return { compiler = compiler.find(s, job.target), headers = headers(s, job.package), sources = sources(s, job) }
end

-- Commands, pure ------------------------------------------------------------------------------------------------------

---@class cc.flags
---@field job build.job
---@field marks? boolean the compiler knows -mneeded
---@field cflags string[] the project's
---@field env_cflags? string the caller's
---@field root string project root: made relative in what the compiler writes down

---The compiler and what every run of it is told: our flags, the project's, and last the caller's, so that theirs win.
---@param input cc.flags
---@return table
function M.compiler_arguments(input)
  local march, command = input.job.cpu.march, input.job.tools.compiler
  if zig.is(command) then
    march = zig.cpu(march)
  elseif march then
    march = { "-march=" .. march, input.marks and "-mneeded" }
  end
  local own = { "-ffile-prefix-map=" .. input.root .. "=.", "-I" .. input.job.tools.headers }
  return { command, "-O2", "-fPIC", march, own, input.cflags, words(input.env_cflags) }
end

---@class cc.compilation: cc.flags
---@field source string
---@field object string

---Arguments of one compilation.
---@param input cc.compilation
---@return table
function M.compile_arguments(input)
  return { M.compiler_arguments(input), "-c", input.source, "-o", input.object }
end

---@class cc.link
---@field job build.job
---@field objects string[]
---@field output string
---@field ldflags string[] the project's
---@field env_ldflags? string the caller's
---@field libs string[]
---@field mark? string option or object that marks the file with its CPU level

---Arguments of the link.
---@param input cc.link
---@return table
function M.link_arguments(input)
  return {
    input.job.tools.compiler,
    { "-shared", "-o", input.output },
    input.objects,
    input.mark,
    { input.ldflags, words(input.env_ldflags), input.libs },
  }
end

-- Build ---------------------------------------------------------------------------------------------------------------

-- Runs a tool; what it leaves in its temporary folder when it is killed goes with the build's own.
local function run(s, job, command)
  command.env = { TMPDIR = job.objects }
  return s:run(command)
end

-- The macros that the compiler predefines under these flags; nil where it fails, which with `check` fails the build.
local function ask(s, job, flags, check)
  local output = path.join(job.objects, "macros")
  local command = { M.compiler_arguments(flags), "-E", "-dM", "-x", "c", "/dev/null", "-o", output, check = check }
  local result = run(s, job, command)
  if not result or result.exit ~= 0 then
    return nil
  end
  local macros, err = s.fs.read(output)
  return macros or s:fail(err)
end

-- The macros, and whether the compiler marks objects with the level that they were compiled for, as GCC does: tried.
-- One that fails for another reason must not seem to be one that cannot: it is asked again once it did without.
local function macros_of(s, job, flags)
  flags.marks = true
  local macros = ask(s, job, flags, false)
  if macros then
    return macros
  end
  flags.marks = false
  macros = ask(s, job, flags, true)
  flags.marks = true
  flags.marks = ask(s, job, flags, false) ~= nil
  return macros
end

-- Refuses flags that belie the label, whoever gave them.
local function check_cpu(s, flags)
  local job = flags.job
  if not job.cpu.level then
    return
  end
  local level = cpu_macros.level(macros_of(s, job, flags))
  local message, hint = cpu_macros.mislabel({ level = level, wanted = job.cpu.level, variant = job.target.variant })
  if message then
    s:fail(message, { exit = 4, hint = hint })
  end
end

local function compile_all(s, job)
  local flags = { job = job, cflags = s.settings.cflags, env_cflags = s.env.CFLAGS, root = s.root }
  check_cpu(s, flags)
  return parallel.each(job.tools.sources, function(source, i)
    local object = path.join(job.objects, ("%d-%s.o"):format(i, path.basename(source)))
    local compilation = { source = source, object = object }
    for name, value in pairs(flags) do
      compilation[name] = value
    end
    run(s, job, M.compile_arguments(compilation))
    return object
  end)
end

-- What a toolchain knows: platform and architecture. The variant is the recipe's business (step locate).
local function emitted_name(target)
  return ("%s.%s-%s.node"):format(target.addon, target.platform, target.arch)
end

local function is_marked(s, file)
  local info, err = s.object.inspect(file)
  return (info or s:fail(err)).isa_needed ~= nil
end

-- With the linker's own mark, or where it writes none, once more with an object that is the mark. What else is wrong
-- with a link fails the second time, too, and is told then.
local function link(s, job, input)
  local level = job.cpu.level
  if job.target.platform == "linux" and mark.wanted(level) then
    input.mark = mark.option(level)
    local command = M.link_arguments(input)
    command.check = false
    local result = run(s, job, command)
    if result and result.exit == 0 and is_marked(s, input.output) then
      return
    end
    s:because("the linker writes no CPU mark, so an object with it is linked in")
    input.mark = path.join(job.objects, "cpu-mark.o")
    local written, err = s.fs.write(input.mark, mark.object(level), { sync = false })
    if not written then
      s:fail(err)
    end
  end
  run(s, job, M.link_arguments(input))
end

---Compiles and links into job.out.
---@param s pienv.context
---@param job build.job
---@return build.result
function M.compile(s, job)
  local objects = compile_all(s, job)
  link(s, job, {
    job = job,
    objects = objects,
    output = path.join(job.out, emitted_name(job.target)),
    ldflags = s.settings.ldflags,
    env_ldflags = s.env.LDFLAGS,
    libs = s.settings.libs,
  })
  local declarations = s.settings.declarations
  return { declarations = declarations and path.absolute(declarations, job.package) }
end

return M
