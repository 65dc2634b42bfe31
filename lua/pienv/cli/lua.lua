-- pienv lua FILE [ARG]...: runs a Lua file with the engine's modules; `...` are the arguments.
-- Arguments that look like engine options go behind `--`.

local failure = require("pienv.failure")

local M = {}

function M.run(session)
  local rest = session.line.rest
  if not rest[1] then
    failure.raise({ code = "P0101", message = "no Lua file given", hint = "pienv lua FILE" })
  end
  local arguments = { table.unpack(rest, 2) }
  table.move(session.line.args, 1, #session.line.args, #arguments + 1, arguments)
  local run, err = loadfile(rest[1], "t")
  if not run then
    failure.raise({ code = "P0207", message = err })
  end
  local result = run(table.unpack(arguments))
  return math.type(result) == "integer" and result or 0
end

return M
