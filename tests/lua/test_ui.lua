-- The forms of output: the region as text, lines of output, signs of life, annotations.

local github = require("pienv.ui.github")
local lines = require("pienv.ui.lines")
local plain = require("pienv.ui.plain")
local region = require("pienv.ui.region")
local style = require("pienv.ui.style")
local t = require("pienv.test")

local function paint(text)
  return text
end

local function region_of(changes)
  local input =
    { rows = {}, count = 0, ended = 1, total = 9, failed = 0, seconds = 2, now = 10, columns = 80, lines = 24 }
  input.paint = paint
  for name, value in pairs(changes) do
    input[name] = value
  end
  return region.lines(input)
end

local function texts(list)
  local result = {}
  for i, line in ipairs(list) do
    result[i] = line.text
  end
  return result
end

t.test("a region has a headline and a line for each step that is given", function()
  local rows = { { id = "a", began = 8, doing = "cc -c a.c" }, { id = "b", began = 9.5 } }
  local got = texts(region_of({ rows = rows, count = 7, failed = 1 }))
  t.equal(got, { "[1/9] 2.00 s, 1 failed, 7 running", "  a  2.0 s  cc -c a.c", "  b  0.5 s" })
end)

t.test("no line is as wide as the terminal, whatever its characters", function()
  local rows = { { id = "漢字漢字漢字", began = 0, doing = "x\ty" } }
  for columns = 1, 60 do
    for _, line in ipairs(region_of({ rows = rows, count = 1, columns = columns })) do
      t.equal(line.width <= math.max(1, columns - 1), true)
      t.equal(style.width(line.text), line.width)
    end
  end
end)

t.test("a region is at most half of the screen", function()
  local rows = {}
  for i = 1, 500 do
    rows[i] = { id = "s" .. i, began = 0 }
  end
  t.equal(#region_of({ rows = rows, count = 500, lines = 10 }), 5)
  t.equal(#region_of({ rows = rows, count = 500, lines = 1 }), 1)
end)

t.test("a region is erased line by line, with the rows that a narrower terminal has made of it", function()
  local drawn = { { width = 70 }, { width = 10 } }
  local _, ups = region.erase(drawn, 80):gsub("\27%[A", "")
  t.equal(ups, 2)
  _, ups = region.erase(drawn, 20):gsub("\27%[A", "")
  t.equal(ups, 5)
  t.equal(region.erase({}, 80), "")
end)

t.test("a frame without anything is no bytes", function()
  t.equal(region.frame({}, {}, {}, 80), "")
  t.contains(region.frame({}, { "done" }, { { text = "[1/2]", width = 5 } }, 80), "done\n\27[?7l[1/2]\n\27[?7h")
end)

t.test("a line that does not end is told in pieces", function()
  local got = {}
  local collector = lines.new(function(text)
    got[#got + 1] = #text
  end)
  for _ = 1, 3 do
    collector:add("stdout", ("x"):rep(40000))
  end
  collector:finish()
  t.equal(got, { 80000, 40000 })
end)

t.test("long times are told in minutes", function()
  t.equal({ style.seconds(99.994), style.seconds(200.9) }, { "99.99 s", "3 min 20 s" })
end)

t.test("pieces become lines, each stream for itself", function()
  local got = {}
  local collector = lines.new(function(text)
    got[#got + 1] = text
  end)
  collector:add("stdout", "one\ntw")
  collector:add("stderr", "err\r\n")
  collector:add("stdout", "o\n\nrest")
  collector:finish()
  t.equal(got, { "one", "err", "two", "", "rest" })
end)

local function recorder(ui)
  local view, said = plain.new(ui), {}
  view.line = function(self, text)
    said[#said + 1] = text
    self.spoke = nil
  end
  return view, said
end

t.test("after 30 s without a word a plain run says what runs, busy steps first", function()
  local view, said = recorder({ quiet = false, paint_with = paint })
  local instances = {}
  for i = 1, 9 do
    instances[i] = { id = "step" .. i, needs = {} }
  end
  view:planned(instances)
  view.began = 0
  for _, instance in ipairs(instances) do
    view:started(instance)
    view.by_instance[instance.id].began = 1
  end
  view:process({ instance = "step7", text = "cc" }, 1)
  view:tick(29.9)
  t.equal(#said, 0)
  view:tick(30)
  t.equal(#said, 1)
  t.contains(said[1], "0 of 9 steps ended after 30 s; running: step7 (29 s), step1 (29 s)")
  t.contains(said[1], "and 4 more")
  view:tick(31)
  t.equal(#said, 1)
  view:tick(60)
  t.equal(#said, 2)
end)

t.test("a quiet run gives no sign of life, and none runs without a step", function()
  local view, said = recorder({ quiet = true, paint_with = paint })
  view:planned({ { id = "a" } })
  view.began = 0
  view:started({ id = "a" })
  view:tick(100)
  local idle, more = recorder({ quiet = false, paint_with = paint })
  idle:planned({})
  idle.began = 0
  idle:tick(100)
  t.equal(#said + #more, 0)
end)

local function annotation(f, env)
  return github.new({ env = env or {}, root = "/w/repo/sub" }):annotation(f)
end

t.test("an annotation points at the recipe, from the root of the repository", function()
  local f = { code = "P0403", message = "cc exited with 1", step = "compile", output = { "a: 1,2%", "last" } }
  f.at = { file = "recipes/build.lua", line = 57 }
  t.equal(
    annotation(f, { GITHUB_WORKSPACE = "/w/repo" }),
    "::error file=sub/recipes/build.lua,line=57,title=compile failed (P0403)::cc exited with 1%0Alast"
  )
  f.at = { file = "stock:recipes/build.lua", line = 57 }
  t.equal(annotation(f), "::error title=compile failed (P0403)::cc exited with 1%0Alast")
end)

t.test("nothing in an annotation can end it or begin another one", function()
  local f = { code = "P0201", message = "50%\n::error::x", file = "a,b:c.lua", line = 1, column = 2 }
  local line = annotation(f)
  t.equal(line, "::error file=a%2Cb%3Ac.lua,line=1,col=2,title=pienv failed (P0201)::50%25%0A::error::x")
end)
