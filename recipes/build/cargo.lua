-- What cargo and rustc are told, and what their answers mean. Pure.

local levels = require("recipes.build.levels")
local mark = require("recipes.build.mark")
local program = require("recipes.build.program")
local rules = require("recipes.build.target")

local M = {}

-- Flags of rustc ------------------------------------------------------------------------------------------------------

---@class build.rustflags
---@field list string[]
---@field variable "RUSTFLAGS"|"CARGO_ENCODED_RUSTFLAGS" where cargo is to read them

local UNIT = "\31" -- what separates the flags of CARGO_ENCODED_RUSTFLAGS

---The flags that the caller gave, from the variable that wins: cargo reads RUSTFLAGS only where the encoded one is not
---set, and napi makes RUSTFLAGS of CARGO_BUILD_RUSTFLAGS.
---@param env table<string, string>
---@return build.rustflags
function M.caller(env)
  local encoded = env.CARGO_ENCODED_RUSTFLAGS
  if not encoded then
    return { list = program.words(env.RUSTFLAGS or env.CARGO_BUILD_RUSTFLAGS), variable = "RUSTFLAGS" }
  end
  local list = {}
  for flag in encoded:gmatch("[^" .. UNIT .. "]+") do
    list[#list + 1] = flag
  end
  return { list = list, variable = "CARGO_ENCODED_RUSTFLAGS" }
end

---The variable to set so that rustc gets these flags; none when there are none. A flag with a space in it, such as the
---path of a file, goes only into the encoded variable.
---@param flags build.rustflags
---@return table<string, string>
function M.environment(flags)
  if #flags.list == 0 then
    return {}
  elseif flags.variable == "RUSTFLAGS" and not table.concat(flags.list):find("%s") then
    return { RUSTFLAGS = table.concat(flags.list, " ") }
  end
  return { CARGO_ENCODED_RUSTFLAGS = table.concat(flags.list, UNIT) }
end

---The flags with others after them: where two say the same thing, rustc obeys the last.
---@param flags build.rustflags
---@param more string[]
---@return build.rustflags
function M.append(flags, more)
  local list = table.move(flags.list, 1, #flags.list, 1, {})
  return { list = table.move(more, 1, #more, #list + 1, list), variable = flags.variable }
end

-- The linker that rustc brings along (LLD) drops the mark in silence; GNU ld and mold write it.
local NO_LLD = "-Clinker-features=-lld"

local function chooses_linker(list)
  local text = table.concat(list, " ")
  return text:find("linker-features", 1, true) or text:find("-fuse-ld", 1, true)
end

---Flags that make the linker mark the file with the x86-64 level it needs, for formats that have such a mark.
---@param input { level?: integer, platform: string, given: string[], knows_lld: boolean, object?: string }
---object: file with the mark, for a linker that has no option for it
---@return string[]
function M.mark(input)
  if not mark.wanted(input.level) or input.platform ~= "linux" then
    return {}
  elseif input.object then
    return { "-Clink-arg=" .. input.object }
  end
  local list = { "-Clink-arg=" .. mark.option(input.level) }
  if input.knows_lld and not chooses_linker(input.given) then
    table.insert(list, 1, NO_LLD)
  end
  return list
end

---Arguments of rustc that print what it may assume of the CPU; with `lld` it fails where it does not know our flag for
---the linker.
---@param input { flags: string[], triple?: string, lld: boolean }
---@return table
function M.print_cfg(input)
  local target = input.triple and { "--target", rules.bare_triple(input.triple) }
  return { "--print", "cfg", target, input.flags, input.lld and NO_LLD }
end

local FEATURES = {
  [2] = { "cmpxchg16b", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2" },
  [3] = { "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "lzcnt", "movbe" },
  [4] = { "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx10.1", "amx-tile" },
}

---The x86-64 level that code may need which was compiled so.
---@param cfg string what rustc --print cfg said
---@return integer level 1 to 4
function M.level(cfg)
  return levels.of(FEATURES, function(name)
    return cfg:find(('target_feature="%s"'):format(name), 1, true) ~= nil
  end)
end

---Why code of that level cannot go under the variant's name. Code for the native CPU may need more: it is marked.
---@param input { level: integer, wanted: integer, variant: string, native?: boolean }
---@return string? message
---@return string? hint
function M.mislabel(input)
  local form = "RUSTFLAGS makes the compiler assume x86-64-v%d, but the variant %s means x86-64-v%d."
  local message = form:format(input.level, input.variant, input.wanted)
  if input.level < input.wanted then
    local flag = "-C target-cpu=" .. levels.march(input.wanted)
    return message, ("add %s to RUSTFLAGS, or unset RUSTFLAGS: pienv adds it then"):format(flag)
  elseif input.level > input.wanted and not input.native then
    return message, "take target-cpu and target-feature out of RUSTFLAGS, or build the variant of that level"
  end
end

-- Environment of the build --------------------------------------------------------------------------------------------

---Name of the folder below cargo's target folder that one kind of build has to itself: nothing that differs in target,
---glibc or CPU shares files with another (docs/adr/0010-target-folders.md).
---@param target build.target
---@return string
function M.folder(target)
  local tag = target.cross_target or target.platform .. "-" .. target.arch
  return tag .. "-" .. (target.variant or "default")
end

---The variable with flags for C compilers of build scripts. The `cc` crate takes the first variable that is set, so
---what the caller gave under a more general name is kept.
---@param env table<string, string>
---@param triple string
---@return table<string, string>
function M.cflags(env, triple)
  local bare = rules.bare_triple(triple)
  if bare:find("%-msvc$") then
    return {}
  end
  local name = "CFLAGS_" .. bare:gsub("-", "_")
  local given = env[name] or env.TARGET_CFLAGS or env.CFLAGS
  return { [name] = (given and given .. " " or "") .. "-UNDEBUG" }
end

-- Manifests -----------------------------------------------------------------------------------------------------------

---Whether napi will write declarations for the crate.
---@param metadata table of cargo metadata
---@param manifest string Cargo.toml of the crate, absolute
---@return boolean? known nil: the crate is not in the metadata
function M.has_type_definitions(metadata, manifest)
  for _, package in ipairs(metadata.packages or {}) do
    if package.manifest_path == manifest then
      for _, dependency in ipairs(package.dependencies or {}) do
        local features = table.concat(dependency.features or {}, " ")
        local enabled = dependency.uses_default_features or features:find("type-def", 1, true) ~= nil
        if dependency.name == "napi-derive" and enabled then
          return true
        end
      end
      return false
    end
  end
end

---The lines that define a profile.
---@param name string
---@param kind "local"|"ci" what it stands for
---@return string
function M.profile_lines(name, kind)
  return ('[profile.%s]\ninherits = "%s"'):format(name, kind == "ci" and "release" or "dev")
end

return M
