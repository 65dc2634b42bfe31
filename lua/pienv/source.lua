-- Texts of the Lua files that were loaded, and where in them a table field stands: so that an error about data points
-- at line and column, although Lua keeps positions of code only.

local M = {}

local texts = {} -- chunk name without '@' -> text
local token_lists = {} -- of those, where somebody asked for them
local key_maps = {} -- path as text -> where it is written, likewise

---Remembers the text of a file under its chunk name ("recipes/build.lua", "stock:recipes/build.lua").
---@param chunk string
---@param text string
function M.register(chunk, text)
  texts[chunk], token_lists[chunk], key_maps[chunk] = text, nil, nil
end

---The texts of all files that were loaded, by chunk name.
---@return table<string, string> texts not to be changed
function M.texts()
  return texts
end

---Whether a chunk is the code of a recipe or project file.
---@param chunk string
---@return boolean
function M.is_registered(chunk)
  return texts[chunk] ~= nil
end

---Finds the chunk for the shortened name in a Lua message ("...long/path/build.lua").
---@param short string
---@return string?
function M.chunk_of(short)
  if texts[short] then
    return short
  end
  local tail = short:match("^%.%.%.(.+)$")
  for chunk in pairs(texts) do
    if tail and chunk:sub(-#tail) == tail then
      return chunk
    end
  end
  return nil
end

---How a chunk is shown to a user.
---@param chunk string
---@return string
function M.display(chunk)
  local stock = chunk:match("^stock:(.*)$")
  return stock and stock .. " (stock)" or chunk
end

---@param chunk string
---@param number integer
---@return string?
function M.line(chunk, number)
  local n = 0
  for line in ((texts[chunk] or "") .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    if n == number then
      return (line:gsub("\r$", ""))
    end
  end
  return nil
end

-- What follows a name where it is used so.
local USES = { index = "^%s*[.:%[]", call = "^%s*[({\"'%[]" }

-- How likely an occurrence is the one that a message is about: a field (messages name those), the use that failed, any
-- other use, the target of an assignment.
local function rank(before, after, use)
  if before:find("[^.]%.$") then
    return 4
  elseif use and after:find(USES[use]) then
    return 3
  end
  return after:find("^%s*=[^=]") and 1 or 2
end

-- Where a text stands in a line; a word only where it is no part of a longer one.
local function occurrences(line, name)
  local list, at = {}, 1
  local is_word = name:find("^[%a_][%w_]*$")
  while true do
    local first, last = line:find(name, at, true)
    if not first then
      return list, is_word
    end
    local part = is_word and (line:sub(first - 1, first - 1) .. line:sub(last + 1, last + 1)):find("[%w_]")
    list[#list + 1] = not part and { first = first, last = last } or nil
    at = last + 1
  end
end

---Column and length of a name in a line; nil where it does not occur, or where it is no word and occurs twice.
---@param chunk string
---@param number integer
---@param name string
---@param use? "index"|"call" what failed
---@return integer? column
---@return integer? length
function M.column_of(chunk, number, name, use)
  local line = M.line(chunk, number) or ""
  local list, is_word = occurrences(line, name)
  local best, highest
  for _, found in ipairs(list) do
    local value = rank(line:sub(1, found.first - 1), line:sub(found.last + 1), use)
    if not best or value > highest then
      best, highest = found.first, value
    end
  end
  if best and (is_word or #list == 1) then
    return best, #name
  end
end

-- Steps over one token at `at`; returns kind, text, the position after it.
local function token(text, at)
  local long = text:match("^%-%-%[(=*)%[", at) or text:match("^%[(=*)%[", at)
  if long then
    local _, close = text:find("]" .. long .. "]", at, true)
    return text:sub(at, at) == "-" and "comment" or "string", nil, (close or #text) + 1
  end
  local comment = text:match("^%-%-[^\n]*", at)
  if comment then
    return "comment", nil, at + #comment
  end
  local name = text:match("^[%a_][%w_]*", at)
  if name then
    return "name", name, at + #name
  end
  local quote = text:match("^[\"']", at)
  if quote then
    local i = at + 1
    while i <= #text and text:sub(i, i) ~= quote do
      i = i + (text:sub(i, i) == "\\" and 2 or 1)
    end
    return "string", text:sub(at + 1, i - 1), i + 1
  end
  return "symbol", text:sub(at, at), at + 1
end

-- All tokens but comments and blanks, with their positions.
local function tokens(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then
      return list
    end
    local kind, value, after = token(text, at)
    if kind ~= "comment" then
      list[#list + 1] = { kind = kind, value = value, at = at, size = after - at }
    end
    at = after
  end
end

local function position(text, at)
  local line, start = 1, 1
  for stop in text:gmatch("()\n") do
    if stop >= at then
      break
    end
    line, start = line + 1, stop + 1
  end
  return line, at - start + 1
end

-- The key that ends just before token i (`name =` or `["name"] =`), and the token of its text.
local function key_before(list, i)
  local equals = list[i - 1]
  if not (equals and equals.value == "=" and equals.kind == "symbol") then
    return nil
  end
  local last = list[i - 2]
  if last and last.kind == "name" then
    return last
  end
  if last and last.value == "]" and list[i - 3] and list[i - 3].kind == "string" then
    return list[i - 3]
  end
  return nil
end

-- What stands before the "=" of an assignment that ends just before token i: `local steps =`, `steps.install =`.
local function chain_before(list, i)
  local last = key_before(list, i)
  local names, k = { last and last.value }, i - 2
  while last and last.kind == "name" and list[k - 1] and list[k - 1].value == "." and list[k - 2].kind == "name" do
    k = k - 2
    table.insert(names, 1, list[k].value)
  end
  return names, last
end

local blocks = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1 }

-- Calls visit(path, token, returned) for each `key =`, in tables and before them. A path begins at the returned table,
-- or at the variable that holds a part of it under the name of its field, as `local steps = {}` often does.
local function each_key(list, visit)
  local stack, base, depth = {}, {}, 0
  for i, item in ipairs(list) do
    local key = key_before(list, i)
    if #stack == 0 then
      base = chain_before(list, i)
    end
    if key and depth == 0 then
      local path = table.move(stack, 2, #stack, #base + 1, { table.unpack(base) })
      path[#path + 1] = #stack > 0 and key.value or nil
      visit(path, key, #base == 0)
    end
    if item.kind == "symbol" and item.value == "{" then
      stack[#stack + 1] = key and key.value or ""
    elseif item.kind == "symbol" and item.value == "}" then
      stack[#stack] = nil
    elseif #stack == 0 and item.kind == "name" then
      depth = depth + (blocks[item.value] or 0)
    end
  end
end

---@class pienv.token
---@field kind "name"|"string"|"symbol"
---@field value? string a symbol is one byte; nil: a long string
---@field at integer first byte
---@field size integer

---The tokens of a file, without comments.
---@param chunk string
---@return pienv.token[]
function M.tokens(chunk)
  token_lists[chunk] = token_lists[chunk] or tokens(texts[chunk] or "")
  return token_lists[chunk]
end

---Line and column of a token.
---@param chunk string
---@param item pienv.token
---@return integer line
---@return integer column
function M.position(chunk, item)
  return position(texts[chunk], item.at)
end

-- What is written at each path, of several the first; what the returned table holds comes before a variable's.
local function keys_of(chunk)
  local inside, outside = {}, {}
  each_key(M.tokens(chunk), function(path, key, returned)
    local keys, name = returned and inside or outside, table.concat(path, "\0")
    keys[name] = keys[name] or key
  end)
  return setmetatable(inside, { __index = outside })
end

---Finds where a field of the table that a file returns is written: path {"steps", "install", "ouputs"}.
---@param chunk string
---@param path string[]
---@return integer? line
---@return integer? column
---@return integer? length
function M.locate(chunk, path)
  key_maps[chunk] = key_maps[chunk] or keys_of(chunk)
  local found = key_maps[chunk][table.concat(path, "\0")]
  if not found then
    return nil
  end
  local line, column = M.position(chunk, found)
  return line, column, found.size
end

return M
