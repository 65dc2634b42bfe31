-- recipes/build/cc.lua on a fake machine: what its processes get besides their arguments.

local fake = require("pienv.fake")
local t = require("pienv.test")

t.test("what a compiler leaves in its temporary folder when it is killed goes with the build's", function()
  local folders = {}
  local function note(spec, fs)
    folders[#folders + 1] = spec.env and spec.env.TMPDIR or "none"
    for i, word in ipairs(spec.argv) do
      if word == "-o" then
        fs.write(spec.argv[i + 1], "#define __AVX2__ 1")
      end
    end
    return { exit = 0 }
  end
  fake.run("build", {
    settings = { builder = "cc", addon = "x", package = "pkg", node_headers = "/inc" },
    files = { ["/bin/cc"] = "", ["/inc/node_api.h"] = "", ["pkg/src/a.c"] = "", ["pkg/src/b.c"] = "" },
    modes = { ["/bin/cc"] = 493 },
    env = { PATH = "/bin" },
    options = { variant = "modern" },
    process = note,
  })
  t.ok(#folders >= 4, "a probe, two compilations and a link")
  for i = 1, 4 do
    t.ok(folders[i]:find("/native/.build/[^/]+/objects$"), folders[i])
  end
end)
