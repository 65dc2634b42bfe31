-- recipes/build/strip.lua: which programs strip a release, on a fake machine.

local fake = require("pienv.fake")
local strip = require("recipes.build.strip")
local t = require("pienv.test")

-- A release for arm64 on a machine that has the strips that `works` names; others fail.
local function build(works, override)
  local tried = {}
  local run = fake.run("build", {
    settings = {
      addon = "x",
      package = ".",
      builder = function(s, job)
        assert(s.fs.write(job.out .. "/" .. job.target.filename, "x"))
      end,
    },
    options = { arch = "arm64", cross_target = "aarch64-unknown-linux-gnu" },
    objects = {
      ["arm64.*%.node$"] = {
        machine = "aarch64",
        type = "dyn",
        needed = {},
        versions = {},
        sections = { { name = "" }, { name = ".text" } },
        exports = { "napi_register_module_v1" },
        undefined = {},
      },
    },
    process = function(spec)
      tried[#tried + 1] = spec.argv[1]
      return { exit = works[spec.argv[1]] and 0 or 1 }
    end,
    override = override,
  })
  t.equal(run.failure and run.failure.message, nil)
  return run.outcomes["strip[linux-arm64]"].reason, tried
end

t.test("S2 strip tools: llvm-strip, those of the triple with and without vendor, the machine's own", function()
  t.equal(strip.tools({}), { "llvm-strip", "strip" })
  t.equal(
    strip.tools({ cross_target = "aarch64-unknown-linux-gnu.2.17" }),
    { "llvm-strip", "aarch64-unknown-linux-gnu-strip", "aarch64-linux-gnu-strip", "strip" }
  )
end)

t.test("a file of another machine is stripped by the binutils of its triple", function()
  local reason, tried = build({ ["aarch64-linux-gnu-strip"] = true, strip = true })
  t.equal(reason, "stripped by aarch64-linux-gnu-strip")
  t.equal(tried, { "llvm-strip", "aarch64-unknown-linux-gnu-strip", "aarch64-linux-gnu-strip" })
end)

t.test("the tools that strip are policy", function()
  local own = function(_, base)
    return { "own-strip", table.unpack(base({})) }
  end
  local reason, tried = build({ ["own-strip"] = true }, { build = { strip_tools = own } })
  t.equal(reason, "stripped by own-strip")
  t.equal(tried, { "own-strip" })
end)
