---@meta pienv.c.gittree
-- The C half of pienv.gittree (lua/pienv/gittree.lua): what libgit2 reads. C module: engine/bind/bind_gittree.c,
-- engine/core/gittree.h.

---@class pienv.c.gittree
local gittree = {}

---The object ids of paths at HEAD.
---@param dir string
---@param paths string[] plain paths from the root of the repository, or "."
---@return pienv.gittree.head? head
---@return string? err
---@return string? code "ENOTREPO"; "EREPO" libgit2 cannot read it; ...
function gittree.head(dir, paths) end

---The state of the work tree under paths.
---@param dir string
---@param paths string[] as for head
---@param options? { ignore?: string[], ids?: boolean, memo?: string, head?: pienv.gittree.head, settle?: integer }
---@return pienv.gittree.state? state
---@return string? err
---@return string? code "EBARE" no work tree; as for head
function gittree.state(dir, paths, options) end

---The id that git gives to an object of a SHA-1 repository.
---@param type "blob"|"tree"
---@param bytes string
---@return string id hexadecimal
function gittree.hash(type, bytes) end

---Whether a pattern of `ignore` matches a path, or a folder that the path is in.
---@param pattern string
---@param path string
---@return boolean
function gittree.covers(pattern, path) end

return gittree
