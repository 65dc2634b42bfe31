-- The target of an entry: its label in the key, and which addon files belong to it. Pure.

local M = {}

-- What other tools call a platform or architecture, in node's words.
local PLATFORMS = { macos = "darwin", osx = "darwin", windows = "win32", win = "win32", mingw = "win32" }
local ARCHES = { x86_64 = "x64", amd64 = "x64", aarch64 = "arm64", i686 = "ia32", x86 = "ia32", armv7l = "arm" }

local function trimmed(text)
  text = text and text:match("^%s*(.-)%s*$")
  return text ~= "" and text or nil
end

local function word(text, words)
  local lower = trimmed(text)
  lower = lower and lower:lower()
  return lower and (words[lower] or lower)
end

---@class cache.target : addon.tuple
---@field label string what the key holds: "linux-x64-modern", "linux-x64-host", "linux-arm64"

---The target that variables and the host mean. On x64 without a variant it is "host", never a variant that was
---detected: the key must not depend on the machine that asks.
---@param input { platform?: string, arch?: string, variant?: string, host: { platform: string, arch: string } }
---@return cache.target
function M.of(input)
  local target = {
    platform = word(input.platform, PLATFORMS) or input.host.platform,
    arch = word(input.arch, ARCHES) or input.host.arch,
  }
  target.label = target.platform .. "-" .. target.arch
  if target.arch == "x64" then
    target.variant = trimmed(input.variant) or "host"
    target.label = target.label .. "-" .. target.variant
  end
  return target
end

---Reads a label as given by --target.
---@param label string "linux-x64-modern"
---@return cache.target? target nil: not of the form <platform>-<arch>[-<variant>]
function M.parse(label)
  local platform, arch, variant = label:match("^(%w+)%-(%w+)%-?([%w_]*)$")
  if not platform or label:sub(-1) == "-" then
    return nil
  end
  return { platform = platform, arch = arch, variant = variant ~= "" and variant or nil, label = label }
end

---@class cache.belonging
---@field tuple? addon.tuple what the file's name says; nil: nothing that pienv knows
---@field target cache.target
---@field variants table<string, addon.variant>
---@field level? integer x86-64 level of this host
---@field detected? string the variant that a build without TARGET_VARIANT makes on this host

-- A build for "host" makes the detected variant, or one file for every CPU.
local function is_own_variant(input)
  local asked, has = input.target.variant, input.tuple.variant
  if asked == "host" then
    return has == nil or has == input.detected
  end
  return has == asked
end

---Whether an addon of a workspace is what a build for the target made: files of other targets lie beside it.
---@param input cache.belonging
---@return boolean
function M.captures(input)
  local tuple, target = input.tuple, input.target
  return tuple ~= nil and tuple.platform == target.platform and tuple.arch == target.arch and is_own_variant(input)
end

---Whether an addon of an entry is restored: all but those that are plainly for something else. Programs that do not ask
---what belongs to a key put such files into entries.
---@param input cache.belonging
---@return boolean
function M.restores(input)
  local tuple, target = input.tuple, input.target
  if not tuple then
    return true
  elseif tuple.platform ~= target.platform or tuple.arch ~= target.arch then
    return false
  elseif target.variant == "host" then
    local variant = input.variants[tuple.variant]
    return not variant or variant.level <= (input.level or variant.level)
  end
  return tuple.variant == nil or tuple.variant == target.variant
end

---Says why this host cannot run an addon, if it cannot.
---@param input { target: cache.target, host: pienv.host, tuple?: addon.tuple, isa?: integer, variants: table }
---@return string? reason
function M.unfit(input)
  local host, target = input.host, input.target
  if host.platform ~= target.platform or host.arch ~= target.arch or not host.level then
    return nil -- it runs elsewhere
  end
  local variant = input.tuple and input.variants[input.tuple.variant]
  local needed = math.max(input.isa or 1, variant and variant.level or 1)
  if needed > host.level then
    return ("it needs x86-64-v%d, and this CPU has x86-64-v%d"):format(needed, host.level)
  end
end

return M
