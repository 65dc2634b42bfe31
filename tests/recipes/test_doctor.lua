-- recipes/doctor.lua on a fake machine: nothing is changed without --fix, own checks, what is asked of node.

local fake = require("pienv.fake")
local json = require("pienv.json")
local t = require("pienv.test")

local machine = dofile("tests/lib/npm_machine.lua")

local MODERN, BASELINE = machine.MODERN, machine.BASELINE

-- What node answers: exports of the addon and of index.js, after whatever else they print.
local function node(exports)
  return function(spec)
    if spec.argv[1] == "getconf" then
      return { stdout = "glibc 2.36\n" }
    end
    return { stdout = "hello from the addon\n@pienv " .. json.encode({ exports = json.object(exports) }) .. "\n" }
  end
end

local function doctor(fields)
  local setup = machine.given(fields)
  setup.options = fields and fields.options or nil
  setup.files["/bin/node"], setup.modes = "node", { ["/bin/node"] = 493 }
  setup.env = { PATH = "/bin", HOME = fields and fields.home or "/users/u" }
  setup.env.PI_NATIVE_VARIANT = fields and fields.variant or nil
  setup.process = fields and fields.process or node({ f = "function" })
  return fake.run("doctor", setup)
end

-- Lines of the rows that were found.
local function found(run)
  t.equal(run.failure and run.failure.message, nil)
  local ids = {}
  for _, line in ipairs(run.printed) do
    ids[#ids + 1] = line:match("^FOUND (%S+)")
  end
  return table.concat(ids, " ")
end

t.test("nothing is found where all is well: exit 0, nothing is written", function()
  local run = doctor()
  t.equal({ found(run), run.exit }, { "", 0 })
  t.equal(run.printed[#run.printed], "13 checks, healthy")
  for _, call in ipairs(run.calls) do
    t.ok(call[1] == "process", call[1])
  end
end)

t.test("a home that is no absolute path is none", function()
  t.equal(doctor({ home = "u" }).exit, 0)
end)

t.test("what node prints beside its answer does not disturb, and no answer is told", function()
  local function silent(result)
    return doctor({
      process = function(spec)
        return spec.argv[1] == "getconf" and { stdout = "" } or result
      end,
    })
  end
  local run = silent({ signal = "SIGSEGV", stdout = "no answer" })
  t.equal({ found(run), run.exit }, { "P0701", 1 })
  t.contains(table.concat(run.printed, "\n"), "x.linux-x64-modern.node: loading it dies of SIGSEGV")
  t.contains(table.concat(silent({ exit = 7 }).printed, "\n"), "loading it ends the process with exit code 7")
  t.contains(table.concat(silent({ exit = 0, timed_out = true }).printed, "\n"), "loading did not finish within 60s")
end)

t.test("declared exports are compared: classes, functions and enums, each name once", function()
  local types = "export declare function f(): void\nexport declare class C {\nexport declare const enum E {\n"
    .. "export declare function g(): void\nexport declare function g(a: string): void\nexport interface I {\n"
  local files = { ["pkg/native/index.d.ts"] = types }
  local run = doctor({ files = files })
  t.equal(found(run), "P0702")
  local text = table.concat(run.printed, "\n")
  t.contains(text, "x.linux-x64-modern.node does not export C, g, which index.d.ts declares")
  t.contains(text, "pkg/native/index.js does not export C, E, g, which index.d.ts declares")
  run = doctor({ files = files, process = node({ f = "function", C = "function", E = "object", g = "function" }) })
  t.equal(found(run), "")
end)

t.test("the variant: a variable, a missing file, and a CPU that is not able", function()
  t.equal(found(doctor({ variant = "baseline" })), "P0703")
  t.equal(found(doctor({ files = { [MODERN] = false } })), "P0703")
  t.equal(found(doctor({ files = { [MODERN] = false }, host = { platform = "linux", arch = "x64", level = 2 } })), "")
end)

t.test("--fix heals, once, and only then something is changed", function()
  local files = {
    ["pkg/native/embedded-addon.js"] = "broken",
    ["pkg/native/embedded-addon.json"] = "broken",
    ["/users/u/.omp/natives/1.0.0/x.linux-x64-modern.node"] = "modern",
    ["/users/u/.omp/natives/1.0.0/x.linux-x64-baseline.node"] = "baseline",
    ["/users/u/.omp/natives/0.9.0/x.linux-x64-baseline.node"] = "baseline",
  }
  local run = doctor({ files = files })
  t.equal({ found(run), run.exit }, { "P0705", 1 })
  for name in pairs(files) do
    t.ok(run.files[name], name)
  end
  run = doctor({ files = files, options = { fix = "true" } })
  t.equal({ found(run), run.exit }, { "", 0 })
  t.equal(run.files["/users/u/.omp/natives/1.0.0/x.linux-x64-modern.node"], nil)
  t.ok(run.files["/users/u/.omp/natives/0.9.0/x.linux-x64-baseline.node"])
  local resets = 0
  for _, call in ipairs(run.calls) do
    resets = resets + ((call[2] or ""):find("embed %-%-reset$") and 1 or 0)
  end
  t.equal(resets, 1)
end)

t.test("a repair that fails leaves the row found, with the reason", function()
  local answer = node({ f = "function" })
  local run = doctor({
    files = { ["pkg/native/embedded-addon.js"] = "broken" },
    options = { fix = "true" },
    process = function(spec)
      return spec.argv[2] == "embed" and { exit = 1, stderr = "error[P0401]: no\nmore" } or answer(spec)
    end,
  })
  t.equal({ found(run), run.exit }, { "P0705", 1 })
  t.contains(table.concat(run.printed, "\n"), "      not fixed: error[P0401]: no")
end)

t.test("a project's own check that gives no list is told", function()
  local setup = machine.given()
  setup.options, setup.process = nil, node({})
  setup.files["/bin/node"], setup.modes, setup.env = "node", { ["/bin/node"] = 493 }, { PATH = "/bin" }
  setup.override = {
    doctor = {
      extra = {
        mine = {
          before = "repair",
          run = function()
            return true
          end,
        },
      },
    },
  }
  local run = fake.run("doctor", setup)
  t.equal({ run.exit, run.failure.message }, { 3, "the check 'mine' must return a list of findings" })
end)

t.test("a limit of no second and unknown variables are refused", function()
  local run = doctor({ options = { limit = "0" } })
  t.equal({ run.exit, run.failure.message }, { 4, "limit must be at least 1 second" })
  run = doctor({ settings = { variables = { folders = "X" } } })
  t.equal({ run.exit, run.failure.message }, { 3, "variables: unknown name 'folders'" })
end)

t.test("every row has a text of its id, and every place in its texts a value", function()
  local codes = require("pienv.cli.codes")
  local run = doctor({ files = { [MODERN] = false, [BASELINE] = false } })
  t.equal(found(run), "P0701")
  local values = require("recipes.doctor.report").values(
    { root = "/project", settings = { manifest = "m", build_command = "b", install_command = "i" } },
    {
      native = "/project/n",
      names = { "a" },
      variables = { variant = "V" },
      versioned = "v",
      leaf = "l",
      wanted = "w",
      package = "p",
      version = "1",
    },
    {}
  )
  for id, row in pairs(require("recipes.doctor.rows")) do
    t.ok(codes[id], id)
    for _, field in ipairs({ "symptom", "verify", "fix" }) do
      for place in row[field]:gmatch("{(%w+)}") do
        t.ok(values[place], id .. " " .. place)
      end
    end
  end
end)
