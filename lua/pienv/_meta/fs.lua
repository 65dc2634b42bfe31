---@meta pienv.fs
-- Files and folders. C module: engine/bind/bind_fs*.c, engine/core/fs.h, engine/core/tmpfile.h.
--
-- Paths are strings of any bytes but NUL. Functions that fail return nil, "<verb> <path>: <reason>", "ECODE".
-- A mode is an integer of permission bits or, because Lua has no octal numbers, a string of octal digits: "0644".

---@class pienv.fs
local fs = {}

---@class pienv.fs.stat
---@field type "file"|"directory"|"link"|"socket"|"pipe"|"block"|"character"
---@field size integer bytes
---@field mode integer permission bits, 0 to 0xFFF (octal 07777)
---@field uid integer
---@field gid integer
---@field mtime number seconds since 1970
---@field mtime_ns integer nanoseconds since 1970
---@field inode integer
---@field device integer
---@field links integer number of hard links

---@alias pienv.fs.mode integer|string permission bits, or octal digits as in "0755"

---@class pienv.fs.read_options
---@field limit? integer most bytes allowed (more is "EFBIG"); default 268435456 (256 MiB), for others may
---  have put a file there that costs its owner nothing, but memory to read; 0: any number
---@field follow? boolean through a symbolic link, which is "ELOOP" otherwise; default true

---@class pienv.fs.put_options
---@field mode? pienv.fs.mode up to "0777"
---@field sync? boolean is on disk when the function returns; default true
---@field uid? integer with gid: whom the file is given before it has its name
---@field gid? integer
---@field follow? boolean copy: through a symbolic link at src, which is "ELOOP" otherwise; default true

---Reads a regular file. A pipe or a device is refused ("EINVAL") without waiting for it.
---@param path string
---@param options? pienv.fs.read_options
---@return string? bytes
---@return pienv.fs.stat|string stat_or_err facts of the very descriptor that was read, or "read <path>: <reason>"
---@return string? code
function fs.read(path, options) end

---Replaces or creates a file at once: staged beside it, synced, renamed, the folder synced. A symbolic link is
---replaced, not followed. After a failure nothing is left behind and the old file is as it was, but for the message
---"sync folder of ...": then the new file is in place, and only a loss of power may bring the old one back.
---The mode goes up to "0777", whatever the umask is; its default is that of the file it replaces, "0644" for a new one.
---@param path string
---@param bytes string
---@param options? pienv.fs.put_options
---@return true? ok
---@return string? err
---@return string? code
function fs.write(path, bytes, options) end

---Copies a regular file, at once and always to a new inode; symbolic links are followed at src and replaced at dst.
---@param src string
---@param dst string
---@param options? pienv.fs.put_options mode: default that of src
---@return "reflink"|"copy_file_range"|"read_write"|nil method how the file system did it
---@return string? err
---@return string? code
function fs.copy(src, dst, options) end

---Makes dst another name of the file src (of the link itself where src is a symbolic link).
---@param src string
---@param dst string
---@return true? ok
---@return string? err
---@return string? code "EXDEV", "EPERM", "EMLINK", ...
function fs.link(src, dst) end

---Makes `path` a symbolic link that holds `target`.
---@param target string
---@param path string
---@return true? ok
---@return string? err
---@return string? code
function fs.symlink(target, path) end

---@param path string a symbolic link
---@return string? target
---@return string? err
---@return string? code
function fs.readlink(path) end

---@param src string
---@param dst string is replaced
---@return true? ok
---@return string? err
---@return string? code
function fs.rename(src, dst) end

---@param path string symbolic links are followed
---@param mode pienv.fs.mode up to "07777"
---@return true? ok
---@return string? err
---@return string? code
function fs.chmod(path, mode) end

---Removes a file, a link or an empty folder.
---@param path string
---@return boolean? removed false where nothing was there
---@return string? err
---@return string? code
function fs.remove(path) end

---Removes a file or a folder with everything in it. Never follows a symbolic link, stays on one file system ("EXDEV"),
---opens read-only folders that the user owns; what others delete meanwhile is no failure.
---@param path string
---@param options? {} none so far
---@return integer? removed how many entries; 0 where nothing was there
---@return string? err
---@return string? code
function fs.remove_tree(path, options) end

---Facts about a file.
---@param path string
---@param options? { follow?: boolean } follow: through a symbolic link; default true
---@return pienv.fs.stat? stat
---@return string? err
---@return string? code "ENOENT", ...
function fs.stat(path, options) end

---The names in a folder in byte order, without "." and "..".
---@param path string
---@return string[]? names
---@return string? err
---@return string? code
function fs.list(path) end

---Creates a folder and the missing ones above it: all of them or, after a failure, none.
---@param path string
---@param options? { mode?: pienv.fs.mode } exactly this mode for each created folder; default 0777 less the umask
---@return string[]? created the folders that were created, outermost first
---@return string? err
---@return string? code
function fs.mkdirs(path, options) end

---Creates a new folder PARENT/PREFIX-XXXXXX, mode 0700.
---@param parent string
---@param prefix string
---@return string? path
---@return string? err
---@return string? code
function fs.mkdtemp(parent, prefix) end

---Removes the temporary files that fs.write and fs.copy of a killed process left in a folder; those of living processes
---and other users stay.
---@param path string a folder; a missing one holds none
---@return string[]? removed names
---@return string? err
---@return string? code
function fs.sweep(path) end

---Waits until the content of a file, or the entries of a folder, are on disk.
---@param path string
---@return true? ok
---@return string? err
---@return string? code
function fs.sync(path) end

---The absolute path without symbolic links and dots.
---@param path string
---@return string? real
---@return string? err
---@return string? code
function fs.realpath(path) end

---The current folder.
---@return string? path
---@return string? err
---@return string? code
function fs.cwd() end

---The effective user of this process.
---@return integer uid
function fs.user() end

---The login name of a user by /etc/passwd, or the number as text where it has none. Name services are not asked.
---@param uid integer
---@return string? name
---@return string? err
---@return string? code
function fs.owner_name(uid) end

---Adds bytes at the end of a file, in one write, so that appends of several processes do not mix. A missing file is
---created; a symbolic link ("ELOOP") and what is no regular file are refused.
---@param path string
---@param bytes string
---@param options? { mode?: pienv.fs.mode } of a file that is created, whatever the umask is; default 0666 less the umask
---@return true? ok
---@return string? err
---@return string? code
function fs.append(path, bytes, options) end

---Gives a file or folder another owner; of a symbolic link itself. A file with several names is refused ("EMLINK"):
---somebody may have given a foreign file the name that is meant.
---@param path string
---@param uid integer
---@param gid integer
---@return true? ok
---@return string? err
---@return string? code
function fs.chown(path, uid, gid) end

---Room on the file system of a path.
---@param path string
---@return integer? free bytes that the user may still write
---@return integer|string total bytes, or "find the free space of <path>: <reason>"
---@return string? code
function fs.space(path) end

---Opens a folder beneath another: never through a symbolic link, never above it. What is done through its path meets
---this very folder as long as the handle is open, whatever others move or put in its place.
---@param root string followed as given
---@param path? string relative, without "." and ".."; default: root itself
---@param options? { create?: boolean } create: makes missing folders beneath root, mode 0777 less the umask
---@return pienv.fs.folder? folder
---@return string? err "open folder <path>: <reason>"
---@return string? code "ENOENT", "ELOOP" or "ENOTDIR" (a link on the way), "EXDEV" (it leads out), ...
function fs.folder(root, path, options) end

---@class pienv.fs.folder
local folder = {}

---A path that means this folder, as a beginning for paths of files in it: for this process only.
---@return string path
function folder:path() end

---One digest of what tells that the content of regular files may have changed: of each its path, device, inode, size,
---and the times of its last modification and last change (which no program can set). Links are followed.
---@param paths string[] relative to the folder, or absolute
---@return string? hex 64 digits
---@return integer|string newest_or_err the latest of those times, nanoseconds since 1970 (the least integer for no
---files); or "stat <path>: <reason>"
---@return string? code "ENOENT", "EISDIR" for a folder, "EINVAL" for what is neither file nor folder, ...
function folder:fingerprint(paths) end

---Are files what their fingerprints say? No text is made of what is only compared, for many lists.
---@param prints string the first digits of the fingerprint of each list, equally many, one after another
---@param ... string[] lists of paths, as for fingerprint
---@return boolean unchanged false, too, where one cannot be looked at
function folder:unchanged(prints, ...) end

---Closes it; safe twice. Also at the end of a `<close>` variable's scope.
function folder:close() end

return fs
