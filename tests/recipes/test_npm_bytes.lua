-- What `pienv npm` refuses to publish, by the bytes: each refusal names the file, and the symbol, library or path.

local fake = require("pienv.fake")
local t = require("pienv.test")

local machine = dofile("tests/lib/npm_machine.lua")

local elf, succeeded, refused = machine.elf, machine.succeeded, machine.refused

-- A run in which baseline is as `fields` say is refused with that reason.
local function refuses(reason, fields, settings)
  return refused(1, "Leaf linux-x64: x.linux-x64-baseline.node: " .. reason, {
    objects = { ["baseline%.node$"] = elf(fields) },
    settings = settings,
  })
end

t.test("another platform or architecture", function()
  refuses("its bytes are for aarch64, not linux-x64", { machine = "aarch64" })
  refuses("a PE file, not one for linux", { format = "pe" })
end)

t.test("a musl addon under a gnu tag", function()
  refuses("its bytes need musl libc, not gnu", { needed = { "libc.musl-x86_64.so.1" } })
end)

t.test("a file of another version; a longer sentinel is another's", function()
  local function holding(bytes, reason)
    refused(1, "Leaf linux-x64: x.linux-x64-baseline.node: " .. reason, { files = { [machine.BASELINE] = bytes } })
  end
  holding("__piNativesV1_0_01\0", "not of this version: no sentinel __piNativesV1_0_0, it has __piNativesV1_0_01")
  holding("nothing", "not of this version: no sentinel __piNativesV1_0_0, it has none")
  succeeded(machine.npm({ files = { [machine.BASELINE] = "x" }, settings = { sentinel = "" } }))
end)

t.test("baseline's name over bytes that need more", function()
  refuses("claims x86-64-v2, but its bytes need v3", { isa_needed = 3 })
end)

t.test("a newer glibc than the floor of the target, with the symbols; without a floor it is told", function()
  local needs = {
    versions = { { library = "libc.so.6", versions = { "GLIBC_2.14", "GLIBC_2.38" } } },
    symbol_versions = { memcpy = "GLIBC_2.14", strlcpy = "GLIBC_2.38" },
  }
  local reason = "needs GLIBC_2.38 of libc.so.6 (strlcpy), which glibc 2.28 has not"
  refuses(reason, needs, { glibc = "2.28" })
  refuses(reason, needs, { glibc = { ["linux-x64"] = "2.28" } })
  local run = succeeded(machine.npm({ objects = { ["baseline%.node$"] = elf(needs) } }))
  t.contains(table.concat(run.printed, "\n"), "    needs glibc 2.38")
end)

t.test("a library that not every system has, unless the project says so", function()
  local fields = { needed = { "libpcre2-8.so.0", "libc.so.6" } }
  refuses("needs libpcre2-8.so.0, which not every system has", fields)
  succeeded(machine.npm({
    objects = { ["baseline%.node$"] = elf(fields) },
    settings = { libraries = { "libpcre2-8.so.0" } },
  }))
  refuses("needs libpcre2-8.so.0, which not every system has", fields, { libraries = { "libpcre2-8xso.0" } })
end)

t.test("an undefined symbol that nobody has", function()
  refuses(
    "undefined symbol lost: neither Node-API nor of a needed library",
    { undefined = { "lost", "memcpy", "napi_create_object" } }
  )
end)

t.test("no entry for node", function()
  refuses("exports no napi_register_module_v1 and does not register itself", { exports = {} })
end)

t.test("paths of the build host: run paths, needed libraries, bytes", function()
  refuses(
    "looks for libraries in /opt/homebrew/lib, a path of the machine that built it",
    { runpath = "$ORIGIN:/opt/homebrew/lib" }
  )
  refuses("needs /opt/lib/libx.so, a path of the machine that built it", { needed = { "/opt/lib/libx.so" } })
  refused(
    1,
    "Leaf linux-x64: x.linux-x64-modern.node: holds the path /project/ of the machine that built it",
    { files = { [machine.MODERN] = "__piNativesV1_0_0 /project/src/a.c" } }
  )
end)

t.test("paths in the user's home are told, and a policy may refuse them", function()
  local function given()
    return machine.given({ files = { [machine.MODERN] = "__piNativesV1_0_0 /users/u/a" }, env = { HOME = "/users/u" } })
  end
  local run = succeeded(fake.run("npm", given()))
  t.contains(table.concat(run.printed, "\n"), "    names files in /users/u/ 1 times")
  local setup = given()
  setup.override = {
    npm = {
      host_paths = function(input)
        return { refused = { input.home .. "/" }, told = {} }
      end,
    },
  }
  t.contains(fake.run("npm", setup).failure.message, "holds the path /users/u/ of the machine that built it")
end)

local function of_platform(tag, name, info, message, settings)
  local objects = { ["arm64%.node$"] = info }
  local fields = { options = { tag = tag }, objects = objects, settings = settings }
  fields.files = { ["pkg/native/" .. name] = "__piNativesV1_0_0" }
  refused(1, ("Leaf %s: %s: %s"):format(tag, name, message), fields)
end

t.test("macOS: libraries, the oldest system, a signature on arm64", function()
  local function macho(fields)
    local info =
      elf({ format = "macho", machine = "aarch64", type = "dylib", imports = {}, run_paths = {}, needed = {} })
    info.platform, info.os_minimum, info.signature = "macos", "11.0", {}
    for name, value in pairs(fields) do
      info[name] = value
    end
    return info
  end
  local tag, name = "darwin-arm64", "x.darwin-arm64.node"
  local pcre = "/opt/homebrew/opt/pcre2/lib/libpcre2-8.0.dylib"
  of_platform(
    tag,
    name,
    macho({ imports = { { library = pcre, symbols = {}, weak = false } } }),
    "needs " .. pcre .. ", which the system does not have by itself"
  )
  of_platform(tag, name, macho({ os_minimum = "15.0" }), "needs macos 15.0, not 11.0", { macos = "11.0" })
  of_platform(tag, name, macho({ signature = false }), "not signed; macOS on arm64 kills what loads it")
  of_platform(
    tag,
    name,
    macho({ run_paths = { "/Users/runner/lib" } }),
    "looks for libraries in /Users/runner/lib, a path of the machine that built it"
  )
end)

t.test("Windows: libraries that come with a compiler", function()
  local info = elf({ format = "pe", type = "dll", machine = "aarch64", needed = {} })
  info.imports = { { library = "VCRUNTIME140.dll", symbols = {}, weak = false } }
  of_platform(
    "win32-arm64",
    "x.win32-arm64.node",
    info,
    "needs VCRUNTIME140.dll, which the system does not have by itself"
  )
end)

t.test("what is no object file", function()
  refused(
    1,
    "Leaf linux-x64: x.linux-x64-baseline.node: inspect /project/pkg/native/x.linux-x64-baseline.node: "
      .. "not an object file",
    { objects = { ["baseline%.node$"] = false, ["x64%.node$"] = false } }
  )
end)

t.test("a file that is replaced while it is copied is noticed", function()
  local setup = machine.given()
  setup.override = {
    npm = {
      steps = {
        install = {
          run = function(s, base)
            for _, leaf in ipairs(s.needs.leaf) do
              leaf.files[1].stat.size = leaf.files[1].stat.size + 1
            end
            return base(s)
          end,
        },
      },
    },
  }
  local run = fake.run("npm", setup)
  t.equal(run.failure.message, "x.linux-x64-baseline.node was changed meanwhile")
  t.equal(run.files[machine.CORE], machine.PACKAGE)
end)
