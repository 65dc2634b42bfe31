---@meta pienv.link
-- A file under a second name, by the cheapest way that the file system and the file's owner allow. C module:
-- engine/bind/bind_link.c, engine/core/link.h.
--
--   local made = assert(link.put(stored, staged, { ways = { "reflink", "hardlink", "copy" }, mode = "0555" }))
--   print(made.how)                              -- "hardlink"
--   for _, pass in ipairs(made.passed) do        -- why not otherwise
--     print(pass.how, pass.code, pass.reason)    -- "reflink", "EOPNOTSUPP", "Operation not supported"
--   end

---@class pienv.link
local link = {}

---@alias pienv.link.way
---| "reflink" # a file of its own that shares the blocks until one of the two is written to
---| "hardlink" # another name of the same file; only of one that nobody may write to
---| "copy" # a file of its own with blocks of its own

---@class pienv.link.options
---@field ways pienv.link.way[] tried in this order
---@field mode? pienv.fs.mode of the new name, exactly; default: that of `from`, without special bits (setuid ...)
---@field uid? integer owner, with gid; of a file of its own only: one that has several names is never given away
---@field gid? integer
---@field sync? boolean wait until the content is on disk; default false (the new name is synced with its folder: fs.sync)

---@class pienv.link.pass a way that was passed over
---@field how pienv.link.way
---@field code string "EXDEV", "EMLINK", ...; "EWRITABLE": the file may be written to; "EMODE": it has another mode
---@field reason string

---@class pienv.link.result
---@field how pienv.link.way
---@field passed pienv.link.pass[] in the order in which they were tried

---Makes `to`, which must not exist, from a regular file. Symbolic links are refused at both ends. What is no matter of
---the way (a full disk, a missing file, a file that changes meanwhile) fails at once. After a failure nothing is left.
---Beware: a rename between two hard links of one file does nothing and leaves both; remove the staged name after it.
---@param from string
---@param to string
---@param options pienv.link.options
---@return pienv.link.result? result
---@return string? err "link <from> to <to>: <reason>", "copy ..."
---@return string? code "EEXIST", "ENOENT", "ELOOP", "ENOSPC", "ECHANGED", "EINTR", ...; of the last way where none is left
function link.put(from, to, options) end

return link
