-- What is made of a report: GitHub's summary and the page of timings, where a run has very many steps, or failed.

local github = require("pienv.report.github")
local t = require("pienv.test")
local timings = require("pienv.report.timings")

local function step(fields)
  local made = { state = "done", seconds = 1, cpu_seconds = 0, max_rss = 0, needs = {}, processes = {} }
  for name, value in pairs(fields) do
    made[name] = value
  end
  return made
end

local function report(fields)
  local made = {
    recipe = "job",
    exit = 1,
    seconds = 200,
    started = "now",
    pienv = "1.0.0",
    root = "/r",
    argv = { "pienv", "job" },
    jobs = 2,
    host = { platform = "linux", arch = "x64", cores = 2 },
    steps = {},
    failures = {},
    artifacts = {},
    cache = {},
  }
  for name, value in pairs(fields) do
    made[name] = value
  end
  return made
end

-- Of `count` steps the first and the last failed; the one before the last is the longest of the others.
local function many(count)
  local steps = {}
  for i = 1, count do
    steps[i] = step({ id = "s" .. i, start = i, seconds = i / 1000 })
  end
  steps[1].state, steps[count].state = "failed", "failed"
  return steps
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

t.test("of very many steps the summary has the failed and the longest", function()
  local text = github.summary(report({ steps = many(1000) }))
  t.contains(text, "200 of 1000 steps")
  t.equal(count(text, "\n| [^ ]* s%d+ |"), 200)
  t.contains(text, " s1 |")
  t.contains(text, " s999 |")
  t.ok(not text:find(" s2 |", 1, true), "the shortest is left out")
end)

t.test("so has the page of timings, in the order of their starts", function()
  local text = timings.make(report({ steps = many(1000) }))
  t.contains(text, "600 of 1000 steps")
  t.equal(count(text, "<details "), 600)
  t.ok(text:find('title="s1"', 1, true) < text:find('title="s999"', 1, true), "order")
  t.ok(not text:find('title="s2"', 1, true), "the shortest is left out")
end)

t.test("a step that never ran has an empty bar", function()
  local text = timings.make(report({ steps = { step({ id = "s", state = "not run", seconds = 0 }) } }))
  t.contains(text, '<div class="track"></div>')
  t.contains(text, "not run")
end)

t.test("a failure has its command, last words and hint, none of them as markup", function()
  local failure = { code = "P0403", message = "<m>", command = "cc '<c>'", output = { "a", "<b>" }, hint = "<h>" }
  local text = timings.make(report({ failures = { failure } }))
  t.contains(text, "<p><code>cc &#39;&lt;c&gt;&#39;</code></p>")
  t.contains(text, "<pre>a\n&lt;b&gt;</pre>")
  t.contains(text, "<p>next: &lt;h&gt;</p>")
end)

t.test("answers of the cache are rows, and may lack anything", function()
  local text = timings.make(report({ cache = { { state = "hit", key = ("a"):rep(64) }, {} } }))
  t.contains(text, "<code>aaaaaaaaaaaa</code>")
  t.equal(count(text, "<td>–</td>"), 1)
end)
