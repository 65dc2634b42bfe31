-- How things look in a line: states, figures, the name of a step instance. Pure but for the width of characters.

local argv = require("pienv.argv")
local terminal = require("pienv.terminal")

local M = {}

local colors = {
  done = "32",
  ["up to date"] = "36",
  skipped = "33",
  failed = "31",
  ["not run"] = "90",
}
local words = { done = "ok", ["up to date"] = "same", skipped = "skip", failed = "FAIL", ["not run"] = "--" }

---Columns of a text that holds no control characters.
---@param text string
---@return integer
function M.width(text)
  return select(2, terminal.clip(text, #text * 2))
end

---@param text string
---@param columns integer
---@return string
function M.pad(text, columns)
  return text .. (" "):rep(columns - M.width(text))
end

---@param bytes number
---@return string "12.0 MiB"
function M.amount(bytes)
  return ("%.1f MiB"):format(bytes / 1048576)
end

---@param seconds number
---@return string "0.42 s", "3 min 20 s"
function M.seconds(seconds)
  if seconds < 100 then
    return ("%.2f s"):format(seconds)
  end
  return ("%d min %02d s"):format(seconds // 60, seconds % 60 // 1)
end

---Time, CPU time and largest process of a step.
---@param outcome pienv.outcome
---@return string
function M.figures(outcome)
  local parts = { M.seconds(outcome.seconds) }
  if outcome.cpu > 0 then
    parts[#parts + 1] = "cpu " .. M.seconds(outcome.cpu)
  end
  if outcome.max_rss > 0 then
    parts[#parts + 1] = M.amount(outcome.max_rss)
  end
  return table.concat(parts, ", ")
end

---The instance that a context belongs to, by name: "compile[linux-x64-modern]".
---@param step? string
---@param target? { id: string }
---@return string
function M.id(step, target)
  return not step and "pienv" or target and step .. "[" .. target.id .. "]" or step
end

---A command as a shell would take it, harmless to a terminal.
---@param list string[]
---@return string
function M.command(list)
  return terminal.sanitize(argv.quote(list))
end

---Why a step ended as it did, on one line.
---@param outcome pienv.outcome
---@return string?
function M.reason(outcome)
  return outcome.reason or outcome.failure and outcome.failure.message
end

---The same for people: of every step. One that declares nothing runs each time.
---@param outcome pienv.outcome
---@return string
function M.why(outcome)
  return M.reason(outcome) or outcome.state == "done" and "declares no inputs" or outcome.state
end

---The line of a finished step.
---@param instance pienv.instance
---@param outcome pienv.outcome
---@param width integer of the column of names
---@param paint fun(text: string, color: string): string
---@return string
function M.finished(instance, outcome, width, paint)
  local word = ("%-4s"):format(words[outcome.state] or outcome.state)
  local id, reason = terminal.sanitize(instance.id), M.why(outcome)
  local line = paint(word, colors[outcome.state] or "0") .. " "
  line = line .. M.pad(id, width) .. "  " .. (outcome.state ~= "not run" and M.figures(outcome) .. "  " or "")
  return line .. terminal.sanitize((reason:gsub("\n.*", " ...")))
end

return M
