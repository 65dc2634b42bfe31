-- File name patterns, matched against text or against the disk.
--
--   *       any bytes but "/"            ?      one byte but "/"
--   [a-z]   one of these, [!a] none      {a,b}  either text, also nested
--   **      as a whole part: any number of folders, none too; at the end: everything beneath
--   \x      x itself
--
-- A name that starts with a dot is matched by a part that starts with a dot, or with the option `hidden`.

local errno = require("pienv.errno")
local fs = require("pienv.fs")

local M = {}

local MOST_ALTERNATIVES = 1000 -- of one pattern, after its braces are written out
local DEEPEST = 64 -- folders beneath the root that "**" goes down

-- The end of the brace group that starts at `first`, and the ends of its alternatives; nil where it is not closed.
local function group_at(pattern, first)
  local depth, cuts, i = 0, {}, first
  while i <= #pattern do
    local char = pattern:sub(i, i)
    if char == "\\" then
      i = i + 1
    elseif char == "{" then
      depth = depth + 1
    elseif char == "," and depth == 1 then
      cuts[#cuts + 1] = i
    elseif char == "}" then
      depth = depth - 1
      if depth == 0 then
        cuts[#cuts + 1] = i
        return i, cuts
      end
    end
    i = i + 1
  end
end

local function find_group(pattern)
  local i = 1
  while i <= #pattern do
    local char = pattern:sub(i, i)
    if char == "{" then
      local last, cuts = group_at(pattern, i)
      if last and #cuts > 1 then
        return i, last, cuts
      end
    end
    i = i + (char == "\\" and 2 or 1)
  end
end

-- Appends every pattern without braces that `pattern` stands for.
local function expand(pattern, out)
  if #out >= MOST_ALTERNATIVES then
    error("pattern has more than " .. MOST_ALTERNATIVES .. " alternatives", 0)
  end
  local first, last, cuts = find_group(pattern)
  if not first then
    out[#out + 1] = pattern
    return out
  end
  local start = first + 1
  for _, cut in ipairs(cuts) do
    expand(pattern:sub(1, first - 1) .. pattern:sub(start, cut - 1) .. pattern:sub(last + 1), out)
    start = cut + 1
  end
  return out
end

local function quote(char)
  return (char:gsub("%W", "%%%0"))
end

-- A set "[...]" at position i of a part as a Lua pattern, and where it ends; nil where it is not closed.
local function set_at(part, i)
  local start = part:match("^[!^]()", i + 1) or i + 1
  local last = part:find("]", start + 1, true)
  if not last then
    return nil
  end
  local body = part:sub(start, last - 1):gsub("[%%%]%[^]", "%%%0")
  return (start > i + 1 and "[^/" or "[") .. body .. "]", last
end

-- What stands between two stars of a part: a Lua pattern that matches a fixed number of bytes.
local function close_piece(pieces, out)
  pieces[#pieces + 1] = { pattern = table.concat(out), length = #out }
  return {}
end

-- One part as a matcher: the pieces between its stars, and the plain text when it has no wildcard.
local function compile_part(part)
  local pieces, out, plain, i = {}, {}, {}, 1
  local wild = false
  while i <= #part do
    local char = part:sub(i, i)
    local set, last
    if char == "[" then
      set, last = set_at(part, i)
    end
    wild = wild or set ~= nil or char == "*" or char == "?"
    if set then
      out[#out + 1], i = set, last
    elseif char == "*" then
      out = close_piece(pieces, out)
    elseif char == "?" then
      out[#out + 1] = "."
    else
      if char == "\\" and i < #part then
        i = i + 1
        char = part:sub(i, i)
      end
      out[#out + 1], plain[#plain + 1] = quote(char), char
    end
    i = i + 1
  end
  close_piece(pieces, out)
  local dot = part:sub(1, 1) == "." or part:sub(1, 2) == "\\."
  return { pieces = pieces, text = not wild and table.concat(plain) or nil, dot = dot }
end

-- The first piece at the start, the last at the end, the others leftmost in between: as each has a fixed length, there
-- is nothing to try again, and no pattern takes long.
local function matches_pieces(pieces, name)
  local first, last = pieces[1], pieces[#pieces]
  if #pieces == 1 then
    return name:find("^" .. first.pattern .. "$") ~= nil
  end
  local at = name:find("^" .. first.pattern) and first.length + 1
  for i = 2, #pieces - 1 do
    local found = at and name:find(pieces[i].pattern, at)
    at = found and found + pieces[i].length
  end
  local tail = #name - last.length + 1
  return at ~= nil and tail >= at and name:find("^" .. last.pattern .. "$", tail) ~= nil
end

local function compile_one(pattern)
  local parts = {}
  for part in pattern:gmatch("[^/]+") do
    local deep = part == "**"
    if not (deep and parts[#parts] and parts[#parts].deep) and part ~= "." then
      parts[#parts + 1] = deep and { deep = true } or compile_part(part)
    end
  end
  if parts[#parts] and parts[#parts].deep then
    parts[#parts + 1] = compile_part("*") -- at the end "**" means what is beneath, not the folder itself
  end
  return parts
end

local function compile(pattern)
  local compiled = {}
  for i, one in ipairs(expand(pattern, {})) do
    compiled[i] = compile_one(one)
  end
  return compiled
end

-- A state is a place in one of the alternatives: `parts[at]` is what the next name must match.

local function add(states, parts, at)
  for _, state in ipairs(states) do
    if state.parts == parts and state.at == at then
      return
    end
  end
  states[#states + 1] = { parts = parts, at = at }
  if parts[at] and parts[at].deep then
    add(states, parts, at + 1) -- no folder at all
  end
end

local function start(compiled)
  local states = {}
  for _, parts in ipairs(compiled) do
    add(states, parts, 1)
  end
  return states
end

local function matches(part, name, hidden)
  if part.text then
    return part.text == name
  end
  if name:sub(1, 1) == "." and not (hidden or part.dot) then
    return false
  end
  return part.deep or matches_pieces(part.pieces, name)
end

-- The states after one more name.
local function step(states, name, hidden)
  local after = {}
  for _, state in ipairs(states) do
    local part = state.parts[state.at]
    if part and matches(part, name, hidden) then
      add(after, state.parts, part.deep and state.at or state.at + 1)
    end
  end
  return after
end

local function is_match(states)
  for _, state in ipairs(states) do
    if state.at > #state.parts then
      return true
    end
  end
  return false
end

-- The names that can go on when no state needs to see the folder: sorted, or nil.
local function plain_names(states)
  local names, seen = {}, {}
  for _, state in ipairs(states) do
    local part = state.parts[state.at]
    if part and not part.text then
      return nil
    end
    if part and not seen[part.text] then
      seen[part.text] = true
      names[#names + 1] = part.text
    end
  end
  table.sort(names)
  return names
end

local function goes_on(states)
  for _, state in ipairs(states) do
    if state.at <= #state.parts then
      return true
    end
  end
  return false
end

-- The names in a folder of a walk. What others delete meanwhile is empty; any other failure is raised as a table.
local function list(w, prefix)
  local names, err, code = fs.list(prefix == "" and w.root or w.root .. "/" .. prefix)
  if not names and (code ~= "ENOENT" or prefix == "") then
    error({ err, code })
  end
  return names or {}
end

-- Facts of what a walk has come to; the same holds: one that cannot be looked at is not one that is not there.
local function facts(w, name)
  local stat, err, code = fs.stat(w.root .. "/" .. name, { follow = false })
  if not stat and not errno.is_absent(code) then
    error({ err, code })
  end
  return stat
end

-- One folder of a walk: `prefix` is its path with a slash, or "".
local function walk(w, prefix, states, depth)
  if depth > DEEPEST then
    error({ "find " .. w.root .. "/" .. prefix .. ": deeper than " .. DEEPEST .. " folders", "ELOOP" })
  end
  for _, name in ipairs(plain_names(states) or list(w, prefix)) do
    local after = step(states, name, w.hidden)
    local stat = #after > 0 and facts(w, prefix .. name)
    if stat and is_match(after) then
      w.found[#w.found + 1] = prefix .. name
    end
    if stat and stat.type == "directory" and goes_on(after) then
      walk(w, prefix .. name .. "/", after, depth + 1)
    end
  end
end

---Does the pattern stand for this path?
---@param pattern string
---@param path string relative, without "." and ".."
---@param options? { hidden?: boolean } hidden: wildcards match names that start with a dot
---@return boolean
function M.match(pattern, path, options)
  local hidden = options and options.hidden or false
  local states = start(compile(pattern))
  for name in path:gmatch("[^/]+") do
    states = step(states, name, hidden)
  end
  return is_match(states)
end

---Files and folders beneath `root` that a pattern stands for. Symbolic links are found, but not followed.
---@param root string
---@param pattern string relative, without ".."
---@param options? { hidden?: boolean } hidden: wildcards match names that start with a dot
---@return string[]? paths relative to root, in byte order
---@return string? err
---@return string? code "ENOENT" where root is missing and has to be read, "EACCES", "ELOOP" deeper than 64 folders
function M.find(root, pattern, options)
  if pattern:sub(1, 1) == "/" or ("/" .. pattern .. "/"):find("/../", 1, true) then
    error("bad argument #2 to 'glob.find' (pattern '" .. pattern .. "' leads out of the root)", 2)
  end
  local w = { root = root, hidden = options and options.hidden or false, found = {} }
  local ok, raised = pcall(walk, w, "", start(compile(pattern)), 0)
  if not ok then
    if type(raised) ~= "table" then
      error(raised, 0)
    end
    return nil, raised[1], raised[2]
  end
  table.sort(w.found)
  return w.found
end

return M
