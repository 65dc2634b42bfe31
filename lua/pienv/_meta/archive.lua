---@meta pienv.archive
-- tar archives packed with gzip. C module: engine/bind/bind_archive.c, engine/core/archive.h.
--
--   local written = assert(archive.write("native/addons.tar.gz", { members = {
--     { name = "addon.node", path = "native/addon.node" },
--     { name = "README", bytes = "text" },
--   } }))
--   for _, member in ipairs(assert(archive.list("native/addons.tar.gz"))) do print(member.name, member.size) end
--   assert(archive.extract("native/addons.tar.gz", "addon.node", "out/addon.node", { sha256 = written.members[1].sha256 }))
--
-- The bytes of an archive depend on what it is made of and on the options, never on the machine, the user, the time or
-- the number of threads. Files of any size go through in blocks. What replaces a file does so at once.

---@class pienv.archive
local archive = {}

---@class pienv.archive.source
---@field name string relative, without "." and ".."
---@field path? string a regular file
---@field bytes? string instead of path
---@field mode? pienv.fs.mode default "0644"
---@field follow? boolean path: through a symbolic link, which is "ELOOP" otherwise; default true

---@class pienv.archive.options
---@field members pienv.archive.source[] in the order of the archive
---@field level? integer 0 to 12, of libdeflate; default 9
---@field mtime? integer of every member, seconds since 1970; default 0
---@field gzip_members? "many"|1 one for each chunk (default), which unpacks faster, or one for readers that know no more
---@field chunk? integer bytes that are packed at a time, 65536 to 67108864; default 4194304
---@field threads? integer 1 to 64; default the cores, at most 4. Memory: (2 + threads) times two chunks
---@field format? "ustar"|"pax" ustar (default) refuses names and sizes that it cannot hold; pax adds a header for them
---@field mode? pienv.fs.mode of the archive; default that of the file it replaces, "0644" for a new one
---@field sync? boolean is on disk afterwards; default true

---@class pienv.archive.sum
---@field size integer bytes
---@field sha256 string 64 lower-case hexadecimal digits
---@field name? string of a member

---@class pienv.archive.written: pienv.archive.sum
---@field members pienv.archive.sum[]

---@class pienv.archive.taken: pienv.archive.sum of the member
---@field mtime_ns integer of the new file, since 1970
---@field inode integer of the new file

---Writes an archive.
---@param to string the archive; its folder must exist
---@param options pienv.archive.options
---@return pienv.archive.written? written
---@return string? err "write <to>: <reason>", "read <path>: <reason>"; nothing is left behind
---@return string? code "ENAME", "EDUPLICATE", "ENAMETOOLONG", "EFBIG" (ustar), "ECHANGED" (while it was read), "ENOENT", ...
function archive.write(to, options) end

---What reading allows; more is "ELIMIT".
---@class pienv.archive.limits
---@field bytes? integer unpacked, headers included; default 4 GiB
---@field members? integer default 10000
---@field ratio? integer unpacked bytes for a packed one, but for the first million; default 200

---@class pienv.archive.member
---@field name string without "." and double slashes; "." for the root folder
---@field type "file"|"directory"
---@field size integer bytes
---@field mode integer permission bits
---@field mtime integer seconds since 1970

---Lists an archive; all of it is read and checked. Refused are, by code: EFORMAT (not gzip, not tar, damaged), ETRUNCATED,
---ETRAILING (something follows its end), ELIMIT, ENAME (absolute, "..", empty), ETYPE (links, devices, pipes, files with
---holes), EDUPLICATE (a name that is there twice).
---@param path string
---@param limits? pienv.archive.limits
---@return pienv.archive.member[]? members in the order of the archive
---@return string? err "read archive <path>: <reason>"
---@return string? code
function archive.list(path, limits) end

---@class pienv.archive.take: pienv.archive.limits
---@field sha256? string what the member must be
---@field size? integer what its size must be
---@field mode? pienv.fs.mode of the new file; default the member's, without setuid, setgid and sticky
---@field sync? boolean is on disk afterwards; default true

---Writes one file of an archive to `to`. With an expected digest what follows the member is not read; without one the
---whole archive is checked first, as list does.
---@param path string
---@param member string its name as list gives it
---@param to string its folder must exist
---@param options? pienv.archive.take
---@return pienv.archive.taken? taken
---@return string? err "read archive <path>: <reason>", "write <to>: <reason>"; nothing is left behind
---@return string? code as of list, and "ENOMEMBER", "ESIZE", "EDIGEST"
function archive.extract(path, member, to, options) end

return archive
