-- Whether an addon of node_modules is copied to the versioned folder before it is loaded: Windows cannot replace a
-- loaded file, so the package manager must never find its own file loaded. Pure.

local memos = require("recipes.addon.memo")

local M = {}

---@class addon.staging
---@field source? addon.stat the file in the leaf package, or in the native folder; nil: it is not there
---@field staged? addon.stat what is in the versioned folder under that name
---@field memo? addon.memo what was noted of it
---@field of_version? boolean whether the source's bytes hold the expected sentinel; nil: not looked at yet
---@field same? boolean whether both files have one digest; nil: not compared yet

---What is to be done. `identify` and `compare` ask for a field; then this is asked again. `keep`: what is staged is
---loaded. `none`, `refuse`: nothing is staged.
---@param input addon.staging
---@return "none"|"keep"|"identify"|"refuse"|"compare"|"copy" action
---@return string reason
function M.decide(input)
  local source, staged, memo = input.source, input.staged, input.memo
  if not source or source.type ~= "file" then
    return "none", "there is nothing to copy"
  elseif staged and memo and memo.source and memos.same(memo.file, staged) and memos.same(memo.source, source) then
    return "keep", "neither file has changed since it was copied"
  elseif input.of_version == nil then
    return "identify", "the source may be of another version"
  elseif not input.of_version then
    return "refuse", "the source is of another version"
  elseif not staged or staged.type ~= "file" or staged.size ~= source.size then
    return "copy", staged and "what is there is another file" or "it is not there"
  elseif input.same == nil then
    return "compare", "the digests are to be compared"
  end
  return input.same and "keep" or "copy", input.same and "it has the source's digest" or "it is another file"
end

return M
