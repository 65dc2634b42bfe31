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
  local ok, err, _, mixed = tx:commit()
  return ok or s:fail(err, { hint = s.transaction.after(mixed) })
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

---Does a text take the addon from the loader?
---@param text string
---@param loader string its name without ending
---@return boolean
function M.imports(text, loader)
  loader = "./" .. loader
  return (text:find(loader .. ".mjs", 1, true) or text:find(loader .. ".cjs", 1, true)) ~= nil
end

-- To node up to 18 a .js file of a package without "type": "module" is no module, whatever it holds, and the exports
-- that builds write are for modules. So such a package does without index.js.
local function advice_for_commonjs(input)
  return {
    'package.json does not say "type": "module", so a .js file of the package takes the addon by',
    ("  module.exports = require(%q).nativeBindings;"):format("./" .. path.join(input.folder, input.loader .. ".cjs")),
  }
end

---@class loader.index
---@field index string the file, as shown
---@field text? string without it there is none
---@field loader string its name without ending
---@field declared? boolean builds write its exports by the declarations
---@field commonjs? boolean node does not take it for a module
---@field folder? string that of the loader, from the package
---@field taken? boolean the package's own file takes the addon from the loader

---What index.js lacks; nil when it imports the loader and builds find their markers, or when a CommonJS package takes
---the addon without it. Pure.
---@param input loader.index
---@return string[]? lines
function M.advice(input)
  local text, list = input.text or "", {}
  if input.commonjs and not input.text then
    return not input.taken and advice_for_commonjs(input) or nil
  end
  if not M.imports(text, input.loader) then
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

-- Does the file that a package names as its own take the addon from the loader?
local function main_takes_it(s, meta)
  local main = type(meta.main) == "string" and meta.main or "index.js"
  local text = s.fs.read(path.join(path.absolute(s.settings.package, s.root), main))
  return text ~= nil and text:find(path.join(s.settings.output, s.settings.loader .. ".cjs"), 1, true) ~= nil
end

-- Does node take index.js for CommonJS? The innermost package.json decides.
local function is_commonjs(s)
  local own = s.fs.read(path.join(request.output(s), "package.json"))
  local decoded = own and s.json.decode(own)
  local meta = type(decoded) == "table" and decoded or request.package(s)
  return s.settings.index:find("%.js$") ~= nil and meta.type ~= "module"
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
  local loader = s.settings.loader
  local text = s.fs.read(path.join(request.output(s), s.settings.index))
  local advice = M.advice({
    index = shown(s, s.settings.index),
    text = text,
    loader = loader,
    declared = s.fs.stat(path.join(request.output(s), "index.d.ts")) ~= nil,
    commonjs = is_commonjs(s),
    folder = s.settings.output,
    taken = main_takes_it(s, request.package(s)),
  })
  for _, line in ipairs(advice or {}) do
    s:print(line)
  end
  local imported = M.imports(text or "", loader) or not advice
  s.ui:event("loader", { files = s.json.array(names), changed = #changes, imported = imported })
end

return M
