-- The fakes of the loader probe and of search answer in the shapes of the real ones (tests/e2e/067-dlprobe,
-- tests/bind/test_search.lua).

local fake = require("pienv.fake")
local t = require("pienv.test")

t.test("the fake of dlprobe answers as the test says, and records", function()
  local engine, state = fake.engine({ loads = { ["a.node"] = { class = "crash", signal = "SIGILL", seconds = 0 } } })
  t.equal(engine.dlprobe.run("/project/a.node"), { class = "crash", signal = "SIGILL", seconds = 0 })
  t.equal(engine.dlprobe.run("/project/b.node"), { class = "ok", seconds = 0 })
  t.equal(state.calls, { { "dlprobe", "a.node" }, { "dlprobe", "b.node" } })
end)

t.test("the fake of search answers as the real one", function()
  local text = "aa aab aa"
  local name = os.tmpname()
  local file <close> = assert(io.open(name, "wb"))
  assert(file:write(text) and file:flush())
  local engine = fake.engine({ files = { ["f"] = text } })
  for _, options in ipairs({ {}, { word_end = true }, { after = 3, limit = 2 }, { limit = 0 } }) do
    local needles = { "aa", "b", "missing" }
    t.equal(engine.search.file("/project/f", needles, options), require("pienv.search").file(name, needles, options))
  end
  assert(os.remove(name))
  t.equal(
    { engine.search.file("/project/gone", { "x" }) },
    { nil, "search /project/gone: No such file or directory", "ENOENT" }
  )
end)
