-- JSON whose order matters: package.json is read by people, so what is copied from one keeps its order, and what is
-- changed in one leaves the rest of its text as it is. Pure. The text must be valid: pienv.json has decoded it before.

local json = require("pienv.json")

local M = {}

---@class npm.node a value of the text
---@field kind "object"|"array"|"plain"
---@field first integer where it begins
---@field last integer
---@field members? { key: string, node: npm.node }[] of an object; key: as in the text, with its quotes
---@field items? npm.node[] of an array
---@field text? string of what is neither

local node_at

local function skip(text, at)
  return text:find("[^ \t\r\n]", at)
end

local function string_end(text, at)
  local i = at + 1
  while true do
    i = text:find('[\\"]', i)
    if text:sub(i, i) == '"' then
      return i
    end
    i = i + 2
  end
end

-- Reads what stands between brackets: one(at) reads a part and gives where it ends.
local function each_part(text, at, close, one)
  at = skip(text, at + 1)
  while text:sub(at, at) ~= close do
    at = skip(text, one(at) + 1)
    if text:sub(at, at) == "," then
      at = skip(text, at + 1)
    end
  end
  return at
end

local function object_at(text, at)
  local node = { kind = "object", first = at, members = {} }
  node.last = each_part(text, at, "}", function(from)
    local key_end = string_end(text, from)
    local value = node_at(text, skip(text, text:find(":", key_end + 1, true) + 1))
    node.members[#node.members + 1] = { key = text:sub(from, key_end), node = value }
    return value.last
  end)
  return node
end

local function array_at(text, at)
  local node = { kind = "array", first = at, items = {} }
  node.last = each_part(text, at, "]", function(from)
    node.items[#node.items + 1] = node_at(text, from)
    return node.items[#node.items].last
  end)
  return node
end

function node_at(text, at)
  local char = text:sub(at, at)
  if char == "{" then
    return object_at(text, at)
  elseif char == "[" then
    return array_at(text, at)
  end
  local last = char == '"' and string_end(text, at) or (text:find("[%s,%]}]", at) or #text + 1) - 1
  return { kind = "plain", first = at, last = last, text = text:sub(at, last) }
end

---Reads a valid text.
---@param text string
---@return npm.node
function M.parse(text)
  return node_at(text, skip(text, 1))
end

---@param value string
---@return npm.node
function M.string(value)
  return { kind = "plain", text = json.encode(value) }
end

---@param list string[]
---@return npm.node
function M.strings(list)
  local items = {}
  for i, value in ipairs(list) do
    items[i] = M.string(value)
  end
  return { kind = "array", items = items }
end

---@param members { [1]: string, [2]: npm.node? }[] in order; those without a value are left out
---@return npm.node
function M.object(members)
  local list = {}
  for _, member in ipairs(members) do
    list[#list + 1] = member[2] and { key = json.encode(member[1]), node = member[2] } or nil
  end
  return { kind = "object", members = list }
end

---The value of an object's member.
---@param node npm.node
---@param key string
---@return npm.node?
function M.get(node, key)
  for _, member in ipairs(node.members or {}) do
    if json.decode(member.key) == key then
      return member.node
    end
  end
end

local function enclose(open, lines, close, unit, level)
  if #lines == 0 then
    return open .. close
  end
  local margin = "\n" .. unit:rep(level + 1)
  return open .. margin .. table.concat(lines, "," .. margin) .. "\n" .. unit:rep(level) .. close
end

---Writes a value, one member a line.
---@param node npm.node
---@param unit? string one level of indent; default: a tab
---@param level? integer
---@return string
function M.encode(node, unit, level)
  local lines = {}
  unit, level = unit or "\t", level or 0
  if node.kind == "plain" then
    return node.text
  end
  for i, member in ipairs(node.members or {}) do
    lines[i] = member.key .. ": " .. M.encode(member.node, unit, level + 1)
  end
  for i, item in ipairs(node.items or {}) do
    lines[i] = M.encode(item, unit, level + 1)
  end
  if node.members then
    return enclose("{", lines, "}", unit, level)
  end
  return enclose("[", lines, "]", unit, level)
end

---The text of an object with one member set. A member that means the same already stays as it is written; a new one
---is put at the end.
---@param text string
---@param key string
---@param value npm.node
---@return string
function M.set(text, key, value)
  local node = M.parse(text)
  local old, unit = M.get(node, key), text:match('\n([ \t]+)"') or "  "
  local new = M.encode(value, unit, 1)
  if old then
    local is_same = json.encode(json.decode(text:sub(old.first, old.last))) == json.encode(json.decode(new))
    return is_same and text or text:sub(1, old.first - 1) .. new .. text:sub(old.last + 1)
  end
  local last = node.members[#node.members]
  local member = ("\n%s%s: %s"):format(unit, json.encode(key), new)
  if last then
    return text:sub(1, last.node.last) .. "," .. member .. text:sub(last.node.last + 1)
  end
  return text:sub(1, node.first) .. member .. "\n" .. text:sub(node.last)
end

return M
