-- A fake machine with a package x and both addons of linux-x64, for tests of `pienv embed`. Read with dofile, because
-- tests are no modules.

local fake = require("pienv.fake")
local t = require("pienv.test")

local M = {
  ARCHIVE = "pkg/native/embedded-addons.linux-x64.tar.gz",
  MANIFEST = "pkg/native/embedded-addon.js",
  MODERN = "pkg/native/x.linux-x64-modern.node",
  BASELINE = "pkg/native/x.linux-x64-baseline.node",
}

function M.elf(level, machine)
  return { format = "elf", machine = machine or "x86_64", type = "dyn", isa_needed = level }
end

---Input of fake.run; what `fields` gives is added, false takes away.
function M.given(fields)
  local setup = {
    settings = { addon = "x", package = "pkg" },
    files = {
      ["pkg/package.json"] = '{ "version": "1.0.0" }',
      [M.MODERN] = "modern __piNativesV1_0_0\0",
      [M.BASELINE] = "baseline __piNativesV1_0_0\0",
    },
    objects = {
      ["modern%.node$"] = M.elf(3),
      ["baseline%.node$"] = M.elf(2),
      ["arm64%.node$"] = M.elf(nil, "aarch64"),
    },
  }
  for name, value in pairs(fields or {}) do
    if type(setup[name]) == "table" then
      for key, inner in pairs(value) do
        setup[name][key] = inner or nil
      end
    else
      setup[name] = value
    end
  end
  return setup
end

function M.embed(fields)
  return fake.run("embed", M.given(fields))
end

function M.succeeded(run)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

---A run that ends with that code and message, and writes nothing.
function M.refused(exit, message, fields)
  local run = M.embed(fields)
  t.equal({ run.exit, run.failure and run.failure.message }, { exit, message })
  t.equal({ run.files[M.ARCHIVE], run.files[M.MANIFEST] }, {}, "nothing is written")
  return run
end

return M
