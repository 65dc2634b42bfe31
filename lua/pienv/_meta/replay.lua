---@meta pienv.replay
-- Recordings of plain commands, which are done again before there is any Lua. C module: engine/bind/bind_replay.c; the
-- form of a recording: engine/core/replay.h.
--
--   local path, head = replay.find(argv)
--   fs.write(path, head .. "\n" .. lines .. "end\n", { sync = false, mode = "0600" })

---@class pienv.replay
local replay = {}

---Where the recording of a command is kept: beneath XDG_CACHE_HOME or HOME; the folder may be missing.
---@param argv string[] arguments, without the program's name
---@return string? path nil: there is no place for one
---@return string? head its first line: which command it is of
function replay.find(argv) end

return replay
