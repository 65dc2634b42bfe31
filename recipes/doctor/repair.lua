-- Heals findings that can be healed without loss (--fix). What is removed was made by pienv or by a loader, and is made
-- again; everything else is for people to decide.

local M = {}

---@class doctor.repair
---@field kind "remove folder"|"remove file"|"reset"
---@field path? string absolute

local repairs = {}

repairs["remove folder"] = function(s, repair)
  return s.fs.remove_tree(repair.path)
end

repairs["remove file"] = function(s, repair)
  return s.fs.remove(repair.path)
end

-- By pienv itself, which knows how to do it at once.
function repairs.reset(s)
  local result, err = s:run({ s.fs.readlink("/proc/self/exe") or "pienv", "embed", "--reset", check = false })
  if not result or result.exit ~= 0 then
    return nil, err or result.stderr:match("error[^\n]*") or "pienv embed --reset failed"
  end
  return true
end

---@param repair doctor.repair
---@return string
function M.describe(repair)
  return repair.kind == "reset" and "pienv embed --reset" or repair.kind .. " " .. repair.path
end

---Heals what has a repair; each repair once. Marks the findings: `fixed`, or `failed` with the reason.
---@param s pienv.context
---@param findings doctor.finding[]
function M.run(s, findings)
  local done = {}
  for _, finding in ipairs(findings) do
    if finding.repair then
      local key = M.describe(finding.repair)
      if done[key] == nil then
        local ok, err = repairs[finding.repair.kind](s, finding.repair)
        done[key] = ok and true or tostring(err)
      end
      finding.fixed = done[key] == true
      finding.failed = done[key] ~= true and done[key] or nil
    end
  end
end

return M
