-- Compares the generated files with those on disk, puts them in place as one transaction, and tells. Everything through
-- s. A file with the right bytes stays as it is.

local markers = require("recipes.addon.markers")
local path = require("pienv.path")
local request = require("recipes.loader.request")

local M = {}

local function shown(s, name)
  local file = path.join(request.output(s), name)
  return path.relative(file, s.root) or file
end

local function is_there(s, name, text)
  local file = path.join(request.output(s), name)
  local stat = s.fs.stat(file, { follow = false })
  return stat ~= nil and stat.type == "file" and s.fs.read(file) == text
end

-- Of --check.
local function refuse(s, changes)
  local names = {}
  for i, file in ipairs(changes) do
    names[i] = "  - " .. shown(s, file.name)
  end
  local message = "The loader is not what would be generated:\n" .. table.concat(names, "\n")
  s:fail(message, { exit = 1, hint = "pienv loader" })
end

---@class loader.file
---@field name string in the output folder
---@field text string

---The files whose bytes on disk are others.
---@param s pienv.context
---@param files loader.file[]
---@return loader.file[]
function M.compare(s, files)
  local changes = {}
  for _, file in ipairs(files) do
    changes[#changes + 1] = not is_there(s, file.name, file.text) and file or nil
  end
  if s.options.check and #changes > 0 then
    refuse(s, changes)
  end
  return changes
end

local function commit(s, changes)
  local begun, why = s.transaction.begin()
  local tx <close> = begun or s:fail(why)
  for _, file in ipairs(changes) do
    local ok, err, code = tx:write(path.join(request.output(s), file.name), file.text, { mode = "0644" })
    if not ok then
      s:fail(err, { hint = (code == "EISDIR" and "remove that folder; " or "") .. "nothing was changed" })
    end
  end
  local ok, err = tx:commit()
  return ok or s:fail(err, { hint = "what was there before is still in place" })
end

---@param s pienv.context
---@param changes loader.file[]
function M.run(s, changes)
  if #changes == 0 then
    s:because("nothing changed")
    return
  end
  local made, err = s.fs.mkdirs(request.output(s))
  if not made then
    s:fail(err)
  end
  commit(s, changes)
end

---What index.js lacks; nil when it imports the loader and builds find their markers. Pure.
---@param input { index: string, text?: string, loader: string, declared?: boolean } `index` as shown; without `text`
---  there is none; `declared`: builds write its exports by the declarations
---@return string[]? lines
function M.advice(input)
  local text, list = input.text or "", {}
  local loader = "./" .. input.loader
  if not (text:find(loader .. ".mjs", 1, true) or text:find(loader .. ".cjs", 1, true)) then
    list[1] = ('  import { nativeBindings } from "./%s.mjs";'):format(input.loader)
  end
  local imports = #list == 0
  if input.declared and not text:find(markers.START, 1, true) then
    table.move({ "  " .. markers.START, "  " .. markers.STOP }, 1, 2, #list + 1, list)
  end
  if #list == 0 then
    return nil
  end
  local lacks = imports and " lacks the marks between which builds write its exports. Add" or " does not import it. Add"
  table.insert(list, 1, input.index .. (input.text and lacks or " is not there. It would begin with"))
  return list
end

---@param s pienv.context
---@param files loader.file[]
---@param changes loader.file[]
function M.report(s, files, changes)
  local names = {}
  for i, file in ipairs(files) do
    names[i] = shown(s, file.name)
    s:print(names[i])
  end
  local index = shown(s, s.settings.index)
  local text = s.fs.read(path.join(request.output(s), s.settings.index))
  local declared = s.fs.stat(path.join(request.output(s), "index.d.ts")) ~= nil
  local advice = M.advice({ index = index, text = text, loader = s.settings.loader, declared = declared })
  for _, line in ipairs(advice or {}) do
    s:print(line)
  end
  s.ui:event(
    "loader",
    { files = s.json.array(names), changed = #changes, imported = not (advice and advice[2]:find("import", 1, true)) }
  )
end

return M
