-- Builder "cc": C sources, a C compiler, one shared object with a Node-API entry.
--
-- Every file is marked with the CPU level it needs, twice over: the compiler marks each object with what it was allowed
-- to use (-mneeded), the linker the whole file with what its label claims (-z x86-64-vN). Where the two disagree, the
-- file says the higher one, and verification refuses the label. glibc 2.33 and later then refuses to load the file on a
-- lesser CPU instead of letting it die of an illegal instruction.

local parallel = require("pienv.parallel")
local path = require("pienv.path")
local program = require("recipes.build.program")
local rules = require("recipes.build.target")

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

local function candidates(s, target)
  local given = words(s.env.CC)
  if #given > 0 then
    return { given }
  end
  local list = {}
  for i, name in ipairs(target.cross_target and rules.compilers(target.cross_target) or { "cc" }) do
    list[i] = { name }
  end
  return list
end

-- CC may hold a launcher or options: "ccache gcc", "clang --target=aarch64-linux-gnu".
local function compiler(s, target)
  local names = {}
  for i, command in ipairs(candidates(s, target)) do
    if find_program(s, command[1]) then
      return command
    end
    names[i] = "'" .. command[1] .. "'"
  end
  s:fail(("cannot compile for %s: there is no C compiler %s"):format(target.id, table.concat(names, " or ")), {
    exit = 4,
    hint = s.env.CC and "CC names it: correct CC, or unset it"
      or "install one (Debian: apt-get install gcc libc6-dev), or name yours in CC",
  })
end

local function header_folders(s, package)
  local list, folder = {}, package
  repeat
    list[#list + 1] = path.join(folder, "node_modules/node-api-headers/include")
    local above = path.dirname(folder)
    local last = folder == s.root or above == folder
    folder = above
  until last
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
  return { compiler = compiler(s, job.target), headers = headers(s, job.package), sources = sources(s, job) }
end

-- Commands, pure ------------------------------------------------------------------------------------------------------

---@class cc.compilation
---@field job build.job
---@field marks boolean the compiler knows -mneeded
---@field source string
---@field object string
---@field root string project root: made relative in what the compiler writes down
---@field cflags string[] the project's
---@field env_cflags? string the caller's

---Arguments of one compilation. The project's flags come after ours and the caller's last, so that theirs win.
---@param input cc.compilation
---@return table
function M.compile_arguments(input)
  local cpu, march = input.job.cpu, nil
  if cpu.march then
    march = { "-march=" .. cpu.march, input.marks and "-mneeded" }
  end
  return {
    input.job.tools.compiler,
    { "-O2", "-fPIC", march, "-ffile-prefix-map=" .. input.root .. "=.", "-I" .. input.job.tools.headers },
    { input.cflags, words(input.env_cflags) },
    { "-c", input.source, "-o", input.object },
  }
end

---@class cc.link
---@field job build.job
---@field objects string[]
---@field output string
---@field ldflags string[] the project's
---@field env_ldflags? string the caller's
---@field libs string[]

---Arguments of the link.
---@param input cc.link
---@return table
function M.link_arguments(input)
  local level = input.job.cpu.level
  return {
    input.job.tools.compiler,
    { "-shared", "-o", input.output },
    input.objects,
    level and "-Wl,-z,x86-64-v" .. level,
    { input.ldflags, words(input.env_ldflags), input.libs },
  }
end

-- Build ---------------------------------------------------------------------------------------------------------------

-- Runs a tool; what it leaves in its temporary folder when it is killed goes with the build's own.
local function run(s, job, command)
  command.env = { TMPDIR = job.objects }
  return s:run(command)
end

-- GCC marks objects with the level they were compiled for; clang cannot, and leaves it to the linker's mark.
local function can_mark(s, job)
  if not job.cpu.march then
    return false
  end
  local probe = { job.tools.compiler, "-march=" .. job.cpu.march, "-mneeded", "-fsyntax-only", "-x", "c", "/dev/null" }
  probe.check = false
  local result = run(s, job, probe)
  return result ~= nil and result.exit == 0
end

local function compile_all(s, job)
  local marks = can_mark(s, job)
  return parallel.each(job.tools.sources, function(source, i)
    local object = path.join(job.objects, ("%d-%s.o"):format(i, path.basename(source)))
    local command = M.compile_arguments({
      job = job,
      marks = marks,
      source = source,
      object = object,
      root = s.root,
      cflags = s.settings.cflags,
      env_cflags = s.env.CFLAGS,
    })
    run(s, job, command)
    return object
  end)
end

-- What a toolchain knows: platform and architecture. The variant is the recipe's business (step locate).
local function emitted_name(target)
  return ("%s.%s-%s.node"):format(target.addon, target.platform, target.arch)
end

---Compiles and links into job.out.
---@param s pienv.context
---@param job build.job
---@return build.result
function M.compile(s, job)
  local objects = compile_all(s, job)
  local command = M.link_arguments({
    job = job,
    objects = objects,
    output = path.join(job.out, emitted_name(job.target)),
    ldflags = s.settings.ldflags,
    env_ldflags = s.env.LDFLAGS,
    libs = s.settings.libs,
  })
  run(s, job, command)
  local declarations = s.settings.declarations
  return { declarations = declarations and path.absolute(declarations, job.package) }
end

return M
