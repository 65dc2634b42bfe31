-- Secrets: which variables look like some, and text in which their values are masked. For everything that pienv shows
-- or keeps of what it ran: logs, reports, traces, events.

local M = {}

local words = { "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE", "API_KEY", "ACCESS_KEY" }

M.MASK = "***"

-- Shorter values ("1", "true", "dev") stand in too many texts that give nothing away.
local LEAST = 6

---Does a variable's name say that its value is a secret?
---@param name string
---@return boolean
function M.is_name(name)
  local upper = name:upper()
  for _, word in ipairs(words) do
    if upper:find(word, 1, true) then
      return true
    end
  end
  return false
end

---@class pienv.secret.masker
---@field longest integer bytes of the longest value; 0: there are none
local masker = {}
masker.__index = masker

---@param env? table<string, string|false>
---@return pienv.secret.masker
function M.masker(env)
  local made = setmetatable({ values = {}, longest = 0 }, masker)
  made:learn(env)
  return made
end

---Learns the values of variables that look like secrets.
---@param env? table<string, string|false>
function masker:learn(env)
  if not env then
    return
  end
  for name, value in pairs(env) do
    if type(value) == "string" and #value >= LEAST and M.is_name(name) and not self.values[value] then
      self.values[value] = true
      self.values[#self.values + 1] = value
      self.longest = math.max(self.longest, #value)
    end
  end
  table.sort(self.values, function(a, b) -- one may hold another
    return #a > #b or #a == #b and a < b
  end)
end

---The text with every known value masked.
---@param text string
---@return string
function masker:hide(text)
  for _, value in ipairs(self.values) do
    if text:find(value, 1, true) then
      text = text:gsub(value:gsub("%p", "%%%0"), (M.MASK:gsub("%%", "%%%%")))
    end
  end
  return text
end

---How many bytes at the end of a text could be the beginning of a known value, which goes on in the next piece.
---@param text string
---@return integer
function masker:open_end(text)
  for size = math.min(#text, self.longest - 1), 1, -1 do
    local rest = text:sub(-size)
    for _, value in ipairs(self.values) do
      if value:sub(1, size) == rest and #value > size then
        return size
      end
    end
  end
  return 0
end

---The list with every known value masked.
---@param list string[]
---@return string[]
function masker:hide_all(list)
  if self.longest == 0 then
    return list
  end
  local hidden = {}
  for i, text in ipairs(list) do
    hidden[i] = self:hide(text)
  end
  return hidden
end

return M
