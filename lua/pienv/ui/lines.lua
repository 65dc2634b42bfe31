-- Pieces of output into lines, one collector a process: each stream has its own unfinished line.

local M = {}

---@class pienv.ui.lines
local lines = {}
lines.__index = lines

-- A line that does not end is told in pieces of this size.
local LONGEST = 65536

---@param on_line fun(text: string) gets every line without its newline
---@return pienv.ui.lines
function M.new(on_line)
  return setmetatable({ on_line = on_line, rest = {} }, lines)
end

---@param stream string
---@param bytes string
function lines:add(stream, bytes)
  local rest, from = self.rest[stream] or "", 1
  local at = bytes:find("\n", 1, true) -- a pattern would be tried from each byte of a long line on
  while at do
    local line = rest .. bytes:sub(from, at - 1)
    self.on_line(line:byte(-1) == 13 and line:sub(1, -2) or line)
    rest, from = "", at + 1
    at = bytes:find("\n", from, true)
  end
  rest = rest .. bytes:sub(from)
  if #rest > LONGEST then
    self.on_line(rest)
    rest = ""
  end
  self.rest[stream] = rest
end

---What stands behind the last newline is a line, too.
function lines:finish()
  for _, stream in ipairs({ "stdout", "stderr" }) do
    if (self.rest[stream] or "") ~= "" then
      self.on_line(self.rest[stream])
    end
  end
  self.rest = {}
end

return M
