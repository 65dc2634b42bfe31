-- A fake machine with a package @a/x and both addons of linux-x64, for tests of `pienv npm`. Read with dofile, because
-- tests are no modules.

local fake = require("pienv.fake")
local t = require("pienv.test")

local M = {
  MODERN = "pkg/native/x.linux-x64-modern.node",
  BASELINE = "pkg/native/x.linux-x64-baseline.node",
  PLAIN = "pkg/native/x.linux-x64.node",
  CORE = "pkg/package.json",
  LEAF = "pkg/npm/linux-x64/",
  PACKAGE = '{\n\t"name": "@a/x",\n\t"version": "1.0.0",\n\t"main": "native/index.js",\n\t"license": "MIT"\n}\n',
}

---What pienv.object says of a sound addon; `fields` differ.
function M.elf(fields)
  local info = {
    format = "elf",
    machine = "x86_64",
    type = "dyn",
    exports = { "napi_register_module_v1" },
    undefined = { "memcpy" },
    undefined_weak = {},
    needed = { "libc.so.6" },
    versions = { { library = "libc.so.6", versions = { "GLIBC_2.14" } } },
    symbol_versions = { memcpy = "GLIBC_2.14" },
    tls_size = 0,
  }
  for name, value in pairs(fields or {}) do
    info[name] = value
  end
  return info
end

---Input of fake.run; what `fields` gives is added, false takes away.
function M.given(fields)
  local setup = {
    settings = { addon = "x", package = "pkg" },
    options = { tag = "linux-x64" },
    files = {
      [M.CORE] = M.PACKAGE,
      ["pkg/native/index.js"] = "export const x = 1;",
      [M.MODERN] = "modern __piNativesV1_0_0\0",
      [M.BASELINE] = "baseline __piNativesV1_0_0\0",
    },
    objects = {
      ["modern%.node$"] = M.elf({ isa_needed = 3 }),
      ["baseline%.node$"] = M.elf({ isa_needed = 2 }),
      ["x64%.node$"] = M.elf(),
      ["arm64%.node$"] = M.elf({ machine = "aarch64" }),
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

function M.npm(fields)
  return fake.run("npm", M.given(fields))
end

function M.succeeded(run)
  t.equal(run.failure and run.failure.message, nil)
  return run
end

---A run that ends with that code and message, and writes nothing.
function M.refused(exit, message, fields)
  local run = M.npm(fields)
  t.equal({ run.exit, run.failure and run.failure.message }, { exit, message })
  for _, call in ipairs(run.calls) do
    t.ok(call[1] ~= "write" and call[1] ~= "remove", "nothing is written")
  end
  return run
end

---What a run changed in the package.
function M.changes(run)
  local list = {}
  for _, call in ipairs(run.calls) do
    if (call[1] == "write" or call[1] == "remove") and call[2]:find("^pkg/") then
      list[#list + 1] = call[1] .. " " .. call[2]
    end
  end
  return list
end

return M
