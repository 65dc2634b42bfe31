-- What a long-running tool says: shown as it comes, its end kept for the report of a failure.

local M = {}

local KEPT = 40

---@class build.output
---@field lines table<"stdout"|"stderr", string[]> the last lines of each stream
---@field seen table<string, boolean> which of the texts looked for were there

local function keep(list, text)
  list[#list + 1] = text
  if #list > KEPT then
    table.remove(list, 1)
  end
end

---Begins to listen: gives what `on_line` of s:run takes.
---@param show fun(text: string) called for every line
---@param signs string[] texts to look for on standard error
---@return build.output
---@return fun(stream: "stdout"|"stderr", text: string)
function M.listen(show, signs)
  local output = { lines = { stdout = {}, stderr = {} }, seen = {} }
  return output,
    function(stream, text)
      keep(output.lines[stream], text)
      for _, sign in ipairs(stream == "stderr" and signs or {}) do
        output.seen[sign] = output.seen[sign] or text:find(sign, 1, true) ~= nil
      end
      show(text)
    end
end

---The ends of both streams, each under its name: cargo tells of a broken manifest on standard output. Pure.
---@param output build.output
---@return string[]
function M.sections(output)
  local list = {}
  for _, stream in ipairs({ "stdout", "stderr" }) do
    local lines = output.lines[stream]
    if #lines > 0 then
      list[#list + 1] = ("%s (last %d lines):"):format(stream, #lines)
      table.move(lines, 1, #lines, #list + 1, list)
    end
  end
  return list
end

return M
