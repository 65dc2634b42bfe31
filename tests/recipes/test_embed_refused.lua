-- recipes/embed.lua on a fake machine: addons that are not what their names say.

local fake = require("pienv.fake")
local t = require("pienv.test")

local machine = dofile("tests/lib/embed_machine.lua")

local embed, elf, succeeded, refused = machine.embed, machine.elf, machine.succeeded, machine.refused
local MODERN, BASELINE = machine.MODERN, machine.BASELINE

t.test("the bytes must be of the platform and architecture of the name", function()
  local next_step = "Build it again for that target, or remove it from the folder."
  local run = refused(
    1,
    "Native addon x.linux-x64-modern.node is named for linux-x64, but holds code for aarch64.",
    { objects = { ["modern%.node$"] = elf(3, "aarch64") } }
  )
  t.equal(run.failure.hint, next_step)
  local pe = { format = "pe", machine = "x86_64", type = "dll" }
  refused(
    1,
    "Native addon x.linux-x64-baseline.node is named for linux-x64, but is a PE file.",
    { objects = { ["baseline%.node$"] = pe } }
  )
  local fat = { format = "macho", machine = "fat", type = "fat", slices = { { machine = "aarch64", type = "dylib" } } }
  refused(1, "Native addon x.darwin-x64-modern.node is named for darwin-x64, but has no slice for x64.", {
    env = { TARGET_PLATFORM = "darwin" },
    files = { ["pkg/native/x.darwin-x64-modern.node"] = "fat" },
    objects = { ["darwin"] = fat, ["modern%.node$"] = false },
  })
  local program = { format = "elf", machine = "x86_64", type = "exec" }
  refused(
    1,
    "Native addon x.linux-x64-modern.node is named for linux-x64, but is no shared library (type exec).",
    { objects = { ["modern%.node$"] = program } }
  )
end)

t.test("what is no object file is refused", function()
  local message = "Native addon x.linux-x64-modern.node cannot be read: inspect /project/" .. MODERN
  refused(1, message .. ": not an object file", { objects = { ["modern%.node$"] = false } })
end)

t.test("a variant's bytes need exactly its level", function()
  local form = "Native addon x.linux-x64-%s.node claims variant %s (x86-64-v%d), but its bytes need x86-64-v%d."
  refused(1, form:format("modern", "modern", 3, 2), { objects = { ["modern%.node$"] = elf(2) } })
  refused(1, form:format("baseline", "baseline", 2, 3), { objects = { ["baseline%.node$"] = elf(3) } })
end)

t.test("a file that does not say which CPU it needs is embedded, and that is told", function()
  local run = succeeded(embed({ objects = { ["modern%.node$"] = elf(nil) } }))
  t.contains(table.concat(run.printed, "\n"), "does not say which CPU it needs, its name says x86-64-v3")
end)

t.test("E5 the exact sentinel of the version must be there: a longer one is another's", function()
  local function bytes(text)
    return { files = { [MODERN] = text } }
  end
  local other =
    "Native addon x.linux-x64-modern.node is of another version than 1.0.0: it holds %s, not __piNativesV1_0_0."
  refused(1, other:format("__piNativesV1_0_0_1"), bytes("__piNativesV1_0_0_1\0"))
  refused(
    1,
    other:format("__piNativesV0_9, __piNativesV0_8"),
    bytes("__piNativesV0_9\0__piNativesV0_8\0__piNativesV0_9")
  )
  local none = "Native addon x.linux-x64-modern.node does not say that it is of version 1.0.0: "
  refused(1, none .. "it holds no sentinel __piNativesV1_0_0.", bytes("__piNativesV"))
  succeeded(embed(bytes("the end of the file counts as an end: __piNativesV1_0_0")))
end)

t.test("the sentinel is data of the project: a form, a text, or none", function()
  local files = { [MODERN] = "mine-1_0_0-x", [BASELINE] = "mine-1_0_0-x" }
  succeeded(embed({ files = files, settings = { sentinel = "mine-{version}-x" } }))
  succeeded(embed({ files = files, settings = { sentinel = "mine-1_0_0" } }))
  succeeded(embed({ files = files, settings = { sentinel = "" } }))
  local message = "Native addon x.linux-x64-modern.node is of another version than 1.1: it holds mine_1, not mine_1_1."
  files[MODERN], files["pkg/package.json"] = "mine_1", '{ "version": "1.1" }'
  refused(1, message, { files = files, settings = { sentinel = "mine_{version}" } })
end)

t.test("the version is that of the package's package.json", function()
  local file = "/project/pkg/package.json"
  refused(4, "open " .. file .. ": No such file or directory", { files = { ["pkg/package.json"] = false } })
  refused(4, "read " .. file .. ": it has no 'version'", { files = { ["pkg/package.json"] = "{}" } })
  local run = embed({ files = { ["pkg/package.json"] = "{" } })
  t.equal(run.exit, 4)
  t.contains(run.failure.message, "read " .. file .. ": parse JSON: line 1")
end)

t.test("a file that is replaced while it is packed is noticed", function()
  local setup = machine.given()
  setup.override = {
    embed = {
      steps = {
        prepare = {
          run = function(s, base)
            s.fs.write(MODERN, "another one __piNativesV1_0_0\0")
            return base(s)
          end,
        },
      },
    },
  }
  local run = fake.run("embed", setup)
  t.equal(run.failure.message, "x.linux-x64-modern.node was changed while it was embedded")
  t.equal(run.files[machine.ARCHIVE], nil)
end)
