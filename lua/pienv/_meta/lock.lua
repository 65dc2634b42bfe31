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

---Stands in the kernel's line for a lock: who came first gets it first. The file is opened as by `try`.
---@param path string
---@param options? { shared?: boolean, create_mode?: pienv.fs.mode } as of `try`
---@return pienv.lock.queue? queue
---@return string? err "lock <path>: <reason>"
---@return string? code "EAGAIN" (no thread to be had), "ENOMEM", and those of `try`
function lock.queue(path, options) end

---A place in a line; left with leave(), by `<close>`, when collected.
---@class pienv.lock.queue
local queue = {}

---Asks, without waiting, whether one's turn has come.
---@return pienv.lock.held|false|nil held false: not yet; nil: it never will
---@return string? err "lock <path>: <reason>"
---@return string? code "ESTALE" (the file was replaced: stand in the new one's line), ...
function queue:ask() end

---Blocks the whole program until asking is worth it, the seconds have passed, or a signal has come.
---@param seconds number
function queue:wait(seconds) end

---Leaves the line; safe twice.
function queue:leave() end

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
