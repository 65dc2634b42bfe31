-- What is the same for all steps of a recipe and makes them run when it changes: its text with the overrides that
-- apply, the machine, the place of the project, and the arguments behind "--".

local json = require("pienv.json")
local sha256 = require("pienv.sha256")
local source = require("pienv.source")
local vm = require("pienv.vm")

local M = {}

local function digest(text)
  return sha256.hash(text):sub(1, 16)
end

-- A stock module counts with the text that this pienv has of it.
local function stock_modules(texts)
  for name in pairs(package.loaded) do
    local file = name:match("^recipes%.") and name:gsub("%.", "/") .. ".lua"
    if file and not texts[file] then
      texts[file] = vm.stock(file)
    end
  end
end

-- The recipe and all the modules that were loaded with it.
local function text_digest(c, project)
  local texts, names, list = {}, {}, {}
  for chunk, text in pairs(source.texts()) do
    texts[chunk] = chunk ~= project.chunk and text or nil
  end
  texts[c.recipe.chunk] = texts[c.recipe.chunk] or vm.stock(c.recipe.chunk:gsub("^stock:", "")) or ""
  stock_modules(texts)
  for name in pairs(texts) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    list[#list + 1] = name .. "\0" .. digest(texts[name])
  end
  return digest(table.concat(list, "\0"))
end

---The parts by the name that a reason gives them, and the digest of the project file.
---@param c pienv.context
---@param project pienv.project
---@return table<string, string> parts
---@return string project_digest
function M.parts(c, project)
  local project_digest = project.chunk and digest(source.texts()[project.chunk] or "") or "none"
  local overridden = project.overrides[c.recipe.name] or project.overrides["*"]
  return {
    recipe = text_digest(c, project),
    ["overrides in pienv.lua"] = overridden and project_digest or "none",
    host = table.concat({ c.host.platform, c.host.arch, tostring(c.host.level) }, "-"),
    ["place of the project"] = digest(c.root),
    ["arguments behind --"] = digest(json.encode(json.array(json.readable(c.args or {})))),
  },
    project_digest
end

return M
