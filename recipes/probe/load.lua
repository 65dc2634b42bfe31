-- Loads the candidates in order until one is taken, or all of them. Everything through s.

local inspect = require("recipes.probe.inspect")
local runtime = require("recipes.probe.runtime")
local version_rules = require("recipes.addon.version")

local M = {}

-- What a runtime's load says; the addon's version is asked as the loader does.
local function by_runtime(s, here, row)
  local main, worker, exports = runtime.load(s, here.loads, row.bytes_at)
  local question = inspect.question(s, here, row)
  question.load = main
  row.load, row.exports = s.policy.verdict(question), exports
  if row.load.class ~= "ok" then
    return
  end
  local verdict, resident = version_rules.verdict({
    mode = here.mode,
    wanted = here.wanted,
    stem = here.stem,
    exports = exports or {},
    abi = s.settings.minimal_abi,
    on_disk = row.identity == "ok",
  })
  if verdict == "restart" or verdict == "reinstall" then
    local text = inspect.other_version(s, here, row, verdict, resident)
    row.load = { class = "identity", reason = text, is_text = true, remarks = {} }
  elseif worker and worker.class ~= "ok" then
    question.load = worker
    local in_worker = s.policy.verdict(question)
    if worker.class == "error" then
      row.remarks[#row.remarks + 1] = "not in a worker: " .. in_worker.reason
    else -- which ends the whole process
      in_worker.reason = "in a worker: " .. in_worker.reason
      row.load = in_worker
    end
  end
end

local function by_dlopen(s, here, row)
  local question = inspect.question(s, here, row)
  local result, err = s.dlprobe.run(row.bytes_at, { timeout = s.options.limit, info = row.info })
  question.load = result or s:fail(err)
  row.load = s.policy.verdict(question)
end

local LOADERS = { dlopen = by_dlopen, node = by_runtime, bun = by_runtime }

-- Whether the loader would take it, as far as was asked.
local function try(s, here, row)
  if row.error then
    return false
  elseif not row.bytes_at then -- it is in the archive only
    return true
  elseif here.loads == "none" then
    return true
  end
  s:check_library(row.bytes_at, "--load none       look at the bytes only")
  LOADERS[here.loads](s, here, row)
  if row.load.class ~= "ok" then
    inspect.refuse(s, here, row, row.load)
  end
  return row.load.class == "ok"
end

---@param s pienv.context
---@param here probe.situation
---@param rows probe.row[]
---@return { rows: probe.row[], chosen?: probe.row }
function M.all(s, here, rows)
  local chosen
  for _, row in ipairs(rows) do
    if not chosen or s.options.all then
      local taken = try(s, here, row)
      chosen = chosen or taken and row or nil
    end
  end
  if chosen then
    chosen.chosen = true
  end
  s:because(chosen and chosen.name or "none")
  return { rows = rows, chosen = chosen }
end

return M
