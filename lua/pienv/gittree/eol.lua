-- Ends of lines as git converts them on the way from the work tree: by attributes, core.autocrlf, and what is binary.
-- Pure. The same rules in C: engine/core/gittree_eol.h.

local M = {}

---@alias pienv.gittree.eol "text"|"guess"|"none"

local WORDS = { set = "text", input = "text", auto = "guess", unset = "none" }

---The rule for a path.
---@param attributes table<string, string> values as git tells them; "unspecified" where there is none
---@param autocrlf boolean
---@return pienv.gittree.eol
function M.rule(attributes, autocrlf)
  local told = WORDS[attributes.text] or WORDS[attributes.crlf]
  if told then
    return told
  elseif attributes.eol == "lf" or attributes.eol == "crlf" then
    return "text"
  end
  return autocrlf and "guess" or "none"
end

local function count(text, set)
  return select(2, text:gsub(set, ""))
end

-- git's guess: a lone CR, a NUL, or more than one odd byte in 128 printable ones.
local function is_binary(text)
  local plain = text:gsub("\r\n", "")
  if plain:find("[\r\0]") then
    return true
  end
  local printable = count(plain, "[\b\t\27\f -~\128-\255]")
  local odd = #plain - printable - count(plain, "\n")
  if text:sub(-1) == "\26" then -- the end-of-file mark of DOS
    odd = odd - 1
  end
  return printable >> 7 < odd
end

---Whether the rule converts this content.
---@param rule pienv.gittree.eol
---@param text string
---@return boolean
function M.converts(rule, text)
  return rule ~= "none" and text:find("\r\n", 1, true) ~= nil and (rule == "text" or not is_binary(text))
end

---@param text string
---@return string
function M.convert(text)
  return (text:gsub("\r\n", "\n"))
end

return M
