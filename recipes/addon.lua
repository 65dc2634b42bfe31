-- Names, variants and target tuples of native addons: the pure module that build, embed, probe and cache share.
--
-- Everything here is a function of its one argument table. Nothing reads the environment or the disk, so a plan can be
-- made, and a test can be written, without a machine that fits.

local M = {}

---@class addon.variant
---@field level integer x86-64 micro-architecture level (1 to 4) that a file of this variant needs
---@field cflags? string[] added when a C compiler builds it

---@class addon.tuple
---@field platform string node's word: "linux", "darwin", "win32"
---@field arch string node's word: "x64", "arm64"
---@field variant? string a key of the `variants` setting; nil: one file for every CPU of that architecture
---@field abi? string what a toolchain appends: "gnu", "musl", "msvc", "gnueabihf" ...
---@field glibc? string and after "gnu" a version: "2.17"

---@class addon.target: addon.tuple
---@field addon string base name of the addon's files

---@class addon.naming
---@field addon string
---@field variants table<string, addon.variant>
---@field filename? fun(target: addon.target): string the project's file name policy

---Settings with the names of the stock project. A project's pienv.lua replaces whichever differ.
M.settings = {
  index = { default = "index.js", about = "module in the output folder whose exports are generated" },
  types = { default = "index.d.ts", about = "declarations in the output folder" },
  addon = { default = "pi_natives", about = "base name of the addon files" },
  package = { default = "packages/natives", about = "folder of the npm package" },
  output = { default = "native", about = "folder that receives the files, from the package folder" },
  crate = { default = "crates/pi-natives", about = "folder of the Rust crate" },
  banner = { default = "pi-natives", about = "name in the first line of a build" },
  variants = {
    default = { modern = { level = 3 }, baseline = { level = 2 } },
    about = "CPU variants of x64: name = { level = x86-64 level }",
  },
  sentinel = {
    default = "__piNativesV{version}",
    about = "text that every addon holds; {version}: that of package.json, _ for what is no letter or digit; '': none",
  },
  tags = {
    default = { "linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64" },
    about = "targets that are supported, as <platform>-<arch>",
  },
}

-- What toolchains append to a platform and architecture. A word that is neither here nor a variant is foreign.
local ABIS = {
  gnu = "gnu",
  gnueabi = "gnu",
  gnueabihf = "gnu",
  musl = "musl",
  musleabi = "musl",
  musleabihf = "musl",
  msvc = "msvc",
  android = "bionic",
  eabi = "bionic",
  androideabi = "bionic",
}

local function split(text, separator)
  local words = {}
  for word in (text .. separator):gmatch("(.-)" .. separator:gsub("%p", "%%%0")) do
    words[#words + 1] = word
  end
  return words
end

---Names of the variants, the most demanding first.
---@param variants table<string, addon.variant>
---@return string[]
function M.variant_names(variants)
  local names = {}
  for name in pairs(variants) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    local x, y = variants[a].level, variants[b].level
    return x > y or x == y and a < b
  end)
  return names
end

---"linux-x64"
---@param tuple addon.tuple
---@return string
function M.tag(tuple)
  return tuple.platform .. "-" .. tuple.arch
end

---"linux-x64" or, with a variant, "linux-x64-modern".
---@param tuple addon.tuple
---@return string
function M.label(tuple)
  return M.tag(tuple) .. (tuple.variant and "-" .. tuple.variant or "")
end

---The file that holds a target: "pi_natives.linux-x64-modern.node".
---@param target addon.target
---@return string base name
function M.filename(target)
  return target.addon .. "." .. M.label(target) .. ".node"
end

-- Every target that the settings allow, with and without a variant.
local function known_targets(input)
  local names, out = M.variant_names(input.variants), {}
  for _, tag in ipairs(input.tags) do
    local platform, arch = tag:match("^([^-]+)-([^-]+)$")
    out[#out + 1] = { addon = input.addon, platform = platform, arch = arch }
    for _, variant in ipairs(arch == "x64" and names or {}) do
      out[#out + 1] = { addon = input.addon, platform = platform, arch = arch, variant = variant }
    end
  end
  return out
end

-- "gnu.2.17" is what napi makes of a triple with a glibc suffix.
local function split_abi(word)
  local abi, glibc = word:match("^(gnu%l*)%.(%d[%d.]*)$")
  return abi or word, glibc
end

-- Reads "linux-x64-gnu-modern" word by word. A prefix is never enough: "linux-arm64-gnu" is not arm, and a word of
-- unknown meaning makes the whole name foreign.
local function parse_words(words, variants)
  local tuple = { platform = words[1], arch = words[2] }
  for i = 3, #words do
    local abi, glibc = split_abi(words[i])
    if ABIS[abi] and not tuple.abi and not tuple.variant then
      tuple.abi, tuple.glibc = abi, glibc
    elseif variants[words[i]] and not tuple.variant then
      tuple.variant = words[i]
    else
      return nil
    end
  end
  return #words >= 2 and tuple or nil
end

---Reads a file name back into its tuple. A name that the project's file name policy makes is read by that policy;
---otherwise the form <addon>.<platform>-<arch>[-<abi>][-<variant>].node is taken apart word by word.
---@param input addon.naming | { name: string, tags: string[] }
---@return addon.tuple? tuple nil for a foreign name
function M.parse(input)
  for _, target in ipairs(known_targets(input)) do
    if (input.filename or M.filename)(target) == input.name then
      return { platform = target.platform, arch = target.arch, variant = target.variant }
    end
  end
  local prefix = input.addon .. "."
  if input.name:sub(1, #prefix) ~= prefix or input.name:sub(-5) ~= ".node" then
    return nil
  end
  return parse_words(split(input.name:sub(#prefix + 1, -6), "-"), input.variants)
end

---What a project without support for a target is told.
---@param input { platform: string, arch: string, tags: string[] }
---@return string? message nil: it is supported
function M.unsupported(input)
  for _, tag in ipairs(input.tags) do
    if tag == M.tag(input) then
      return nil
    end
  end
  local form = "Unsupported platform: %s\nSupported platforms: %s"
  return form:format(M.tag(input), table.concat(input.tags, ", "))
end

---The text by which a loader knows that an addon is of its version. Versions that differ only in what is no letter or
---digit share one.
---@param input { sentinel: string, version: string } sentinel: the setting
---@return string text "" where addons have none
---@return string? stem what the sentinels of all versions begin with; nil where the setting does not tell
function M.sentinel(input)
  local version = input.version:gsub("[^%w]", "_")
  local first, last = input.sentinel:find("{version}", 1, true)
  if first then
    return input.sentinel:sub(1, first - 1) .. version .. input.sentinel:sub(last + 1), input.sentinel:sub(1, first - 1)
  end
  local ends_so = version ~= "" and input.sentinel:sub(-#version) == version
  return input.sentinel, ends_so and input.sentinel:sub(1, -#version - 1) or nil
end

---"gnu", "musl", "msvc" or "bionic" for what a toolchain appends to a name or a triple's last part; else nil.
---@param abi? string
---@return string?
function M.libc(abi)
  return ABIS[abi]
end

---Whether a file with that tuple is what a build of the target may have emitted.
---@param input { tuple: addon.tuple, target: addon.tuple }
---@return boolean
function M.fits(input)
  local tuple, target = input.tuple, input.target
  local libc = ABIS[tuple.abi]
  return M.tag(tuple) == M.tag(target)
    and (tuple.variant == nil or tuple.variant == target.variant)
    and (tuple.glibc == nil or tuple.glibc == target.glibc)
    and (libc == nil or libc == (target.libc or target.platform == "linux" and "gnu" or libc))
end

---File names to try at run time, best first: the variant, every less demanding one, the plain name. A verdict for a
---lesser variant never tries a more demanding file.
---@param input addon.naming | addon.tuple
---@return string[]
function M.candidates(input)
  local filename = input.filename or M.filename
  local target = { addon = input.addon, platform = input.platform, arch = input.arch }
  local names, reached = {}, false
  for _, variant in ipairs(input.arch == "x64" and input.variant and M.variant_names(input.variants) or {}) do
    reached = reached or variant == input.variant
    if reached then
      target.variant = variant
      names[#names + 1] = filename(target)
    end
  end
  target.variant = nil
  names[#names + 1] = filename(target)
  return names
end

---The names by which a recipe's settings and policy call files.
---@param c { settings: table, policy: table }
---@return addon.naming
function M.naming(c)
  local settings = c.settings
  return { addon = settings.addon, variants = settings.variants, tags = settings.tags, filename = c.policy.filename }
end

---@class addon.named
---@field target string "linux-x64-modern"
---@field file string

---What builds of all supported targets are called, in both profiles: `pienv check` compares that with `tried`.
---@param input addon.naming with tags
---@return addon.named[]
function M.made(input)
  local list, has_variants = {}, next(input.variants) ~= nil
  for _, target in ipairs(known_targets(input)) do
    local built = target.variant or target.arch ~= "x64" or not has_variants
    for _, profile in ipairs(built and { "local", "ci" } or {}) do
      target.profile, target.cross = profile, profile == "ci"
      list[#list + 1] = { target = M.label(target), file = (input.filename or M.filename)(target) }
    end
  end
  return list
end

---What is looked for at run time, on all supported targets.
---@param input addon.naming with tags
---@return addon.named[]
function M.tried(input)
  local list = {}
  for _, target in ipairs(known_targets(input)) do
    local asked = { addon = input.addon, variants = input.variants, filename = input.filename }
    asked.platform, asked.arch, asked.variant = target.platform, target.arch, target.variant
    for _, file in ipairs(M.candidates(asked)) do
      list[#list + 1] = { target = M.label(target), file = file }
    end
  end
  return list
end

---The best variant that a CPU of this level can run; the least demanding one when it can run none. The whole level is
---asked for: AVX2 without BMI2 is not x86-64-v3.
---@param input { level?: integer, variants: table<string, addon.variant> }
---@return string variant
function M.detect(input)
  local names = M.variant_names(input.variants)
  for _, name in ipairs(names) do
    if input.variants[name].level <= (input.level or 1) then
      return name
    end
  end
  return names[#names]
end

---Which variant a process loads. Only `detect` may be written to the cache variable.
---@param input { arch: string, override?: string, cache?: string, level?: integer, variants: table }
---@return { variant?: string, source: "non-x64"|"override"|"cache"|"detect" }
function M.select(input)
  if input.arch ~= "x64" then
    return { source = "non-x64" }
  elseif input.variants[input.override] then
    return { variant = input.override, source = "override" }
  elseif input.variants[input.cache] then
    return { variant = input.cache, source = "cache" }
  end
  return { variant = M.detect(input), source = "detect" }
end

return M
