---@meta pienv.transaction
-- Several files that change together. C module: engine/bind/bind_transaction.c, engine/core/transaction.h.
--
--   local tx <close> = assert(transaction.begin(".pienv", { root = root }))   -- rolls back unless committed
--   assert(tx:copy(built, "native/addon.node", { mode = "0644" }))
--   assert(tx:write("native/index.d.ts", text))
--   assert(tx:remove("native/addon-old.node"))
--   assert(tx:commit())
--
-- Each target is at every moment entirely old or entirely new; a commit that fails leaves all of them old, or says that
-- the system did not let it. When the process dies, the next transaction.recover rolls back what was not yet committed
-- and finishes what was.

---@class pienv.transaction
local transaction = {}

---Begins a transaction.
---@param journal_folder string where the journal is kept: beneath root, made where it is missing
---@param options { root: string } the folder that holds all targets and the journal
---@return pienv.transaction.handle? tx
---@return string? err
---@return string? code
function transaction.begin(journal_folder, options) end

---@class pienv.transaction.recovery
---@field action "finished"|"rolled back"
---@field files string[] the targets, relative to root, in the order of the transaction

---Finishes or rolls back what dead processes left; a transaction whose process is alive is left alone. To be called
---before anything else is done in a folder. A journal that is damaged or that somebody else may have planted is not
---executed: then the result is nil, an error that names it and the next step, "EJOURNAL".
---@param journal_folder string beneath root; a missing one holds no journal
---@param options { root: string }
---@return pienv.transaction.recovery[]? recoveries
---@return string? err
---@return string? code
function transaction.recover(journal_folder, options) end

---A transaction that has begun. Leaving the scope of a `<close>` variable rolls back, unless it was committed.
---Targets (dst) are relative to root or absolute paths beneath it, and never lead through a symbolic link; a target
---that is a link itself is replaced. Their folders must exist. Once it is over, every method raises.
---@class pienv.transaction.handle
local handle = {}

---Stages a copy of a regular file. After a failure the transaction can only be rolled back.
---@param src string any path, a relative one from the root; a symbolic link is "ELOOP" where it is not to be followed
---@param dst string
---@param options? { mode?: pienv.fs.mode, follow?: boolean } defaults: the mode of src; true
---@return true? ok
---@return string? err
---@return string? code
function handle:copy(src, dst, options) end

---Stages a new content. After a failure the transaction can only be rolled back.
---@param dst string
---@param bytes string
---@param options? { mode?: pienv.fs.mode } default: that of the file it replaces, "0644" for a new one
---@return true? ok
---@return string? err
---@return string? code
function handle:write(dst, bytes, options) end

---Stages a removal; a file that is missing then is fine.
---@param dst string a file or a symbolic link
---@return true? ok
---@return string? err
---@return string? code
function handle:remove(dst) end

---Makes everything new, in the order in which it was staged; after a failure everything is old. It is over either way.
---@return true? ok
---@return string? err
---@return string? code
---@return boolean? mixed true: the system did not let old files be put back, and some may be new until recover has run
function handle:commit() end

---Removes what was staged; it is over.
---@return true? ok
---@return string? err
---@return string? code
function handle:rollback() end

return transaction
