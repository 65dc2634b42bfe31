-- Installs everything that a run made, as one transaction: declarations, index.js, then the addons. Each is a new
-- inode, and after a failure or a kill all of them are the old ones, or all the new ones once pienv ran again.

local path = require("pienv.path")

local M = {}

---@class build.file
---@field path string where it goes, absolute
---@field from? string file to copy
---@field bytes? string or content to write
---@field about "addon"|"declarations"|"exports"
---@field source? string where the bytes come from, as said in messages

local IN_USE = " (file may be in use - close any running processes)"

---@class build.install.failure
---@field about string as of build.file
---@field base string file name
---@field existed boolean
---@field platform string
---@field reason string
---@field from? string source, of declarations
---@field to? string destination, of declarations

---The message of a failed installation. Pure.
---@param input build.install.failure
---@return string
function M.message(input)
  if input.about == "declarations" then
    local form = "Failed to install generated %s: %s (from %s to %s)"
    return form:format(input.base, input.reason, input.from, input.to)
  elseif input.existed then
    return ("Cannot replace %s%s: %s"):format(input.base, input.platform == "win32" and IN_USE or "", input.reason)
  end
  return ("Failed to install %s: %s"):format(input.base, input.reason)
end

---The message about two outputs with one file name, if there are two. Pure.
---@param files build.file[]
---@return string?
function M.clash(files)
  local seen = {}
  for _, file in ipairs(files) do
    local other = seen[file.path]
    if other then
      local form = "Refusing to install two outputs as %s: %s and %s."
      return form:format(path.basename(file.path), other.from or other.about, file.from or file.about)
    end
    seen[file.path] = file
  end
end

---The message about a file that could not be read or put in place.
---@param s pienv.context
---@param file build.file
---@param reason string
---@return string
function M.failed(s, file, reason)
  local function shown(name)
    return name and path.relative(name, s.root) or name
  end
  return M.message({
    about = file.about,
    base = path.basename(file.path),
    existed = s.fs.stat(file.path, { follow = false }) ~= nil,
    platform = s.host.platform,
    reason = reason,
    from = shown(file.source),
    to = shown(file.path),
  })
end

-- A copy that fails speaks for itself; a folder in the way of the file is told as what it will not let happen.
local function stage(s, tx, files)
  for _, file in ipairs(files) do
    local ok, err, code
    if file.from then
      ok, err, code = tx:copy(file.from, file.path, { mode = "0644" })
    else
      ok, err, code = tx:write(file.path, file.bytes, { mode = "0644" })
    end
    if not ok then
      local told = file.about == "declarations" or code == "EISDIR"
      s:fail(told and M.failed(s, file, err) or err, { hint = "nothing was installed" })
    end
  end
end

-- The file that a reason is about: the one whose path, from the root, it holds; the longest where one holds another.
local function blamed(s, files, reason)
  local found, longest = files[#files], 0
  for _, file in ipairs(files) do
    local name = path.relative(file.path, s.root) or file.path
    if reason:find(name, 1, true) and #name > longest then
      found, longest = file, #name
    end
  end
  return found
end

---@param s pienv.context
---@param files build.file[]
function M.run(s, files)
  local clash = M.clash(files)
  if clash then
    s:fail(clash, { hint = "give each target its own name in the policy 'filename'" })
  end
  local begun, why = s.transaction.begin()
  local tx <close> = begun or s:fail(why)
  stage(s, tx, files)
  local ok, err, _, mixed = tx:commit()
  if not ok then
    s:fail(M.failed(s, blamed(s, files, err), err), { hint = s.transaction.after(mixed) })
  end
end

return M
