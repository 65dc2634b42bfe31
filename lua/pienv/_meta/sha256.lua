---@meta pienv.sha256
-- SHA-256 of strings, streams and files. C module: engine/bind/bind_sha256.c, engine/core/sha256.h.

---@class pienv.sha256
local sha256 = {}

---Hashes a string.
---@param bytes string
---@return string hex 64 lower-case hexadecimal digits
function sha256.hash(bytes) end

---Hashes the whole content of a file, in blocks.
---@param path string
---@return string? hex 64 lower-case hexadecimal digits
---@return string? err "<verb> <path>: <reason>"
---@return string? code "ENOENT", "EISDIR", ...
function sha256.file(path) end

---Copies a file and hashes it in one pass. The new file must not exist: callers stage and rename. Symbolic links are
---refused at both ends; after a failure nothing is left.
---@param from string
---@param to string
---Options: mode (default: that of `from`), sync (wait until the content is on disk; default true), uid and gid; search:
---1 to 1000 texts, each not over 64 KiB, to be counted on the way.
---@param options? { mode?: pienv.fs.mode, sync?: boolean, uid?: integer, gid?: integer, search?: string[] }
---@return string? hex digest of the bytes that were written
---@return integer|string size_or_err bytes, or "copy <from> to <to>: <reason>"
---@return string|integer[]|nil code_or_counts "EEXIST", "ELOOP", "ENOSPC", "ECHANGED" (`from` changed meanwhile), "EINTR",
---...; or, with search, how often each text was found
function sha256.copy(from, to, options) end

---Starts a stream.
---@return pienv.sha256.stream stream
function sha256.new() end

---@class pienv.sha256.stream
local stream = {}

---Adds bytes.
---@param bytes string
---@return pienv.sha256.stream self
function stream:update(bytes) end

---Gives the digest of what was added so far; the stream can go on.
---@return string hex 64 lower-case hexadecimal digits
function stream:hex() end

return sha256
