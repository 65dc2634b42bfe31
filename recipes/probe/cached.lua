-- What a compiled program extracts from its archive, and which folders of old versions may go. Everything through s;
-- nothing is written without --extract.

local embedded = require("recipes.addon.embedded")
local loading = require("recipes.addon.loading")
local memos = require("recipes.addon.memo")
local path = require("pienv.path")
local texts = require("recipes.addon.texts")

local M = {}

---@class probe.prepared
---@field because string
---@field first? addon.place what is tried first
---@field pending? string why it is not there yet: that file would be extracted or staged
---@field bytes_at? string where its bytes are now
---@field notes { error: string }[] for the final text

local function note(prepared, form, values)
  prepared.notes[#prepared.notes + 1] = { error = loading.fill(texts.forms[form], values) }
end

---@param s pienv.context
---@param file string
---@return string name of the memo
---@return addon.memo? memo
function M.memo(s, file)
  local name = loading.fill(loading.rules.memo, { name = file })
  return name, memos.parse(s.fs.read(name, { limit = 4096 }) or "")
end

---Notes by what the file is known again. Writing it also touches the folder, so that no other version's clean-up takes
---it. Without it the next start compares digests again, so a failure does no harm.
---@param s pienv.context
---@param file string
---@param memo addon.memo
function M.remember(s, file, memo)
  s.fs.sweep(path.dirname(file)) -- what killed ones left
  s.fs.write(loading.fill(loading.rules.memo, { name = file }), memos.text(memo), { mode = "0644", sync = false })
end

---The digest of a file that stays as it is while it is read.
---@param s pienv.context
---@param file string
---@param stat addon.stat
---@return string? sha256
function M.digest(s, file, stat)
  local sum = s.sha256.file(file)
  local after = s.fs.stat(file)
  return sum and after and memos.same(stat, after) and sum or nil
end

---@param s pienv.context
---@param target string
---@param file addon.embedded_file
---@return "fresh"|"stale" verdict
---@return string reason
local function look(s, target, file)
  local stat = s.fs.stat(target, { follow = false })
  local _, memo = M.memo(s, target)
  local verdict, reason = embedded.freshness({ file = file, stat = stat, memo = memo })
  if verdict ~= "compare" then
    return verdict, reason
  elseif M.digest(s, target, stat) ~= file.sha256 then
    return "stale", "its bytes are damaged"
  end
  if s.options.extract then
    M.remember(s, target, { sha256 = file.sha256, file = stat })
  end
  return "fresh", "it has the digest"
end

-- A candidate of the same bytes, from which the answer may be had before anything is extracted.
local function find_bytes(s, here, file)
  for _, place in
    ipairs(s.policy.candidates({
      mode = here.mode,
      platform = s.host.platform,
      folders = here.folders,
      names = { file.filename },
    }))
  do
    local stat = s.fs.stat(place.path)
    if stat and stat.type == "file" and file.sha256 and s.sha256.file(place.path) == file.sha256 then
      return place.path
    end
  end
end

local function archive_of(here)
  return path.join(here.folders.native, here.manifest.archive.filename)
end

-- What is pending can only be what the archive holds.
local function check_archive(s, here, file, prepared)
  local archive = archive_of(here)
  local members, err = s.archive.list(archive)
  local name = path.basename(archive)
  for _, member in ipairs(members or {}) do
    if member.name == file.filename then
      return true
    end
  end
  note(
    prepared,
    members and "embedded_missing" or "embedded_archive",
    { archive = name, name = file.filename, error = err }
  )
  return false
end

local function failed(prepared, file, archive, err, code)
  local values = { archive = path.basename(archive), name = file.filename, error = err }
  if code == "ENOMEMBER" then
    note(prepared, "embedded_missing", values)
  else
    note(prepared, err:find("^write") and "embedded_write" or "embedded_archive", values)
  end
end

-- Extracts the one file: staged beside it, verified, renamed, so that any number may do it at once.
local function extract(s, here, file, target, prepared)
  local made, err = s.fs.mkdirs(here.folders.versioned)
  if not made then
    note(prepared, "embedded_folder", { error = err })
    return false
  end
  s.fs.sweep(here.folders.versioned)
  local archive = archive_of(here)
  -- Not synced, as the loader does not: what a loss of power cuts has another size, and is extracted again.
  local options = { sha256 = file.sha256, size = file.size, mode = loading.rules.mode, sync = false }
  local code
  made, err, code = s.archive.extract(archive, file.filename, target, options)
  if not made then
    failed(prepared, file, archive, err, code)
    return false
  end
  M.remember(s, target, { sha256 = made.sha256, file = made })
  return true
end

local function unsafe(manifest, prepared)
  for _, file in ipairs(manifest.files) do
    if not embedded.is_safe(file.filename) then
      note(prepared, "embedded_archive", {
        archive = manifest.archive.filename,
        error = loading.fill(texts.forms.unsafe_name, { name = tostring(file.filename) }),
      })
    end
  end
  return #prepared.notes > 0
end

---@param s pienv.context
---@param here probe.situation
---@return probe.prepared
function M.extract(s, here)
  local prepared = { notes = {} }
  local file, reason = embedded.choose({
    mode = here.mode,
    manifest = here.manifest,
    tag = here.tag,
    version = here.version,
    variant = here.variant,
    variants = s.settings.variants,
  })
  if not file or unsafe(here.manifest, prepared) then
    prepared.because = reason or prepared.notes[1].error
    return prepared
  end
  local target = path.join(here.folders.versioned, file.filename)
  local place = { path = target, name = file.filename, folder = "extracted" }
  local verdict, why = look(s, target, file)
  prepared.because = why
  if verdict == "fresh" then
    prepared.first = place
    local stat = s.options.extract and s.fs.stat(target)
    if stat and file.sha256 then
      M.remember(s, target, { sha256 = file.sha256, file = stat }) -- which touches the folder
    end
  elseif not s.options.extract then
    if check_archive(s, here, file, prepared) then
      prepared.first, prepared.pending = place, "would be extracted: " .. why
      prepared.bytes_at = find_bytes(s, here, file)
    end
  elseif extract(s, here, file, target, prepared) then
    prepared.first, prepared.because = place, "extracted: " .. why
  end
  return prepared
end

---Folders of versions that nobody uses any more, after an addon was loaded. What fails is told and harms nothing.
---@param s pienv.context
---@param here probe.situation
---@param loaded boolean
---@return { stale: string[], removed: boolean, failures: string[] }
function M.tidy(s, here, loaded)
  local entries, natives = {}, here.folders.natives
  for _, name in ipairs(here.mode ~= "workspace" and s.fs.list(natives) or {}) do
    local stat = s.fs.stat(path.join(natives, name), { follow = false })
    entries[#entries + 1] = stat and { name = name, type = stat.type, mtime = stat.mtime } or nil
  end
  local stale = s.policy.stale({ version = here.version, now = s.time.now(), entries = entries })
  local result = { stale = stale, removed = loaded and s.options.extract, failures = {} }
  for _, name in ipairs(result.removed and stale or {}) do
    local removed, err = s.fs.remove_tree(path.join(natives, name))
    result.failures[#result.failures + 1] = not removed and err or nil
  end
  s:because(#stale == 0 and "none" or table.concat(stale, ", "))
  return result
end

return M
