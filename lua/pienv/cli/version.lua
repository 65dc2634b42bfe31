-- pienv version [--json]

local json = require("pienv.json")
local vm = require("pienv.vm")

local M = {}

function M.run(session)
  if session.line.engine.json then
    local document =
      { v = 1, type = "version", version = vm.version, lua = _VERSION, modules = json.array(vm.modules()) }
    document.stock = vm.source_root and "source tree" or "embedded"
    io.stdout:write(json.encode(document), "\n")
  else
    io.stdout:write("pienv ", vm.version, "\n")
  end
  return 0
end

return M
