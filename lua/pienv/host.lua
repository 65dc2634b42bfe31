-- What this machine is, in node's words.

local M = {}

local arches = { x86_64 = "x64", aarch64 = "arm64", i686 = "ia32", armv7l = "arm", riscv64 = "riscv64" }

---@class pienv.host
---@field platform "linux"|"darwin"|"win32"
---@field arch string "x64", "arm64", ...
---@field level? integer x86-64 level 1 to 4; nil on other machines
---@field cores integer

---The machine, without its cores: counting those means asking about limits of containers.
---@param cpu table the engine's cpu module, or a fake
---@return pienv.host
function M.machine(cpu)
  local found, err = cpu.features()
  if not found then
    require("pienv.failure").raise({
      code = "P0305",
      message = err,
      hint = "unset PIENV_CPU, or give a level as x86-64-v3",
    })
  end
  return {
    platform = found.platform or "linux",
    arch = arches[found.machine] or found.machine,
    level = found.level,
  }
end

---@param cpu table the engine's cpu module, or a fake
---@return pienv.host
function M.detect(cpu)
  local host = M.machine(cpu)
  host.cores = cpu.cores()
  return host
end

return M
