-- The policy as data for the generated module: what recipes share (recipes/addon/policy.lua), and what only a module
-- that runs on other machines has to know. Pure.

local addon = require("recipes.addon")
local shared = require("recipes.addon.policy")

local M = {}

-- The features that each x86-64 level adds, in the words by which a system tells them; the first level adds none.
-- Windows tells few, and of level 4 not enough.
M.cpu = {
  linux = {
    "",
    "cx16 lahf_lm pni popcnt sse4_1 sse4_2 ssse3",
    "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave",
    "avx512bw avx512cd avx512dq avx512f avx512vl",
  },
  darwin = {
    "",
    "cx16 lahf popcnt sse3 sse4.1 sse4.2 ssse3",
    "avx1.0 avx2 bmi1 bmi2 f16c fma lzcnt movbe osxsave",
    "avx512bw avx512cd avx512dq avx512f avx512vl",
  },
  win32 = { "", "cx16 sse3 sse4_1 sse4_2 ssse3", "avx avx2 bmi2" },
}

-- Their numbers for kernel32's IsProcessorFeaturePresent. A Windows that does not know the last one says no.
M.win32_features = {
  sse3 = 13,
  cx16 = 14,
  ssse3 = 36,
  sse4_1 = 37,
  sse4_2 = 38,
  avx = 39,
  avx2 = 40,
  bmi2 = 60,
}

-- What only the generated module says.
M.forms = {
  absent = "there is no such file",
  no_folder = "neither a home folder nor {variable} says where it goes",
  set_folder = "Set {variable} to an absolute path: the compiled binary extracts its addon below it.",
  embedded_manifest = "embedded addon manifest: {error}",
  stub = "{name} is missing: the loaded addon is of another release than {package}@{version} — reinstall to re-sync.",
}

local function merged(a, b)
  local all = {}
  for _, one in ipairs({ a, b }) do
    for name, value in pairs(one) do
      all[name] = value
    end
  end
  return all
end

-- Forms of names for what is not among the tags, from a policy that can make them.
local FORMS = { "{platform}-x64", "{platform}-{arch}" }

-- A project's policy need not know what to do with such words.
local function tolerant(filename)
  return function(target)
    local ok, name = pcall(filename, target)
    return (ok or target.platform ~= "{platform}") and name or addon.filename(target)
  end
end

---@param input addon.policy_input
---@return table data for JSON
function M.data(input)
  local tags = table.move(FORMS, 1, #FORMS, #input.settings.tags + 1, { table.unpack(input.settings.tags) })
  local given = { settings = merged(input.settings, { tags = tags }), filename = tolerant(input.filename) }
  local data = assert(shared.data(merged(input, given)))
  return merged(data, {
    tags = input.settings.tags,
    manifest = input.settings.manifest,
    forms = merged(data.forms, M.forms),
    cpu = M.cpu,
    win32_features = M.win32_features,
  })
end

return M
