-- The region at the bottom of a terminal, as text: which lines it has, and the bytes of one frame. Pure but for the
-- width of characters.
--
-- The cursor rests on an empty line below the region, so that whatever ends pienv leaves a clean prompt, and nothing
-- that must be restored is ever switched off between two frames. Text above scrolls as usual.

local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")

local M = {}

-- A width that is judged wrongly, or a size that is told late, must not wrap a line of the region.
local NO_WRAP, WRAP = "\27[?7l", "\27[?7h"
-- Terminals that know it show what stands between at once; others ignore it.
local BEGIN, END = "\27[?2026h", "\27[?2026l"

---@class pienv.ui.region.input
---@field rows pienv.ui.row[] steps that run, at most as many as there are jobs
---@field count integer how many run
---@field ended integer
---@field total integer
---@field failed integer
---@field seconds number since the run began
---@field now number
---@field columns integer of the terminal
---@field lines integer of the terminal
---@field paint fun(text: string, color: string): string

local function headline(input)
  local text = ("[%d/%d] %s"):format(input.ended, input.total, style.seconds(input.seconds))
  if input.failed > 0 then
    text = text .. (", %d failed"):format(input.failed)
  end
  return text .. (", %d running"):format(input.count)
end

---The lines of the region, none longer than the terminal is wide: a headline, then one a step that runs.
---@param input pienv.ui.region.input
---@return { text: string, width: integer }[]
function M.lines(input)
  local most = math.max(1, math.min(#input.rows + 1, input.lines // 2))
  local texts = { headline(input) }
  for i = 1, most - 1 do
    local row = input.rows[i]
    local doing = row.doing and "  " .. row.doing or ""
    texts[i + 1] = ("  %s  %.1f s%s"):format(row.id, input.now - row.began, doing)
  end
  local lines = {}
  for i, text in ipairs(texts) do
    local shown, width = terminal.clip(text:gsub("\t", " "), math.max(1, input.columns - 1))
    lines[i] = { text = i == 1 and input.paint(shown, "1") or shown, width = width }
  end
  return lines
end

---The bytes that take a region away, line by line from below, and leave the cursor on its first one. (Where all below
---the cursor is erased at once, from the first line of the screen on, tmux keeps it as history.) A terminal that became
---narrower has wrapped the lines meanwhile.
---@param region { width: integer }[] as it was drawn
---@param columns integer now
---@return string
function M.erase(region, columns)
  local rows = 0
  for _, line in ipairs(region) do
    rows = rows + math.max(1, (line.width + columns - 1) // columns)
  end
  return rows > 0 and "\r\27[2K" .. ("\27[A\27[2K"):rep(rows) or ""
end

---One frame: takes the old region away, writes what has come above it, draws the new one.
---@param old { width: integer }[]
---@param above string[] lines
---@param new { text: string, width: integer }[]
---@param columns integer
---@return string bytes empty: there is nothing to do
function M.frame(old, above, new, columns)
  if #old + #above + #new == 0 then
    return ""
  end
  local parts = { BEGIN, M.erase(old, columns) }
  for _, text in ipairs(above) do
    parts[#parts + 1] = text .. "\n"
  end
  parts[#parts + 1] = #new > 0 and NO_WRAP or ""
  for _, line in ipairs(new) do
    parts[#parts + 1] = line.text .. "\n"
  end
  parts[#parts + 1] = (#new > 0 and WRAP or "") .. END
  return table.concat(parts)
end

---Takes the cursor to the beginning of a line, whatever another program has left there.
---@param columns integer
---@return string
function M.fresh_line(columns)
  return (" "):rep(columns) .. "\r\27[2K"
end

return M
