-- Which files of a package its modules need: what they import, and what that imports. Pure; files are read through a
-- function. Read are tokens, not text: an import in a comment or in a string is none.

local path = require("pienv.path")

local M = {}

---@class npm.token
---@field kind "word"|"string"|"sign"
---@field text string of a string: what is between its quotes

-- After these a "/" begins a regular expression.
local BEFORE_EXPRESSION = {}
for word in ("return typeof case in of delete void throw new else do instanceof yield await"):gmatch("%l+") do
  BEFORE_EXPRESSION[word] = true
end

local function begins_expression(last)
  if not last or last.kind == "sign" then
    return not last or not last.text:find("[%)%]}]")
  end
  return last.kind == "word" and BEFORE_EXPRESSION[last.text] or false
end

-- Where a quoted text ends; the end of its line at the latest, so that a wrong guess costs one line.
local function quote_end(text, at, quote)
  local i = at + 1
  while true do
    i = text:find("[\\\n" .. quote .. "]", i)
    if not i or text:sub(i, i) ~= "\\" then
      return i or #text
    end
    i = i + 2
  end
end

local function expression_end(text, at)
  local i, in_class = at + 1, false
  while true do
    i = text:find("[\\\n/%[%]]", i)
    local char = i and text:sub(i, i)
    if not i or char == "\n" or char == "/" and not in_class then
      return i or #text
    end
    in_class = char == "[" or char ~= "]" and in_class
    i = i + (char == "\\" and 2 or 1)
  end
end

-- What a template holds up to its end or its next "${", and where it goes on.
local function template_part(text, at)
  local i = at
  while true do
    i = text:find("[\\`$]", i)
    local char = i and text:sub(i, i)
    if not i or char == "`" then
      return i or #text, false
    elseif char == "$" and text:sub(i + 1, i + 1) == "{" then
      return i + 1, true
    end
    i = i + (char == "\\" and 2 or 1)
  end
end

---@param text string of a module in JavaScript or of declarations
---@return npm.token[]
function M.tokens(text)
  local tokens, at, braces = {}, 1, {} -- braces: of each open template the depth of braces in its expression
  local function add(kind, first, last)
    tokens[#tokens + 1] = { kind = kind, text = text:sub(first, last) }
  end
  local function template(from)
    local last, is_open = template_part(text, from)
    if is_open then
      braces[#braces + 1] = 0
    else
      add("string", from, last - 1)
    end
    return last + 1
  end
  while true do
    at = text:find("%S", at)
    if not at then
      return tokens
    end
    local char, two = text:sub(at, at), text:sub(at, at + 1)
    local word_end = select(2, text:find("^[%w_$\x80-\xff]+", at))
    if word_end then
      add("word", at, word_end)
      at = word_end + 1
    elseif two == "//" then
      at = text:find("\n", at, true) or #text + 1
    elseif two == "/*" then
      at = (select(2, text:find("*/", at + 2, true)) or #text) + 1
    elseif char == '"' or char == "'" then
      local last = quote_end(text, at, char)
      add("string", at + 1, last - 1)
      at = last + 1
    elseif char == "`" then
      at = template(at + 1)
    elseif char == "}" and braces[#braces] == 0 then
      braces[#braces] = nil
      at = template(at + 1)
    elseif char == "/" and begins_expression(tokens[#tokens]) then
      at = expression_end(text, at) + 1
    else
      if #braces > 0 and (char == "{" or char == "}") then
        braces[#braces] = braces[#braces] + (char == "{" and 1 or -1)
      end
      add("sign", at, at)
      at = at + 1
    end
  end
end

---@class npm.import
---@field name string "./helper.js"
---@field may_miss boolean asked for when it runs, perhaps where that fails without harm

local function is(token, kind, text)
  return token ~= nil and token.kind == kind and token.text == text
end

local CALLS = { import = true, require = true }

-- Whether the string at `i` is what something is imported from; and whether it is asked for when it runs.
local function import_kind(tokens, i)
  local before, first = tokens[i - 1], tokens[i - 2]
  if is(before, "word", "from") or is(before, "word", "import") then
    return true, false
  elseif is(before, "sign", "(") and first and first.kind == "word" and CALLS[first.text] then
    return true, true
  end
  local is_url = is(before, "sign", "(") and is(first, "word", "URL")
  return is_url and is(tokens[i + 1], "sign", ",") and is(tokens[i + 2], "word", "import"), true
end

---The relative imports of a module, each once, in its order.
---@param text string
---@return npm.import[]
function M.imports(text)
  local found, seen, tokens = {}, {}, M.tokens(text)
  for i, token in ipairs(tokens) do
    if token.kind == "string" and token.text:find("^%.%.?/") and not seen[token.text] then
      local is_import, may_miss = import_kind(tokens, i)
      seen[token.text] = is_import or nil
      found[#found + 1] = is_import and { name = token.text, may_miss = may_miss } or nil
    end
  end
  return found
end

local DECLARATIONS = { [".js"] = ".d.ts", [".mjs"] = ".d.mts", [".cjs"] = ".d.cts" }

-- The files that an import may mean, the likeliest first.
local function meanings(from, name)
  local file = path.join(path.dirname(from), name)
  local list = { file }
  if from:find("%.d%.[mc]?ts$") then
    local stem, ending = file:match("^(.*)(%.[mc]?js)$")
    table.insert(list, 1, stem and stem .. DECLARATIONS[ending] or file .. ".d.ts")
  end
  for _, ending in ipairs({ ".js", ".json", ".cjs", ".mjs", "/index.js" }) do
    list[#list + 1] = file .. ending
  end
  return list
end

---@class npm.need
---@field file string from the package's folder
---@field by? string the module that imports it; nil: package.json names it
---@field as string how it is named there
---@field is_missing boolean it is not there
---@field may_miss? boolean

local function resolve(read, from, import)
  for _, file in ipairs(meanings(from, import.name)) do
    local text = read(file)
    if text then
      return file, text
    end
  end
  return path.join(path.dirname(from), import.name), nil
end

---Everything that modules need, each file once.
---@param entries { file: string, as: string }[] what package.json names
---@param read fun(file: string): string? content by the path from the package's folder; nil: no such file
---@return npm.need[]
function M.closure(entries, read)
  local needs, seen = {}, {}
  local function visit(file, text, need)
    if seen[file] or file:find("%.node$") then
      return
    end
    seen[file], needs[#needs + 1] = true, need
    need.file, need.is_missing = file, text == nil
    for _, import in ipairs(file:find("%.[mc]?[jt]s$") and M.imports(text or "") or {}) do
      local to, content = resolve(read, file, import)
      visit(to, content, { by = file, as = import.name, may_miss = import.may_miss })
    end
  end
  for _, entry in ipairs(entries) do
    local file = path.normalize(entry.file)
    visit(file, read(file), { as = entry.as })
  end
  return needs
end

return M
