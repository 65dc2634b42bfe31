-- The key of an entry: SHA-256 over the git object ids of the inputs and the target. Pure.
--
--   path TAB id LF        for each input, in the order of the setting `inputs`; 40 zeros where HEAD has no such path
--   TARGET TAB label LF
--   "pienv-key-v1" NUL, then type NUL name NUL value NUL for each extra component, sorted by bytes (only with some)
--
-- Without extra components the bytes are those of every program that follows the natives runbook.

local M = {}

---Stands for a path that HEAD does not have, whatever the repository's hash is.
M.NULL = ("0"):rep(40)

---@class cache.input an input as HEAD has it
---@field path string from the git root
---@field id string|false object id; false: HEAD has no such path

---@class cache.extra a component beyond the runbook's: { type = "tool", name = "rustc", value = "1.95.0" }
---@field type string
---@field name string
---@field value string

---@class cache.key_input
---@field entries cache.input[]
---@field target string label, as "linux-x64-modern"
---@field extra? cache.extra[]

---Says why a path cannot be part of a key, if it cannot: two lists of paths must never give the same bytes.
---@param path string
---@return string? message
function M.refuse(path)
  if path == "." then
    return nil -- the whole tree
  elseif path == "" or path:sub(1, 1) == "/" or ("/" .. path .. "/"):find("/%.?%./") then
    return ("inputs: '%s' must be a path from the git root, without '.' and '..'"):format(path)
  elseif path:find("[\t\n\0]") then
    return ("inputs: %q holds a tab, a line feed or a NUL byte, which a key cannot tell apart"):format(path)
  end
end

local function framed(extra)
  local parts = {}
  for i, component in ipairs(extra) do
    local words = { component.type, component.name, component.value }
    for k, word in ipairs(words) do
      assert(not word:find("\0", 1, true), "a component of a key holds a NUL byte")
      words[k] = word .. "\0"
    end
    parts[i] = table.concat(words)
  end
  table.sort(parts)
  return "pienv-key-v1\0" .. table.concat(parts)
end

---The bytes that are hashed.
---@param input cache.key_input
---@return string
function M.bytes(input)
  local lines = {}
  for i, entry in ipairs(input.entries) do
    lines[i] = entry.path .. "\t" .. (entry.id or M.NULL) .. "\n"
  end
  lines[#lines + 1] = "TARGET\t" .. input.target .. "\n"
  lines[#lines + 1] = input.extra and input.extra[1] and framed(input.extra) or nil
  return table.concat(lines)
end

---Whether a text has the form of a key.
---@param text string
---@return boolean
function M.is_key(text)
  return #text == 64 and not text:find("[^0-9a-f]")
end

---The first digits, for messages.
---@param key string
---@return string
function M.short(key)
  return key:sub(1, 7)
end

return M
