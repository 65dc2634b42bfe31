-- What differs between a step now and its last success: pure, for reasons.

local json = require("pienv.json")
local sha256 = require("pienv.sha256")

local M = {}

local function short(bytes)
  return sha256.hash(bytes):sub(1, 16)
end

---What is special to an instance: its target, and what the steps that it needs returned. Also by name, for reasons;
---nil: something of it cannot be compared, said in the third result.
---@param instance pienv.instance
---@param outcomes table<pienv.instance, pienv.outcome>
---@return string? own
---@return table<string, string> parts
---@return string? incomparable
function M.own(instance, outcomes)
  if not instance.target and #instance.needs == 0 then
    return "", {}
  end
  local parts = {}
  local function add(name, value)
    local ok, text = pcall(json.encode, value)
    parts[name] = ok and short(text) or nil
    return ok
  end
  if instance.target and not add("target", instance.target) then
    return nil, parts, "its target cannot be compared with the last one"
  end
  for _, needed in ipairs(instance.needs) do
    local outcome = outcomes[needed]
    if outcome and outcome.value ~= nil and not add("value of " .. needed.id, outcome.value) then
      return nil, parts, ("what '%s' returned cannot be compared with the last time"):format(needed.id)
    end
  end
  return short(json.encode(parts)), parts
end

---The first file that differs from what it was, as a reason.
---@param now pienv.uptodate.file[]
---@param before table<string, pienv.uptodate.file> by path
---@param what string said before the path
---@param gone string said of a file that is no longer among them
---@return string?
function M.file(now, before, what, gone)
  local seen, left = {}, nil
  for _, file in ipairs(now) do
    local old = before[file.path]
    if not old then
      return ("%s%s is new"):format(what, file.path)
    elseif old.digest ~= file.digest then
      return ("%s%s changed"):format(what, file.path)
    end
    seen[file.path] = true
  end
  for name in pairs(before) do
    left = not seen[name] and (not left or name < left) and name or left
  end
  return left and ("%s%s is %s"):format(what, left, gone)
end

---The first name whose value differs.
---@param now table<string, string>
---@param before table<string, string>
---@return string?
function M.part(now, before)
  local names = {}
  for name in pairs(now) do
    names[#names + 1] = name
  end
  for name in pairs(before) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if now[name] ~= before[name] then
      return name
    end
  end
end

return M
