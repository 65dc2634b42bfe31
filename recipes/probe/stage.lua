-- What an install copies out of node_modules before it loads it. Everything through s; nothing is written without
-- --extract.

local cached = require("recipes.probe.cached")
local loading = require("recipes.addon.loading")
local path = require("pienv.path")
local staging = require("recipes.addon.staging")
local texts = require("recipes.addon.texts")

local M = {}

local function fill(form, values)
  return { error = loading.fill(texts.forms[form], values) }
end

local function is_of_version(s, here, file)
  if here.wanted == "" then
    return true
  end
  local found = s.search.file(file, { here.wanted }, { word_end = true, limit = 1 })
  return found ~= nil and found[1].count > 0
end

-- Asks the policy, and looks at what it wants to know, until it knows what to do.
local function decide(s, here, source, staged)
  local _, memo = cached.memo(s, staged)
  local input = { source = s.fs.stat(source), staged = s.fs.stat(staged, { follow = false }), memo = memo }
  local action, reason = staging.decide(input)
  if action == "identify" then
    input.of_version = is_of_version(s, here, source)
    action, reason = staging.decide(input)
  end
  if action == "compare" then
    local sum = cached.digest(s, staged, input.staged)
    input.same = sum ~= nil and sum == cached.digest(s, source, input.source)
    action, reason = staging.decide(input)
    input.sum = input.same and sum or nil
  end
  return action, reason, input
end

-- The copy, and a note of both files once they are known to be the same.
local function copy(s, here, source, staged, input)
  local made, err = s.fs.mkdirs(here.folders.versioned)
  if not made then
    return nil, fill("staged_folder", { error = err })
  end
  s.fs.sweep(here.folders.versioned)
  made, err = s.fs.copy(source, staged, { mode = loading.rules.mode })
  if not made then
    return nil, fill("staged_copy", { name = path.basename(staged), error = err })
  end
  local stat = s.fs.stat(staged, { follow = false })
  local sum = stat and cached.digest(s, staged, stat)
  if not sum or sum ~= cached.digest(s, source, input.source) then
    return nil, fill("staged_copy", { name = path.basename(staged), error = source .. " changed while it was copied" })
  end
  cached.remember(s, staged, { sha256 = sum, file = stat, source = input.source })
  return true
end

-- One file name: whether it is in place, then or already; or why not.
local function stage_one(s, here, name, prepared)
  local source = path.join(here.folders.leaf or here.folders.native, name)
  local staged = path.join(here.folders.versioned, name)
  local place = { path = staged, name = name, folder = "staged" }
  local action, reason, input = decide(s, here, source, staged)
  if action == "keep" then
    if s.options.extract then
      local sum = input.sum or input.memo.sha256
      cached.remember(s, staged, { sha256 = sum, file = input.staged, source = input.source })
    end
    return place, nil, reason
  elseif action == "refuse" then
    local other = loading.fill(texts.forms.other_version, { path = source, version = here.version })
    prepared.notes[#prepared.notes + 1] = fill("staged_copy", { name = name, error = other })
  elseif action == "copy" and not s.options.extract then
    return place, source, "would be staged: " .. reason
  elseif action == "copy" then
    local done, failure = copy(s, here, source, staged, input)
    prepared.notes[#prepared.notes + 1] = failure
    return done and place, nil, "staged: " .. reason
  end
end

---@param s pienv.context
---@param here probe.situation
---@return probe.prepared
function M.run(s, here)
  local prepared = { notes = {}, because = "nothing to stage" }
  for _, name in ipairs(here.names) do
    local place, source, reason = stage_one(s, here, name, prepared)
    if place and not prepared.first then
      prepared.first, prepared.because, prepared.bytes_at = place, reason, source
      prepared.pending = source and reason
    end
  end
  return prepared
end

return M
