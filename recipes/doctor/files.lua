-- Checks of the addons' files: what they are, of which version, and what a system must have to load them.

local bytes = require("recipes.addon.bytes")
local elf = require("pienv.elf")
local situation = require("recipes.doctor.situation")

local M = {}

local MISLABELLED = { ["wrong-platform"] = true, ["wrong-libc"] = true, isa = true, damaged = true }

---P0704
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_labels(s, here)
  local findings = {}
  for _, file in ipairs(here.files) do
    local found = file.tuple and situation.judge(s, file)
    local variant = file.tuple and s.settings.variants[file.tuple.variant]
    local needed = found and file.info and file.info.isa_needed
    if found and not MISLABELLED[found.class] and variant and needed and needed < variant.level then
      local form = "%s: claims x86-64-v%d, but its bytes are those of v%d"
      findings[#findings + 1] = { id = "P0704", what = form:format(file.name, variant.level, needed) }
    elseif found and MISLABELLED[found.class] then
      findings[#findings + 1] = { id = "P0704", what = ("%s: %s"):format(file.name, found.reason) }
    end
  end
  return findings
end

---P0714
---@param _ pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_siblings(_, here)
  local findings = {}
  for _, file in ipairs(here.files) do
    local identity = file.info and file.identity
    if identity and identity.count == 0 then
      local others = #identity.others > 0 and table.concat(identity.others, ", ") or "none"
      local form = "%s is not of version %s: it holds the sentinel %s, not %s"
      findings[#findings + 1] = { id = "P0714", what = form:format(file.name, here.version, others, identity.wanted) }
    end
  end
  return findings
end

---P0712: files of this machine against its own C library.
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_glibc(s, here)
  local findings = {}
  for _, file in ipairs(here.glibc and here.files or {}) do
    local is_ours = file.tuple and file.tuple.platform == s.host.platform and file.tuple.arch == s.host.arch
    local part = is_ours and file.info and bytes.slice(file.info, s.host)
    for _, over in ipairs(part and part.format == "elf" and elf.glibc_over(part, here.glibc) or {}) do
      local form = "%s needs %s of %s (%s), this system has glibc %s"
      local symbols = table.concat(over.symbols, ", ")
      findings[#findings + 1] =
        { id = "P0712", what = form:format(file.name, over.version, over.library, symbols, here.glibc) }
    end
  end
  return findings
end

---P0706: what pienv embed would say. Only where the package embeds.
---@param s pienv.context
---@param here doctor.situation
---@return doctor.finding[]
function M.check_embeddable(s, here)
  if not s.fs.stat(here.native .. "/" .. s.settings.manifest .. ".js") then
    return {}
  end
  local expected, there = {}, {}
  for _, file in ipairs(here.files) do
    there[file.name] = true
  end
  for variant in pairs(s.host.arch == "x64" and s.settings.variants or { [false] = true }) do
    local target = { addon = s.settings.addon, platform = s.host.platform, arch = s.host.arch }
    target.variant = variant or nil
    expected[#expected + 1] = s.policy.filename(target)
  end
  table.sort(expected)
  for _, name in ipairs(expected) do
    if there[name] then
      return {}
    end
  end
  local form = "No native addons found for %s: expected %s"
  return { { id = "P0706", what = form:format(here.tag, table.concat(expected, " or ")) } }
end

return M
