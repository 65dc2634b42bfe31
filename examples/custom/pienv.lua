-- Everything that a repository may decide for itself, without touching or recompiling pienv:
-- other file names, a third CPU variant, a builder of its own, and a step of its own.
local pienv = require("pienv")

-- A builder is a function of the step's context and the job. This one needs no list of sources: one file, one command.
local function one_file(s, job)
  local level = job.cpu.level
  local output = job.out .. "/" .. job.target.filename
  s:run({
    s.env.CC or "cc",
    "-shared",
    "-fPIC",
    "-O3",
    level and { "-march=x86-64-v" .. level, "-Wl,-z,x86-64-v" .. level },
    { "-I", s.env.NODE_HEADERS or "/usr/include/node" },
    { "-o", output, job.package .. "/src/count.c" },
  })
  return { path = output }
end

-- Writes "SHA256  NAME" of every addon of the run beside them, as `sha256sum --check` reads it.
local function write_sums(s)
  local lines = {}
  for i, installed in ipairs(s.needs.install) do
    local name = installed.path:match("[^/]+$")
    lines[i] = assert(s.sha256.file(installed.path)) .. "  " .. name .. "\n"
  end
  local ok, err = s.fs.write("native/SHA256SUMS", table.concat(lines))
  return ok or s:fail(err)
end

return pienv.project({
  addon = "count",
  package = ".",
  banner = "count",
  builder = one_file,
  variants = { v4 = { level = 4 }, modern = { level = 3 }, baseline = { level = 2 } },
  override = {
    ["*"] = {
      filename = function(target, base)
        return "lib" .. base(target):gsub("%.node$", "") .. ".addon.node"
      end,
    },
    build = {
      options = { variants = { default = { "v4", "modern", "baseline" } } },
      extra = {
        sums = { about = "write SHA256SUMS", after = "install", before = "report", run = write_sums },
      },
    },
  },
})
