---@meta pienv.time
-- Clocks and time stamps. C module: engine/bind/bind_time.c, engine/core/time.h.

---@class pienv.time
local time = {}

---Seconds since 1970-01-01T00:00:00Z, with a fraction. May jump: for time stamps.
---@return number seconds
function time.now() end

---Seconds since some moment, with a fraction. Never goes back: for durations.
---@return number seconds
function time.monotonic() end

---Writes a time as "2026-01-02T03:04:05Z" (UTC, whole seconds, rounded down).
---@param seconds number since 1970, as of time.now or a file's mtime
---@return string? text
---@return string? err "format SECONDS: year out of range"
---@return string? code "ERANGE"
function time.iso(seconds) end

return time
