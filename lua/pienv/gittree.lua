-- What a git repository holds at HEAD: object ids of paths; and how its work tree differs.
--
-- libgit2 reads the repository in this process. What it cannot read (SHA-256 repositories, extensions that it does not
-- know) is asked of git itself; nothing of the repository is run either way, so that it may belong to anybody.

local c = require("pienv.c.gittree")

local M = {}

---@class pienv.gittree.entry
---@field path string as asked
---@field type? "tree"|"blob"|"commit" nil: the path is not there; a symbolic link is a blob, a submodule a commit
---@field id? string hexadecimal

---@class pienv.gittree.head
---@field root? string the work tree: an absolute path; nil in a bare repository
---@field commondir string the repository: the same absolute path for all its linked work trees
---@field gitdir? string the work tree's own part of the repository, where it was read without help
---@field commit? string nil before the first commit
---@field format "sha1"|"sha256"
---@field entries pienv.gittree.entry[] one for each path, in the order asked

local function check_paths(paths, level)
  if type(paths) ~= "table" then
    error("paths must be a list of strings, got " .. type(paths), level + 1)
  end
  for _, path in ipairs(paths) do
    local text = "/" .. tostring(path) .. "/"
    local plain = type(path) == "string" and not text:find("//", 1, true) and not text:find("/%.%.?/")
    if path ~= "." and not plain or text:find("\0", 1, true) then
      error(string.format("path %q must count from the root of the repository, without '.' and '..'", path), level + 1)
    end
  end
end

---The object ids of paths at HEAD, in one call. Only tree objects are needed; a partial clone that lacks one on the way
---is an error, never an absent path.
---@param dir string a folder in a work tree, or a bare repository
---@param paths string[] from the root of the repository, with "/" between the parts; "." is the root itself
---@return pienv.gittree.head? head
---@return string? err "<verb> <path>: <reason>"
---@return string? code "ENOTREPO" in no repository; "EREPO" damaged, or git is needed and cannot read it either
function M.head(dir, paths)
  check_paths(paths, 2)
  local head, err, code = c.head(dir, paths)
  if head or code ~= "EREPO" then
    return head, err, code
  end
  return require("pienv.gittree.command").head(dir, paths, err)
end

---@class pienv.gittree.change
---@field path string from the root; a repository that is not tracked ends with "/"
---@field kind pienv.gittree.kind

---@alias pienv.gittree.kind
---| "staged" # the index differs from HEAD
---| "unstaged" # the work tree differs from the index, or lacks the file
---| "untracked" # neither tracked nor ignored
---| "assume-unchanged" # as unstaged, of a file that git was told not to look at
---| "skip-worktree" # the same; a file that a sparse checkout leaves out is no change
---| "unmerged"
---| "submodule" # another commit is checked out, or there are changes inside
---| "filtered" # a filter, an encoding or "$Id$" would change it, and nothing of the repository is run

---@class pienv.gittree.state
---@field clean boolean there is no change
---@field changes pienv.gittree.change[] sorted by path; a path may be both staged and something else
---@field ids? table<string, string|false> when asked: the object that each path would be if all files were committed
---that are tracked or not ignored; false: nothing would be there. When clean, these are the ids at HEAD

---@class pienv.gittree.options
---@field ignore? string[] patterns (*, ?, [a-z], ** as a whole part) of paths from the root: files and whole folders
---that count as they are at HEAD
---@field ids? boolean default false
---@field memo? string a file that remembers that the tree was clean, and by what: as long as nothing has changed, only
---the facts of the files are looked at. It is written when the tree is clean; its folder must exist; one file is of one
---work tree. A damaged one, or one that another user wrote, is not believed
---@field head? pienv.gittree.head what `head` has just given for these paths: the memo is then compared with
---that, and HEAD is read again only when the tree must be
---@field settle? integer seconds that a file must have been left alone before the memo may hold it; default 2, which is
---more than the resolution of any file system's clock. Less is for tests only

---How the work tree differs from HEAD under paths. Nothing is written, and nothing of the repository is run. Content is
---compared, whatever the index says of a file; the ends of lines are converted as git would do it.
---@param dir string a folder in a work tree
---@param paths string[] as for head
---@param options? pienv.gittree.options
---@return pienv.gittree.state? state
---@return string? err
---@return string? code "EBARE" in a bare repository; as for head
function M.state(dir, paths, options)
  check_paths(paths, 2)
  local state, err, code = c.state(dir, paths, options)
  -- git believes an index that was cut off; libgit2 does not, and is right.
  local damaged = not state and err:find("^read the index ") and not err:find("unsupported", 1, true)
  if state or code ~= "EREPO" or damaged then
    return state, err, code
  end
  return require("pienv.gittree.status").state(dir, paths, options or {}, err)
end

return M
