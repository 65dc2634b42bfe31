-- What `pienv check` finds in Lua text and among names of files.

local names = require("pienv.check.names")
local results = require("pienv.check.results")
local source = require("pienv.source")
local t = require("pienv.test")

-- The names of the calls that are found in a line, with their columns.
local function found(line)
  source.register("line.lua", line)
  local list = {}
  for i, one in ipairs(results.find("line.lua")) do
    local _, column = source.position("line.lua", one.token)
    list[i] = one.token.value .. ":" .. column
  end
  return table.concat(list, " ")
end

t.test("a call of several results at the end of a list or of arguments is found", function()
  t.equal(found('s:run { "x", path:gsub("a", "b") }'), "gsub:19")
  t.equal(found('s:run({ "x", path:gsub("a", "b"), })'), "gsub:19")
  t.equal(found('s:run { path:gsub("a", "b") }'), "gsub:14", "also alone")
  t.equal(found('table.insert(list, name:gsub("-", "_"))'), "gsub:25")
  t.equal(found('tonumber(string.gsub(text, " ", ""))'), "gsub:17")
  t.equal(found('f(("x"):rep(3):gsub("a", f(1)))'), "gsub:16")
  t.equal(found('g { "cp", s.fs.realpath(file) }'), "realpath:16", "its message would become an entry")
  t.equal(found('f(a.b[1].c(2):find("x"))'), "find:15")
end)

t.test("where only one result counts, nothing is", function()
  for _, line in ipairs({
    's:run { "x", (path:gsub("a", "b")) }',
    's:run { path:gsub("a", "b"), "x" }',
    's:run { "x", name = path:gsub("a", "b") }',
    's:run { "x", path:gsub("a", "b") .. "y" }',
    's:run { "x", "y" .. path:gsub("a", "b") }',
    's:run { "x", not path:find("a") }',
    "local a = { text:find('x') }",
    "local a, n = text:gsub('a', 'b')",
    "return (text:gsub('a', 'b'))",
    "if (text:find('a')) then f() end",
    "assert(s.fs.read(file))",
    "f(s.fs.read(file))",
    "return text:gsub('a', 'b')",
    "-- f(text:gsub('a', 'b'))",
    '"f(text:gsub())"',
    "f(gsub)",
    "f(x, gsub(1))",
    "f(text:gsub('a', 'b')",
    "))}(:gsub()",
  }) do
    t.equal(found(line), "", line)
  end
end)

local function problems(made, tried)
  local list = {}
  for i, problem in
    ipairs(names.problems({ { recipe = "build", files = made } }, { { recipe = "embed", files = tried } }))
  do
    list[i] = problem.rule .. ": " .. problem.message
  end
  return list
end

t.test("two targets of one name, a name that is none, and a name that nobody looks for", function()
  local a, b = { target = "a", file = "x.node" }, { target = "b", file = "y.node" }
  t.equal(problems({ a, b, a }, { a, b }), {})
  t.equal(
    problems({ a, { target = "b", file = "x.node" } }, { a }),
    { "same-file-name: a and b have one file name: x.node" }
  )
  t.equal(problems({ { target = "a", file = "x/y" } }, {}), { "bad-file-name: the name for a is no file name: x/y" })
  t.equal(problems({ { target = "a" } }, {}), { "bad-file-name: the name for a is no file name: nil" })
  t.equal(
    problems({ a, b, { target = "c", file = "z" } }, { b }),
    { "unreachable-file: no candidate of 'embed' reaches x.node, which 'build' makes for a (and 1 more)" }
  )
end)
