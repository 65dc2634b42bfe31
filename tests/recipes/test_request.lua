-- recipes/build/request.lua: which origin of a value counts, and answers of policies from which nothing can be built.

local fake = require("pienv.fake")
local t = require("pienv.test")

-- The targets that a run has, sorted. There is no compiler: the run itself fails.
local function targets(env, override, options)
  local run = fake.run("build", { env = env, override = { build = override }, options = options })
  local ids = {}
  for id in pairs(run.outcomes) do
    ids[#ids + 1] = id:match("^resolve%[linux%-x64%-(.*)%]$")
  end
  table.sort(ids)
  return table.concat(ids, " ")
end

t.test("the environment's variant wins over the list of variants in pienv.lua", function()
  local both = { options = { variants = { default = { "modern", "baseline" } } } }
  t.equal(targets({}, both), "baseline modern")
  t.equal(targets({ TARGET_VARIANT = "baseline" }, both), "baseline")
  t.equal(targets({ TARGET_VARIANT = "baseline", TARGET_VARIANTS = "modern" }, both), "modern")
  t.equal(targets({ TARGET_VARIANTS = "modern baseline" }, both, { variant = "modern" }), "modern")
  t.equal(targets({ TARGET_VARIANTS = "nonsense" }, both, { variant = "modern" }), "modern", "what is not asked for")
end)

t.test("a policy's answer that names no file, and targets that are none, are errors of the project", function()
  local function refusal(overrides)
    local run = fake.run("build", { override = { build = overrides } })
    t.equal(#run.calls, 0, "nothing is touched")
    return run.exit .. " " .. run.failure.message
  end
  local function gives(value)
    return function()
      return value
    end
  end
  local form = "3 the policy 'filename' must give a file name for linux-x64-modern, got "
  t.equal(refusal({ filename = gives(nil) }), form .. "nil")
  t.equal(refusal({ filename = gives("../x.node") }), form .. "../x.node")
  t.equal(refusal({ detect = gives("fast") }), "3 variant fast is none of the setting 'variants'")
  t.equal(refusal({ targets = gives(nil) }), "3 recipe 'build': 'targets' gave no list, but nil")
  t.equal(refusal({ targets = gives({ {} }) }), "3 recipe 'build': target 1 has no 'id'")
  t.equal(refusal({ targets = gives({ { id = "a" }, { id = "a" } }) }), "3 recipe 'build': two targets have the id 'a'")
end)

t.test("the folder that receives the files is data of the project", function()
  local function prepared(settings)
    settings.builder, settings.node_headers, settings.package = "cc", "/inc", "pkg"
    local run = fake.run("build", {
      files = { ["/bin/cc"] = "", ["/inc/node_api.h"] = "", ["pkg/src/a.c"] = "" },
      modes = { ["/bin/cc"] = 493 },
      env = { PATH = "/bin" },
      settings = settings,
    })
    return run.calls[1][1] .. " " .. run.calls[1][2]
  end
  t.equal(prepared({}), "mkdirs pkg/native")
  t.equal(prepared({ output = "lib/addons" }), "mkdirs pkg/lib/addons")
end)
