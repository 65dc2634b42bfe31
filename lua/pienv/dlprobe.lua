-- Loads a shared library in a process of its own, to see whether it loads. That process is pienv itself in a mode
-- without Lua (engine/core/dlprobe.h): it has no descriptor of ours, its own process group, no core dump and a time
-- limit, and everything that it starts ends with it. Waits like any process: other tasks go on.

local node_api = require("pienv.node_api")
local object = require("pienv.object")
local vm = require("pienv.vm")

local M = {}

-- Seconds that the child gets to end what it started, before it is killed itself.
local GRACE = 5

---@class pienv.dlprobe.result
---@field class "ok"|"stubs"|"error"|"crash"|"exit"|"hang"|"unsuitable"
--- ok: it loads. stubs: it loads with dummies in the place of Node-API functions that only node has. error: the loader
--- refuses it. crash, exit, hang: what its constructors did. unsuitable: no library for this process; not tried
---@field message? string of error: the loader's own words; of unsuitable: the reason
---@field signal? string of crash: "SIGILL"
---@field exit? integer of exit: the exit code
---@field stubs? string[] of stubs: the functions, sorted
---@field seconds number from start to end; 0 when it was not tried

---@class pienv.dlprobe.options
---@field timeout? number seconds; default 60
---@field stubs? boolean dummies of the Node-API functions; default true. Without them the library has a namespace of
--- its own, and undefined Node-API functions are an error
---@field env? table<string, string|false> as in pienv.process
---@field info? pienv.object.info of the file, where it has been looked at already

-- The loader says of a file for another machine that there is no such file: it is never asked.
local function unsuitable(info)
  local machine = require("pienv.cpu").features().machine
  if info.format ~= "elf" then
    return "the file is of another system (" .. info.format .. ")"
  elseif info.machine ~= machine then
    return ("the file is for %s, this process is %s"):format(info.machine, machine)
  elseif info.type ~= "dyn" then
    return "the file is no shared library (type " .. info.type .. ")"
  end
end

local OUTCOMES = {
  refused = function(result, _, message)
    result.class, result.message = "error", message
  end,
  signal = function(result, name)
    result.class, result.signal = "crash", name
  end,
  exit = function(result, code)
    result.class, result.exit = "exit", math.tointeger(code)
  end,
  hang = function(result)
    result.class = "hang"
  end,
}

local function loaded(result, stubs)
  result.class = #stubs > 0 and "stubs" or "ok"
  result.stubs = #stubs > 0 and stubs or nil
end

-- The child's report: "<what> <detail> <seconds>\n<message>".
local function read_report(report, stubs)
  local what, detail, seconds, message = report:match("^(%l+) (%S+) ([%d.]+)\n(.*)$")
  if not what then
    return nil
  end
  local result = { seconds = tonumber(seconds) }
  if what == "loaded" then
    loaded(result, stubs)
  else
    OUTCOMES[what](result, detail, message)
  end
  return result
end

-- Runs the child; its report, or nil, err, code.
local function load(path, options)
  local timeout, mode = options.timeout or 60, options.stubs == false and "bare" or "stubs"
  local child, err, code = require("pienv.task").process({
    argv = { vm.executable, "--pienv-dlprobe", ("%.3f"):format(timeout), mode, path },
    env = options.env,
    timeout = timeout + GRACE,
    stdout = "capture",
    stderr = "capture",
  })
  if not child then
    return nil, err, code
  elseif child.exit ~= 0 then
    local ending = child.signal or "exit " .. child.exit
    return nil, ("probe %s: the child ended with %s %s"):format(path, ending, child.stderr), "EPROBE"
  end
  return child.stdout
end

---Loads the library once, every symbol bound at once, and says what happened. One call is one process; a library may
---behave otherwise in node, whose threads, memory and other addons this process has not.
---@param path string
---@param options? pienv.dlprobe.options
---@return pienv.dlprobe.result? result
---@return string? err the file cannot be read as an object file, or the child could not be run
---@return string? code as pienv.object.inspect; "EPROBE" where the child gave no report
function M.run(path, options)
  options = options or {}
  local info, err, code = options.info, nil, nil
  if not info then
    info, err, code = object.inspect(path)
  end
  if not info then
    return nil, err, code
  end
  local reason = unsuitable(info)
  if reason then
    return { class = "unsuitable", message = reason, seconds = 0 }
  end
  local named = path:find("/") and path or "./" .. path -- the loader looks for a bare name in its own folders
  local report
  report, err, code = load(named, options)
  if not report then
    return nil, err, code
  end
  local result = read_report(report, node_api.functions(info.undefined))
  if not result then
    return nil, ("probe %s: the child gave no report"):format(path), "EPROBE"
  end
  return result
end

return M
