-- Reads the body of a TypeScript enum, member by member: comments, strings and commas anywhere. Pure.
--
-- A member counts when its value can be copied into JavaScript as it stands: a text in single quotes, or digits.
-- Negative, computed and double-quoted values, and members without one, are left out; their names are told.

local M = {}

---@class build.enum.member
---@field name string
---@field value string as JavaScript: `"fast"` or `10`

local OPENERS = { ["'"] = "string", ['"'] = "string", ["`"] = "string", [","] = ",", ["}"] = "}" }

-- Where a string or template that starts there ends; an unclosed one ends with its line.
local function end_of_string(text, start)
  local quote, at = text:sub(start, start), start + 1
  while at < #text do
    local next_one = text:sub(at, at)
    if next_one == quote or next_one == "\n" then
      break
    end
    at = at + (next_one == "\\" and 2 or 1)
  end
  return math.min(at, #text)
end

-- Kind and end of what stands at a position.
local function token(text, at)
  local _, stop = text:find("^%s+", at)
  stop = stop or select(2, text:find("^//[^\r\n]*", at))
  if not stop and text:find("^/%*", at) then
    stop = select(2, text:find("*/", at + 2, true)) or #text
  end
  if stop then
    return "space", stop
  end
  _, stop = text:find("^[%w_$\128-\255]+", at)
  if stop then
    return "word", stop
  end
  local kind = OPENERS[text:sub(at, at)] or "other"
  return kind, kind == "string" and end_of_string(text, at) or at
end

-- The inside of a single-quoted text, for double quotes: escapes stay, a bare double quote needs one.
local function in_double_quotes(inside)
  local text = inside:gsub("\\?.", function(piece)
    return piece == '"' and '\\"' or nil
  end)
  return '"' .. text .. '"'
end

-- JavaScript reads 010 as an error or as 8, so only the plain form of a number is one.
local function is_plain_number(text)
  return text == "0" or text:find("^[1-9]%d*$") ~= nil
end

local function value_of(text)
  local inside = text:match("^'(.*)'$")
  if inside then
    return is_plain_number(inside) and inside or in_double_quotes(inside)
  end
  return is_plain_number(text) and text or nil
end

-- A member out of its tokens: NAME = VALUE and nothing else. Its first word tells which one was left out.
local function member(tokens)
  local name = tokens[1]
  local value = #tokens == 3 and tokens[2] == "=" and value_of(tokens[3])
  if value and name:find("^[%w_]+$") then
    return { name = name, value = value }
  end
  return nil, name
end

---Reads members up to the closing brace.
---@param text string
---@param start integer the position after the opening brace
---@return build.enum.member[] members
---@return string[] left_out
function M.read(text, start)
  local members, left_out, tokens, at = {}, {}, {}, start
  while at <= #text do
    local kind, stop = token(text, at)
    if kind == "," or kind == "}" then
      members[#members + 1], left_out[#left_out + 1] = member(tokens)
      tokens = {}
    elseif kind ~= "space" then
      tokens[#tokens + 1] = text:sub(at, stop)
    end
    if kind == "}" then
      break
    end
    at = stop + 1
  end
  return members, left_out
end

return M
