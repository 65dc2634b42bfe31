-- Coroutines of Lua in tasks: they work as ever, and a signal reaches the one that runs (engine/host/vm_coroutine.c).

local t = require("pienv.test")
local task = require("pienv.task")

local function sh(command, options)
  options = options or {}
  options.argv = { "/bin/sh", "-c", command }
  return task.process(options)
end

t.test("a signal reaches a coroutine of a task, however deep and whoever made it run", function()
  local function spin()
    while true do
    end
  end
  local function in_close()
    local co = coroutine.create(function()
      local _ <close> = setmetatable({}, { __close = spin })
      coroutine.yield()
    end)
    coroutine.resume(co)
    return select(2, coroutine.close(co))
  end
  local function in_wraps()
    return select(
      2,
      pcall(coroutine.wrap(function()
        coroutine.wrap(spin)()
      end))
    )
  end
  local function in_resume()
    return select(2, coroutine.resume(coroutine.create(spin)))
  end
  for _, run in ipairs({ in_close, in_wraps, in_resume }) do
    local raised
    task.main(function()
      task.start(sh, "sleep 0.1; kill -INT $PPID", { unslotted = true })
      task.yield()
      raised = run()
      task.yield()
    end)
    t.equal(raised.signal, "SIGINT")
  end
end)

t.test("coroutines work as Lua's own: values, errors, wrong use", function()
  local co = coroutine.create(function(...)
    local got = table.pack(coroutine.yield(...))
    error({ code = got[2] })
  end)
  t.equal(table.pack(coroutine.resume(co, 1, nil, 3)), { true, 1, nil, 3, n = 4 })
  local _, raised = coroutine.resume(co, nil, 7)
  t.equal(raised, { code = 7 })
  t.equal(table.pack(coroutine.resume(co)), { false, "cannot resume dead coroutine", n = 2 })
  t.equal(coroutine.close(coroutine.create(print)), true)
  local sum = 0
  for i in
    coroutine.wrap(function()
      for i = 1, 3 do
        coroutine.yield(i)
      end
    end)
  do
    sum = sum + i
  end
  t.equal(sum, 6)
  t.contains(t.raises(coroutine.wrap(error), "why"), "why")
  t.contains(t.raises(coroutine.resume, 1), "#1 to 'coroutine.resume' (coroutine expected, got number)")
  t.contains(t.raises(coroutine.close), "coroutine expected")
  t.contains(t.raises(coroutine.wrap, 1), "function expected")
end)
