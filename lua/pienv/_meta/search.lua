---@meta pienv.search
-- Byte strings looked for in a file of any size. C module: engine/bind/bind_search.c, engine/core/search.h.

---@class pienv.search
local search = {}

---@class pienv.search.options
---@field limit? integer matches of each needle whose places are kept; default 16
---@field after? integer bytes to give of what follows each kept match; default 0
---@field word_end? boolean a match counts only where the next byte is no letter, digit or "_", or the file ends

---@class pienv.search.found
---@field count integer matches in the whole file, none of which overlap
---@field offsets integer[] of the first `limit` matches, in bytes from the start of the file
---@field after? string[] what follows these matches, up to `after` bytes; shorter at the end of the file

---Looks for all needles in one pass. The file is read block by block: memory does not grow with its size, and a file
---that is truncated meanwhile just ends earlier.
---@param path string a regular file
---@param needles string[] 1 to 1000, each 1 to 65536 bytes
---@param options? pienv.search.options
---@return pienv.search.found[]? found in the order of the needles
---@return string? err "search <path>: <reason>"
---@return string? code "ENOENT", ..., "EINVAL" where it is no regular file
function search.file(path, needles, options) end

return search
