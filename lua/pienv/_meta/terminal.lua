---@meta pienv.terminal
-- Terminals, and text that cannot drive them. C module: engine/bind/bind_terminal.c, engine/core/terminal.h.

---@class pienv.terminal
local terminal = {}

---Is the descriptor connected to a terminal?
---@param fd integer 0, 1, 2, ...
---@return boolean
function terminal.is_tty(fd) end

---Is this process in the foreground of the terminal? True for a terminal that does not control it.
---@param fd integer
---@return boolean
function terminal.is_ours(fd) end

---Size of the terminal in characters.
---@param fd integer
---@return integer? columns
---@return integer|string rows or err "measure descriptor N: <reason>"
---@return string? code "ENOTTY", "EBADF", "ENODATA" (the terminal does not know)
function terminal.size(fd) end

---Makes text from elsewhere (file names, output of tools) safe to show on one line: control characters but the tab,
---bytes that are not UTF-8, and characters that reorder their neighbours become \n, \r, \xNN or \u{NNNN}.
---@param text string any bytes
---@return string
function terminal.sanitize(text) end

---The beginning of a text that fits into so many columns: wide characters take two, combining ones none.
---@param text string without control characters
---@param columns integer at least 0
---@return string beginning
---@return integer used columns
function terminal.clip(text, columns) end

return terminal
