---@meta pienv.records
-- Sealed lines of a text, found by their keys. C module: engine/bind/bind_records.c, engine/core/records.h.
--
--   SUM <tab> KEY <tab> FIELD <tab> FIELD ...
--
-- SUM: the first 16 hexadecimal digits of the SHA-256 of what follows its tab.

---@class pienv.records
local records = {}

---Indexes a text in one pass; lines of another shape are passed by, and sums are looked at when a line is asked for.
---@param text string
---@return pienv.records.index? index
---@return string? err
---@return string? code "ENOMEM"
function records.index(text) end

---The same of a file; a symbolic link is not followed.
---@param path string
---@return pienv.records.index? index
---@return string? err
---@return string? code "ENOENT", "ELOOP", "ENOMEM", ...
function records.read(path) end

---The same, read by a thread while Lua goes on: the first call of the index waits for it. What failed is told by facts.
---@param path string
---@return pienv.records.index? index
---@return string? err
---@return string? code "ENOMEM"
function records.ahead(path) end

---@class pienv.records.index
local index = {}

---The fields of the last line with a key; nothing where there is none, or its sum is wrong.
---@param key string
---@param most integer how many fields at most, 1 to 100
---@return string ...
function index:fields(key, most) end

---The last line with a key, whatever its sum.
---@param key string
---@return string? line without its line feed
function index:line(key) end

---@class pienv.records.held
---@field key string the field of a row that names its record; rows whose key holds "%" or a control byte are passed by
---@field of string the field of a row that holds its lists of files
---@field lists string[] the names of these lists, of paths from the folder: a missing one is empty; rows that have none,
---or one that holds a folder ("src/") or a pattern, or that is no list, are passed by
---@field first string the first field of a record; the second one is what `folder:fingerprint` gave of each list, cut
---to one size and one behind the other
---@field known table<string, boolean> texts between the second field and the last one: is a record with it to be looked
---at?
---@field threads? integer 1 (default) to 8

---Which rows have a whole record that tells how their files are; many at once, without reading a file.
---@param folder pienv.fs.folder
---@param rows table[] they and what they hold are read without metatables
---@param how pienv.records.held
---@return table<table, true>? rows nil: there are texts that are not known, or no memory
---@return table<string, true>|string unknown these texts, or what failed
---@return string? code "ENOMEM"
function index:held(folder, rows, how) end

---@class pienv.records.all_held as for held, and
---@field lists string[]
---@field first string
---@field text string between the second field and the last one: every record has it
---@field without string[] fields that a row may not have
---@field threads? integer

---Do all rows have such records? `held` tells of each; this stops at the first one that it would pass by, or whose key
---has the hash of another one's.
---@param folder pienv.fs.folder
---@param rows table<string, table> what holds the lists, by the key of its record
---@param how pienv.records.all_held
---@return boolean? all nil: no memory
---@return string? err
---@return string? code "ENOMEM"
function index:all_held(folder, rows, how) end

---Facts about the file, as it was read.
---@return pienv.fs.stat? stat
---@return string? err
---@return string? code as records.read gives it
function index:facts() end

---The first line of the text, a record or not; nil where it does not end.
---@return string? line
function index:head() end

---All keys, in no order.
---@return string[] keys
function index:keys() end

---How many lines there are, with those that a later one replaces.
---@return integer lines
function index:lines() end

---Forgets everything; safe twice. Also at the end of a `<close>` variable's scope.
function index:close() end

return records
