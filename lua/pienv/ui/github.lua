-- The form for GitHub Actions: what succeeded is folded into groups, what failed never is, and an annotation points at
-- the line of the recipe.

local plain = require("pienv.ui.plain")
local style = require("pienv.ui.style")
local terminal = require("pienv.terminal")

local M = {}

local github = plain.extend()

---@param ui pienv.ui
---@return pienv.ui.view
function M.new(ui)
  return plain.new(ui, github)
end

local escapes = { ["%"] = "%25", ["\r"] = "%0D", ["\n"] = "%0A", [":"] = "%3A", [","] = "%2C" }

local function data(text)
  return (text:gsub("[%%\r\n]", escapes))
end

local function property(text)
  return (text:gsub("[%%\r\n:,]", escapes))
end

-- Lines of others begin with a bar: the runner takes none of them for a command. The old form of commands counts
-- anywhere in a line.
local function quoted(text)
  return "  | " .. (terminal.sanitize(text):gsub("##%[", "## ["))
end

function github:told(instance, outcome, output)
  local lines = { style.finished(instance, outcome, self.width, self.ui.paint_with) }
  for _, text in ipairs(output) do
    lines[#lines + 1] = quoted(text)
  end
  if #output > 0 and outcome.state ~= "failed" then
    lines[1] = "::group::" .. lines[1]
    lines[#lines + 1] = "::endgroup::"
  end
  self:line(table.concat(lines, "\n"))
end

-- A recipe's file as the runner knows it: from the root of the repository. Stock recipes are in none.
local function file_of(self, chunk)
  local path = require("pienv.path")
  if not chunk or chunk:find("^stock:") then
    return nil
  end
  local file = path.absolute(chunk, self.ui.root or ".")
  local workspace = self.ui.env.GITHUB_WORKSPACE
  return workspace and path.relative(file, workspace) or chunk
end

---The annotation of a failure.
---@param f pienv.failure
---@return string line
function github:annotation(f)
  local at = f.file and { file = f.file, line = f.line, column = f.column } or f.at or {}
  local fields, file = {}, file_of(self, at.file)
  for _, pair in ipairs({ { "file", file }, { "line", file and at.line }, { "col", file and at.column } }) do
    fields[#fields + 1] = pair[2] and pair[1] .. "=" .. property(tostring(pair[2])) or nil
  end
  local where = f.step and style.id(f.step, f.target and { id = f.target }) or "pienv"
  fields[#fields + 1] = "title=" .. property(where .. " failed (" .. f.code .. ")")
  local last = f.output and f.output[#f.output]
  return "::error " .. table.concat(fields, ",") .. "::" .. data(f.message .. (last and "\n" .. last or ""))
end

function github:failure(text, f)
  self:line(self:annotation(f) .. "\n" .. (text:gsub("##%[", "## [")))
end

return M
