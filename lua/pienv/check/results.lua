-- Calls that return several values where all of them count, though one is meant: the last argument of a call, the last
-- entry of a list. `s:run { "ls", name:gsub(" ", "_") }` hands the number of replacements to ls.

local source = require("pienv.source")

local M = {}

-- What gives more than the value that it is called for, in arguments and lists.
local EVERYWHERE = { gsub = true, find = true }
-- What gives nil, a message and a code when it fails: in a list the message would become an entry.
local IN_LISTS = { fs = true, io = true, json = true, object = true, sha256 = true, link = true, archive = true }
-- Functions that want all values.
local TAKES_ALL = { assert = true, select = true, pack = true, error = true, pcall = true, xpcall = true }

local KEYWORDS = {}
for word in
  ("and do else elseif end false for function goto if in local nil not or repeat return then true until while"):gmatch(
    "%a+"
  )
do
  KEYWORDS[word] = true
end

local CLOSES = { ["("] = ")", ["["] = "]", ["{"] = "}" }

-- The partner of each bracket, by index, both ways.
local function partners(list)
  local pairs_of, stack = {}, {}
  for i, token in ipairs(list) do
    if token.kind == "symbol" and CLOSES[token.value] then
      stack[#stack + 1] = i
    elseif token.kind == "symbol" and (token.value == ")" or token.value == "]" or token.value == "}") and stack[1] then
      local open = table.remove(stack)
      pairs_of[open], pairs_of[i] = i, open
    end
  end
  return pairs_of
end

local function is(list, i, value)
  return list[i] ~= nil and list[i].kind == "symbol" and list[i].value == value
end

local function is_name(list, i)
  return list[i] ~= nil and list[i].kind == "name" and not KEYWORDS[list[i].value]
end

-- The "." of a field, or the ":" of a method: no part of "..", "::" or a number.
local function is_access(list, i)
  if is(list, i, ":") then
    return not is(list, i - 1, ":")
  end
  return is(list, i, ".") and not is(list, i - 1, ".")
end

-- Whether a bracket that closes stands at i: the end of a call or an index.
local function ends_suffix(list, i)
  return is(list, i, ")") or is(list, i, "]")
end

-- First token of the expression whose last name is at i: s.fs.read, f(x):gsub, ("%d"):rep.
local function start_of(list, partner, i)
  while is_access(list, i - 1) do
    i = i - 2
    while ends_suffix(list, i) and partner[i] do
      local open = partner[i]
      if not (is_name(list, open - 1) or ends_suffix(list, open - 1)) then
        return open
      end
      i = open - 1
    end
  end
  return i
end

-- Index of the bracket that closes the group when the call that ends at i is the last thing in it.
local function closed_after(list, i)
  local after = i + 1
  if (is(list, after, ",") or is(list, after, ";")) and is(list, after + 1, "}") then
    after = after + 1
  end
  return (is(list, after, ")") or is(list, after, "}")) and after or nil
end

-- Whether the call is all of the entry, not the operand of an operator or the value of a field.
local function is_whole_entry(list, start)
  for _, sign in ipairs({ "(", "{", ",", ";" }) do
    if is(list, start - 1, sign) then
      return true
    end
  end
  return false
end

-- What an open bracket belongs to: "list", "arguments", or nil for a grouping parenthesis and callers that want all.
local function kind_of_group(list, open, start)
  local caller = list[open - 1]
  if is(list, open, "{") then
    local is_argument = is_name(list, open - 1) or is(list, open - 1, "(")
    return (is_argument or start > open + 1) and "list" or nil -- { text:find("x") } alone collects the values
  elseif is_name(list, open - 1) then
    return not TAKES_ALL[caller.value] and "arguments" or nil
  end
  return ends_suffix(list, open - 1) and "arguments" or nil
end

local function gives_several(list, i, group)
  if EVERYWHERE[list[i].value] and is_access(list, i - 1) then
    return true
  end
  return group == "list" and is_access(list, i - 1) and is_name(list, i - 2) and IN_LISTS[list[i - 2].value] or false
end

---Looks for such calls in a file.
---@param chunk string registered with pienv.source
---@return { token: pienv.token, group: "list"|"arguments" }[]
function M.find(chunk)
  local list, found = source.tokens(chunk), {}
  local partner = partners(list)
  for i = 1, #list do
    local called = is_name(list, i) and is(list, i + 1, "(") and partner[i + 1]
    local close = called and closed_after(list, called)
    local open = close and partner[close]
    local start = open and start_of(list, partner, i)
    local group = start and is_whole_entry(list, start) and kind_of_group(list, open, start)
    if group and gives_several(list, i, group) then
      found[#found + 1] = { token = list[i], group = group }
    end
  end
  return found
end

return M
