-- The command line: for now the two verbs that the tests need. main(argv) returns the exit code.

local M = {}

local verbs = {}

function verbs.lua(argv)
  local chunk = assert(loadfile(argv[2], "t"))
  chunk(table.unpack(argv, 3))
  return 0
end

function verbs.test(argv)
  return require("pienv.test").main({ table.unpack(argv, 2) })
end

function M.main(argv)
  local verb = verbs[argv[1]]
  if not verb then
    io.stderr:write("pienv: unknown command\n")
    return 2
  end
  return verb(argv)
end

return M
