-- Which instances may start, and which never will: on graphs without a run.

local readiness = require("pienv.readiness")
local t = require("pienv.test")

-- { a = {}, b = { "a" } } as instances in the order of their names; a name that ends with "!" is a finally step.
local function graph(needs)
  local by_name, names, list = {}, {}, {}
  for name in pairs(needs) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    by_name[name] = { id = name, name = name, needs = {}, step = { finally = name:sub(-1) == "!" } }
    list[i] = by_name[name]
  end
  for name, instance in pairs(by_name) do
    for i, needed in ipairs(needs[name]) do
      instance.needs[i] = by_name[needed]
    end
  end
  return readiness.new(list), by_name
end

local function ids(instances)
  local list = {}
  for i, instance in ipairs(instances) do
    list[i] = instance.id
  end
  return list
end

local function all_ready(ready)
  local list = {}
  for instance in
    function()
      return ready:next()
    end
  do
    list[#list + 1] = instance.id
  end
  return list
end

t.test("a step is ready once all that it needs has ended well", function()
  local ready, by = graph({ a = {}, b = {}, c = { "a", "b" }, d = { "c" } })
  t.equal(all_ready(ready), { "a", "b" })
  ready:finish(by.b, true)
  t.equal(all_ready(ready), {})
  ready:finish(by.a, true)
  t.equal(all_ready(ready), { "c" })
  ready:finish(by.c, true)
  t.equal(all_ready(ready), { "d" })
end)

t.test("the next one can be looked at before it is taken, and is none that has ended", function()
  local ready, by = graph({ a = {}, b = {}, c = {} })
  t.equal(ready:peek().id, "a")
  t.equal(ready:next().id, "a")
  ready:finish(by.b, false)
  t.equal(ready:peek().id, "c")
  t.equal(all_ready(ready), { "c" })
  t.equal(ready:peek(), nil)
end)

t.test("what needs a failed step is blocked at once, though something else still runs", function()
  local ready, by = graph({ a = {}, b = {}, c = { "a", "b" }, d = { "c" } })
  all_ready(ready)
  t.equal(ids(ready:finish(by.a, false)), { "c" })
  t.equal(ids(ready:finish(by.c, false)), { "d" })
  ready:finish(by.d, false)
  ready:finish(by.b, true)
  t.equal(all_ready(ready), {})
end)

t.test("a finally step waits for all that it stands on, also for what a blocked step needs", function()
  local ready, by = graph({ a = {}, b = {}, c = { "a", "b" }, ["z!"] = { "c" } })
  all_ready(ready)
  ready:finish(by.a, false)
  ready:finish(by.c, false)
  t.equal(all_ready(ready), {}, "b still runs")
  ready:finish(by.b, true)
  t.equal(all_ready(ready), { "z!" })
end)

t.test("after a stop only finally steps start", function()
  local ready, by = graph({ a = {}, b = {}, c = { "a" }, ["y!"] = {}, ["z!"] = { "c" } })
  t.equal(ready:next(), by.a)
  local blocked = ready:stop()
  t.equal(ids(blocked), { "b", "c" })
  for _, instance in ipairs(blocked) do
    ready:finish(instance, false)
  end
  t.equal(all_ready(ready), { "y!" })
  ready:finish(by.a, true)
  t.equal(all_ready(ready), { "z!" })
end)

t.test("a chain of 20,000 steps takes no more room on the stack than a short one", function()
  local needs, names = {}, {}
  for i = 1, 20000 do
    names[i] = ("s%05d"):format(i)
    needs[names[i]] = i > 1 and { names[i - 1] } or {}
  end
  needs["z!"] = { names[#names] }
  local ready = graph(needs)
  local count = 0
  while true do
    local instance = ready:next()
    if not instance then
      break
    end
    ready:finish(instance, true)
    count = count + 1
  end
  t.equal(count, 20001)
end)
