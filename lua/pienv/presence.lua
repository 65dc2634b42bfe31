-- Facts of a path where it decides that nothing is there: a project file that nobody could look at is not a missing
-- one, nor is the owner of such a file one to be trusted. So any other reason than absence is an error.

local errno = require("pienv.errno")
local failure = require("pienv.failure")
local fs = require("pienv.fs")

local M = {}

-- What an fs function gave; raises where it is neither a value nor the news that there is none.
local function known(value, err, code)
  if value == nil and not errno.is_absent(code) then
    failure.raise({
      code = "P0211",
      message = err,
      hint = "pienv must know what is there before it goes on: look at its permissions and at the disk",
    })
  end
  return value
end

---@param path string
---@param options? { follow?: boolean } as fs.stat takes them
---@param files? { stat: function } another fs, such as a fake's
---@return pienv.fs.stat? stat nil where nothing is; raises P0211 where that cannot be told
function M.stat(path, options, files)
  return known((files or fs).stat(path, options))
end

---@param folder string
---@param files? { list: function } another fs, such as a fake's
---@return string[]? names sorted; nil where there is no such folder; raises P0211 where that cannot be told
function M.list(folder, files)
  return known((files or fs).list(folder))
end

---@param path string
---@return string? text nil where no file is; raises P0211 where that cannot be told
function M.read(path)
  local text, err, code = fs.read(path)
  if code == "EISDIR" then
    return nil
  end
  return known(text, err, code)
end

return M
