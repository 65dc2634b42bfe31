-- The engine as a step sees it: one table of modules. `pienv test` hands steps the same table made by pienv.fake.

local M = {}

local modules = {
  archive = "pienv.archive",
  cpu = "pienv.cpu",
  env = "pienv.env",
  dlprobe = "pienv.dlprobe",
  fs = "pienv.fs",
  gittree = "pienv.gittree",
  glob = "pienv.glob",
  json = "pienv.json",
  link = "pienv.link",
  lock = "pienv.lock",
  object = "pienv.object",
  replay = "pienv.replay",
  search = "pienv.search",
  sha256 = "pienv.sha256",
  terminal = "pienv.terminal",
  time = "pienv.time",
  transaction = "pienv.transaction",
}

---The real engine; a module is loaded when it is first asked for, so that a run pays only for what it uses.
---@return table
function M.real()
  return setmetatable({
    is_real = true, -- nothing stands in for `process`
    process = function(spec)
      return require("pienv.task").process(spec)
    end,
  }, {
    __index = function(engine, name)
      local module = modules[name] and require(modules[name])
      engine[name] = module
      return module
    end,
  })
end

return M
