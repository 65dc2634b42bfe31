-- What a user is told when no addon could be loaded. The words are data, so that the generated loader says the same.
-- Pure.

local addon = require("recipes.addon")
local loading = require("recipes.addon.loading")
local paths = require("recipes.addon.paths")

local M = {}

---Forms: "{word}" is a place (loading.fill).
M.forms = {
  failed = "Failed to load {addon} native addon for {label}.",
  tried = "Tried:",
  attempt = "- {path}: {error}",

  unsupported = "Unsupported platform: {tag}",
  supported = "Supported platforms: {tags}",
  ask = "If you need support for this platform, please open an issue.",

  extracts = "The compiled binary should extract one of:",
  extract = "  {path}",
  missing = "If missing, delete {versioned} and re-run.",
  missing_download = "If missing, delete {versioned} and re-run, or download manually:",
  download = '  curl -fsSL "{url}" -o "{path}"',

  reinstall = "If installed via npm/bun, try reinstalling: {command}",
  build = "If developing locally, build with: {command}",
  variants = "Optional x64 variants: TARGET_VARIANT={variants} {command}",

  stale = "Loaded {path} but it does not expose the {package}@{version} version sentinel (`{sentinel}`). "
    .. "The .node file on disk is from a different release than this loader — reinstall to re-sync.",
  resident = "Loaded {path} but it does not expose the {package}@{version} version sentinel (`{sentinel}`). "
    .. "This process still holds `{resident}` in memory, while the .node file on disk is the right one — "
    .. "restart {app} to pick up {version} (reinstalling changes nothing).",

  -- Of extraction and staging: they stand before the attempts.
  embedded_folder = "embedded addon dir: {error}",
  embedded_archive = "embedded addon archive ({archive}): {error}",
  embedded_missing = "embedded addon archive ({archive}): missing {name}",
  embedded_no_path = "embedded addon metadata missing file path for {name}",
  embedded_write = "embedded addon write ({name}): {error}",
  staged_folder = "staged addon dir: {error}",
  staged_copy = "staged addon copy ({name}): {error}",

  -- Reasons in the place {error}.
  unsafe_name = "Unsafe embedded addon filename: {name}",
  unsafe_entry = "Unsafe embedded addon archive entry: {name}",
  truncated_entry = "Truncated embedded addon archive entry: {name}",
  entry_type = "Unsupported embedded addon archive entry type {type}: {name}",
  entry_size = "Embedded addon size mismatch for {name}: expected {expected}, got {got}",
  entry_digest = "Embedded addon digest mismatch for {name}: expected {expected}, got {got}",
  entries_missing = "Embedded addon archive missing: {names}",
  octal = "Invalid tar octal value: {value}",
  other_version = "{path} is of another version than {version}; reinstall to re-sync",

  -- Lines of the variable `debug`, each written at once.
  debug = "[startup] native:{what}",
}

---The steps that the variable `debug` shows, in the place {what}.
M.steps = {
  start = "loadNative:start",
  extract = "extractEmbeddedAddon:start",
  require = "require:{name}",
  hook = "tokioRuntime:installed",
  hook_failed = "tokioRuntime:failed:{error}",
  done = "loadNative:done",
}

local function say(form, values)
  return loading.fill(M.forms[form], values)
end

---@class addon.failure
---@field addon string
---@field platform string
---@field arch string
---@field variant? string
---@field variants table<string, addon.variant>
---@field tags string[]
---@field mode addon.mode
---@field package string name of the npm package
---@field version string
---@field names string[] file names, best first
---@field versioned string folder
---@field attempts { path?: string, error: string }[] in order; without a path: of extraction or staging
---@field install_command string
---@field build_command string
---@field folder string of the package, from the project's root
---@field download string

---What to do where a compiled program found none.
---@param input addon.failure
---@return string[] lines
function M.compiled_help(input)
  local lines, tag = { M.forms.extracts }, addon.tag(input)
  local to = {}
  for i, name in ipairs(input.names) do
    to[i] = paths.join(input.platform, input.versioned, name)
    lines[#lines + 1] = say("extract", { path = to[i] })
  end
  if input.download == "" then
    lines[#lines + 1] = say("missing", { versioned = input.versioned })
    return lines
  end
  lines[#lines + 1] = say("missing_download", { versioned = input.versioned })
  for i, name in ipairs(input.names) do
    local url = loading.fill(input.download, { version = input.version, tag = tag, name = name })
    lines[#lines + 1] = say("download", { url = url, path = to[i] })
  end
  return lines
end

---What to do where an installed package or a work tree has none.
---@param input addon.failure
---@return string[] lines
function M.install_help(input)
  local command = loading.fill(input.install_command, { package = input.package, version = input.version })
  local build = loading.fill(input.build_command, { folder = input.folder })
  local lines = { say("reinstall", { command = command }), say("build", { command = build }) }
  local words = addon.variant_names(input.variants)
  if #words > 0 then
    table.sort(words, function(a, b)
      local x, y = input.variants[a].level, input.variants[b].level
      return x < y or x == y and a < b
    end)
    lines[3] = say("variants", { variants = table.concat(words, "|"), command = build })
  end
  return lines
end

local function is_supported(input)
  for _, tag in ipairs(input.tags) do
    if tag == addon.tag(input) then
      return true
    end
  end
  return false
end

---The whole text of a load that failed. That a platform has no support is told here and not before: a file for it may
---have been there.
---@param input addon.failure
---@return string
function M.failure(input)
  local tag = addon.tag(input)
  if not is_supported(input) then
    local lines = { say("unsupported", { tag = tag }) }
    lines[2], lines[3] = say("supported", { tags = table.concat(input.tags, ", ") }), M.forms.ask
    return table.concat(lines, "\n")
  end
  local label = tag .. (input.variant and " (" .. input.variant .. ")" or "")
  local lines = { say("failed", { addon = input.addon, label = label }), "", M.forms.tried }
  for _, attempt in ipairs(input.attempts) do
    lines[#lines + 1] = attempt.path and say("attempt", attempt) or "- " .. attempt.error
  end
  lines[#lines + 1] = ""
  local help = input.mode == "compiled" and M.compiled_help or M.install_help
  return table.concat(lines, "\n") .. "\n" .. table.concat(help(input), "\n")
end

---@class addon.version_text
---@field verdict "restart"|"reinstall"
---@field path string
---@field package string
---@field version string
---@field sentinel string the expected one
---@field resident? string the one that is in memory
---@field app string

---What is wrong with an addon of another version.
---@param input addon.version_text
---@return string
function M.version(input)
  return say(input.verdict == "restart" and "resident" or "stale", input)
end

return M
