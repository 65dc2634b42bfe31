-- The fake's processor (pienv.fake): that of the host a test asks for, with two cores.

local M = {}

local machines = { x64 = "x86_64", arm64 = "aarch64" }

---Makes the fake of pienv.cpu.
---@param host { platform: string, arch: string, level: integer }
---@return table cpu
function M.new(host)
  return {
    features = function()
      return {
        machine = machines[host.arch] or host.arch,
        platform = host.platform,
        level = host.level,
        features = {},
      }
    end,
    cores = function()
      return 2
    end,
  }
end

return M
