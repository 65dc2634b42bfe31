---@meta pienv.c.lock
-- The C half of pienv.lock (lua/pienv/lock.lua), which waits and writes the records. C module:
-- engine/bind/bind_lock.c, engine/core/lock.h.

---@class pienv.c.lock
---@field record_size integer the most bytes of a record
local lock = {}

---Takes the lock of a file, without waiting. A missing file is created; links and what is no regular file are refused.
---@param path string
---@param options? { shared?: boolean, create_mode?: pienv.fs.mode } default: exclusive, 0666 less the umask
---@return pienv.lock.held? held
---@return string? err "lock <path>: <reason>"
---@return string? code "EAGAIN" (held), "ELOOP" (a symbolic link), "EINVAL", "EACCES", ...
function lock.try(path, options) end

---Reads what the file of a lock holds, up to record_size bytes. It may be anything: everybody who may lock writes there.
---@param path string
---@return string? bytes
---@return string? err "read lock <path>: <reason>"
---@return string? code
function lock.read(path) end

---A lock that is held until it is released, leaves the scope of a `<close>` variable, is collected, or the process ends.
---@class pienv.lock.held
local held = {}

---Replaces the content of the file, for those who wait; it goes with the release.
---@param bytes string at most record_size
---@return true? ok
---@return string? err "write lock record: <reason>"
---@return string? code "EINVAL" (the file may only be read), "EMLINK" (it has other names), "ENOSPC", ...
function held:record(bytes) end

---Releases the lock; safe twice.
function held:release() end

return lock
