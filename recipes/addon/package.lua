-- What a package.json says of its package: name and version. Pure.

local M = {}

-- The version becomes the name of a folder, and both stand in generated texts.
local FORMS = { name = "^@?[%w][%w._/-]*$", version = "^%w[%w.+-]*$" }

---@param input { file: string, text: string, decode: function, fields?: string[] } fields: default: name and version
---@return table? meta the decoded package.json, whose fields are sound
---@return string? err "read <file>: <reason>"
function M.read(input)
  local value, why = input.decode(input.text)
  for _, field in ipairs(input.fields or { "name", "version" }) do
    local found = type(value) == "table" and value[field]
    if type(found) ~= "string" or not found:find(FORMS[field]) then
      local reason = why or found and ("its '%s' is no %s"):format(field, field) or ("it has no '%s'"):format(field)
      return nil, ("read %s: %s"):format(input.file, reason)
    end
  end
  return value
end

return M
