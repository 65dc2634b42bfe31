-- pienv.parallel: several pieces of work inside one step.

local parallel = require("pienv.parallel")
local t = require("pienv.test")
local task = require("pienv.task")

local function run(body)
  return task.main(body, { jobs = 2 })
end

t.test("results come in the order of the list, whatever ends first", function()
  local results = run(function()
    return parallel.each({ 0.03, 0.01, 0 }, function(seconds, i)
      task.sleep(seconds)
      return i * 10
    end)
  end)
  t.equal(results, { 10, 20, 30 })
end)

t.test("an empty list gives an empty list", function()
  t.equal(
    run(function()
      return parallel.each({}, error)
    end),
    {}
  )
end)

t.test("a result that is nil or false keeps its place", function()
  local results = run(function()
    return parallel.each({ 1, 2, 3 }, function(item)
      return item ~= 2 and item
    end)
  end)
  t.equal(results, { 1, false, 3 })
end)

t.test("a failure cancels the others, waits for them, and is raised", function()
  local ended = {}
  local raised = run(function()
    return t.raises(parallel.each, { "fails", "sleeps" }, function(item)
      if item == "fails" then
        task.yield()
        error("no " .. item, 0)
      end
      local ok, why = pcall(task.sleep, 60)
      ended[#ended + 1] = tostring(ok) .. " " .. why.kind
      error(why, 0)
    end)
  end)
  t.equal({ raised, ended }, { "no fails", { "false cancel" } })
end)

t.test("cancelling the caller cancels and waits for what it started", function()
  local log = {}
  run(function()
    local caller = task.start(function()
      parallel.each({ 1, 2 }, function(item)
        local _, why = pcall(task.sleep, 60)
        log[#log + 1] = item .. " " .. why.kind
        error(why, 0)
      end)
    end)
    task.yield()
    task.yield()
    task.cancel(caller)
    local ok, why = task.wait(caller)
    log[#log + 1] = "caller " .. tostring(ok) .. " " .. why.kind
  end)
  t.equal(log, { "1 cancel", "2 cancel", "caller false cancel" })
end)
