-- What a build may be asked for: cross or local, profile, CPU, and which target tuples are refused with which words.
-- Pure, like recipes/addon.lua: one argument table in, one value out.

local addon = require("recipes.addon")
local levels = require("recipes.build.levels")

local M = {}

local ARCH_OF_TRIPLE = { x86_64 = "x64", aarch64 = "arm64", arm64 = "arm64", i686 = "ia32", armv7 = "arm", arm = "arm" }
local PLATFORM_OF_TRIPLE = { linux = "linux", darwin = "darwin", macos = "darwin", windows = "win32" }

local function alternatives(words)
  local last = words[#words]
  local rest = table.concat(words, ", ", 1, #words - 1)
  return #words > 1 and rest .. " or " .. last or last
end

local function each_of(words, form)
  local out = {}
  for i, word in ipairs(words) do
    out[i] = form:format(word)
  end
  return out
end

---Whether the build is a cross build: anything but the plain build of the host's own tuple.
---@param input { platform: string, arch: string, cross_target?: string, host: { platform: string, arch: string } }
---@return boolean
function M.cross(input)
  return (input.cross_target or "") ~= "" or input.platform ~= input.host.platform or input.arch ~= input.host.arch
end

---"local", or "ci" for cross builds and wherever CI has any value at all ("0" and "false" too).
---@param input { cross: boolean, ci?: string }
---@return "local"|"ci"
function M.profile(input)
  return not input.cross and (input.ci or "") == "" and "local" or "ci"
end

---A triple without its glibc suffix: "x86_64-unknown-linux-gnu.2.17" -> "x86_64-unknown-linux-gnu".
---@param triple string
---@return string
function M.bare_triple(triple)
  return (triple:gsub("%.%d+[%d.]*$", ""))
end

---What the names of GNU tools for a triple begin with, the triple's own first. Debian's leave the vendor out.
---@param triple string
---@return string[]
function M.prefixes(triple)
  local bare = M.bare_triple(triple)
  local short = bare:gsub("^([^-]+)%-[^-]+%-(%l+%-%w+)$", "%1-%2")
  return { bare, short ~= bare and short or nil }
end

---Names under which a GNU compiler for a triple goes.
---@param triple string
---@return string[]
function M.compilers(triple)
  return each_of(M.prefixes(triple), "%s-gcc")
end

---What a triple builds, as far as its words are known.
---@param triple string
---@return { platform?: string, arch?: string, libc?: string, glibc?: string } glibc: the suffix, the highest one needed
function M.of_triple(triple)
  local bare, words = M.bare_triple(triple), {}
  for word in bare:gmatch("[^-]+") do
    words[#words + 1] = word
  end
  local out = { arch = ARCH_OF_TRIPLE[words[1]], glibc = #bare < #triple and triple:sub(#bare + 2) or nil }
  for i = 2, #words do
    out.platform = out.platform or PLATFORM_OF_TRIPLE[words[i]]
    out.libc = addon.libc(words[i]) or out.libc
  end
  return out
end

local CONTRADICTS = "P0707"

local function check_variant(input)
  local names = addon.variant_names(input.variants)
  if input.variant and input.arch ~= "x64" then
    return ("TARGET_VARIANT is only supported for x64 builds, got %s."):format(addon.tag(input))
  elseif input.variant and not input.variants[input.variant] then
    local expected = #names > 0 and "Expected " .. alternatives(each_of(names, '"%s"'))
      or "This project has no variants"
    return ("Unsupported TARGET_VARIANT: %s. %s."):format(input.variant, expected)
  elseif input.arch == "x64" and input.cross and not input.variant and #names > 0 then
    return ("x64 cross-builds require %s."):format(alternatives(each_of(names, "TARGET_VARIANT=%s")))
  end
end

-- A triple becomes an argument and part of a folder's name.
local function check_triple(input)
  local triple = input.cross_target
  if not triple or triple == "" then
    return nil
  elseif not triple:find("^[%w_][%w_.-]*$") then
    return ("Unsupported CROSS_TARGET: %s. Expected a target triple such as aarch64-unknown-linux-gnu."):format(triple)
  end
  local built = M.of_triple(triple)
  if (built.platform or input.platform) ~= input.platform or (built.arch or input.arch) ~= input.arch then
    local form = "CROSS_TARGET=%s builds %s-%s, but the file would be labelled %s."
      .. " Set TARGET_PLATFORM and TARGET_ARCH to match."
    local platform, arch = built.platform or input.platform, built.arch or input.arch
    return form:format(triple, platform, arch, addon.tag(input)), CONTRADICTS
  end
end

---@class build.request
---@field platform string
---@field arch string
---@field variant? string
---@field cross boolean
---@field cross_target? string
---@field variants table<string, addon.variant>
---@field tags string[]

---Rejects a target that cannot be built, before anything is touched.
---@param input build.request
---@return string? message nil when the tuple is fine
---@return string? code of the error, where it has one of its own: doctor's for variables that contradict each other
function M.validate(input)
  local message = check_variant(input)
  if message then
    return message, CONTRADICTS
  end
  message = addon.unsupported(input)
  if message then
    return message
  end
  return check_triple(input)
end

---Rejects a list of variants (TARGET_VARIANTS) with a name that is none.
---@param input { list: string[], variants: table<string, addon.variant> }
---@return string? message
function M.validate_list(input)
  local names = addon.variant_names(input.variants)
  table.sort(names, function(a, b)
    return input.variants[a].level < input.variants[b].level
  end)
  for _, name in ipairs(input.list) do
    if not input.variants[name] then
      return ("Unsupported TARGET_VARIANTS entry: %s. Expected %s."):format(name, alternatives(names))
    end
  end
end

local function check_variant_setting(name, variant)
  if type(name) ~= "string" or not name:find("^%w[%w_]*$") or addon.libc(name) then
    return ("variants: '%s' cannot be a part of a file name (letters, digits and _ only, no libc)."):format(
      tostring(name)
    )
  elseif type(variant) ~= "table" then
    return ("variants.%s must be a table such as { level = 3 }."):format(name)
  elseif math.type(variant.level) ~= "integer" or variant.level < 1 or variant.level > 4 then
    return ("variants.%s.level must be an x86-64 level from 1 to 4, got %s."):format(name, tostring(variant.level))
  end
end

local SHAPES = {
  addon = "text",
  package = "text",
  output = "text",
  banner = "text",
  command = "text",
  crate = "text",
  runtime = "text",
  profiles = "table",
  build_env = "table",
  sentinel = "text",
  declarations = "text",
  node_headers = "text",
  tags = "list of texts",
  sources = "list of texts",
  cflags = "list of texts",
  ldflags = "list of texts",
  libs = "list of texts",
  variants = "table",
}

local function is_list_of_texts(value)
  local count = 0
  for key, item in pairs(value) do
    if math.type(key) ~= "integer" or type(item) ~= "string" then
      return false
    end
    count = count + 1
  end
  return count == #value
end

local function check_shape(name, value)
  local wanted, got = SHAPES[name], type(value)
  local fits = value == nil or wanted == "text" and got == "string" or wanted == "table" and got == "table"
  if fits or wanted == "list of texts" and got == "table" and is_list_of_texts(value) then
    return nil
  end
  return ("%s must be a %s, got a %s."):format(name, wanted, got == "table" and "table of another form" or got)
end

local function check_shapes(settings)
  local names = {}
  for name in pairs(SHAPES) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local message = check_shape(name, settings[name])
    if message then
      return message
    end
  end
end

---Rejects settings of pienv.lua from which no file name could be made.
---@param input { addon: string, variants: table<string, addon.variant>, tags: string[] }
---@return string? message
function M.validate_settings(input)
  local message = check_shapes(input)
  if message then
    return message
  end
  if not input.addon:find("^[%w_][%w_.-]*$") then
    return ("addon: '%s' cannot begin a file name."):format(input.addon)
  end
  for _, tag in ipairs(input.tags) do
    if not tag:find("^%w+-%w+$") then
      return ("tags: '%s' is not of the form <platform>-<arch>."):format(tag)
    end
  end
  local names = {}
  for name in pairs(input.variants) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for _, name in ipairs(names) do
    message = check_variant_setting(name, input.variants[name])
    if message then
      return message
    end
  end
end

---@class build.cpu
---@field level? integer x86-64 level that the file will claim
---@field march? string "x86-64-v3"
---@field rustflags? string flags to add to RUSTFLAGS; nil where the caller's own, or none, apply
---@field native? true the caller asks for the CPU of this machine
---@field flags? build.rustflags all flags for rustc (builder napi)
---@field mark? string file with the CPU mark to link in (builder napi)
---@field about string for the report

---The CPU that flags of rustc name, in any of the forms that it takes; the last one counts.
---@param flags string
---@return string? cpu
function M.target_cpu(flags)
  local cpu
  for flag in flags:gmatch("%S+") do
    cpu = flag:gsub("^%-%-codegen=", ""):gsub("^%-C", ""):match("^target%-cpu=(.+)$") or cpu
  end
  return cpu
end

-- What the caller said is kept. Said nothing, it is chosen: in local builds only when no flag was given at all, as
-- scripts expect; in cross builds always, because nobody else would; in a run over a list of variants always.
local function chooses_cpu(input)
  local flags = input.rustflags or ""
  return input.listed or input.cross and not M.target_cpu(flags) or flags == ""
end

---@class build.cpu_request
---@field arch string
---@field variant? string
---@field variants table<string, addon.variant>
---@field cross boolean
---@field listed? boolean one of a list of variants
---@field rustflags? string the caller's

---The CPU that a compiler may assume. A labelled variant always gets its level, cross or not, so that no file claims
---what nothing asked for. Without a variant it is the architecture's common CPU, never the build host's, because such
---files are shipped.
---@param input build.cpu_request
---@return build.cpu
function M.cpu(input)
  local variant = input.variants[input.variant]
  if not variant then
    return { about = "generic " .. input.arch }
  end
  local march = levels.march(variant.level)
  local rustflags = chooses_cpu(input) and "-C target-cpu=" .. march or nil
  return { level = variant.level, march = march, about = march, rustflags = rustflags }
end

return M
