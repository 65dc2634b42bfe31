---@meta pienv.cpu
-- What the processor offers to this process. C module: engine/bind/bind_cpu.c, engine/core/cpu.h.

---@class pienv.cpu
local cpu = {}

---@class pienv.cpu.info
---@field machine string "x86_64", "aarch64" or "other"
---@field level? integer x86_64: the psABI level, 1 to 4 (x86-64-v1 to x86-64-v4)
---@field features table<string, true> by name ("avx2", "bmi2", "sha"; arm64: as in AT_HWCAP, "asimd", "sve")

---The features that this process can use, from CPUID and XGETBV (arm64: the hardware capabilities), so that an
---emulator is believed and a register state that the system does not save is no feature.
---The environment variable PIENV_CPU puts others in their place, for tests: "x86-64-v2", "x86-64-v3,-bmi2",
---"avx2,fma", "none".
---@return pienv.cpu.info? info
---@return string? err "read PIENV_CPU: unknown CPU feature 'avx22' of x86_64 (...)"
---@return string? code "EINVAL"
function cpu.features() end

---How many cores this process may use: its affinity mask and the CPU bandwidth of its control groups, rounded up.
---@return integer cores at least 1
function cpu.cores() end

return cpu
