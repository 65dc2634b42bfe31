-- One row for every candidate: whether it is there, and what its bytes say. Reads through s.

local addon = require("recipes.addon")
local identity = require("recipes.addon.identity")
local path = require("pienv.path")
local texts = require("recipes.addon.texts")
local version_rules = require("recipes.addon.version")

local M = {}

---@class probe.row: addon.place
---@field bytes_at? string the file that is looked at: its path, or where its bytes come from
---@field pending? string what would have to be done first
---@field size? integer
---@field identity? "ok"|"other"|"none"|"unchecked" nil: there is no file
---@field info? pienv.object.info
---@field static? probe.verdict what the bytes say
---@field load? probe.verdict what loading it said
---@field exports? table<string, string> by a runtime: name = typeof
---@field error? string why it is not the one
---@field hint? string
---@field remarks string[]
---@field chosen boolean

-- Sentinels in the file: how often the expected one, and which others.
local function sentinels(s, here, file)
  local found = identity.of(s.search, file, { sentinel = s.settings.sentinel, version = here.version })
  return found or { wanted = here.wanted, count = 0, others = {} }
end

local function identify(s, here, row)
  if here.wanted == "" then
    row.identity = "unchecked"
    return
  end
  row.sentinels = sentinels(s, here, row.bytes_at)
  row.identity = row.sentinels.count > 0 and "ok" or #row.sentinels.others > 0 and "other" or "none"
  if row.sentinels.count > 1 then
    row.remarks[#row.remarks + 1] = ("its sentinel stands in it %d times"):format(row.sentinels.count)
  end
end

-- What the loader would refuse by the file's version, if nobody can ask the loaded addon.
local function identity_of(s, here, row)
  local asked = version_rules.asks_disk({ mode = here.mode, wanted = here.wanted, exports = {}, abi = {} })
  local by_abi = row.identity == "none" and #s.settings.minimal_abi > 0
  if not asked or by_abi or here.loads == "node" or here.loads == "bun" then
    return nil
  end
  local found = row.sentinels
  return { wanted = found.wanted, count = math.min(found.count, 1), others = found.others }
end

---What the verdict is asked, of the bytes and of what a loader answered.
---@param s pienv.context
---@param here probe.situation
---@param row probe.row
---@return probe.input
function M.question(s, here, row)
  local variants = s.settings.variants
  local tuple = addon.parse({
    name = row.name,
    addon = s.settings.addon,
    variants = variants,
    tags = s.settings.tags,
    filename = s.policy.filename,
  })
  local claimed = tuple and tuple.variant and variants[tuple.variant]
  local is_host = here.tag == addon.tag(s.host)
  return {
    target = { platform = here.platform, arch = here.arch, libc = s.options.libc },
    info = row.info,
    err = row.err,
    glibc = s.options.glibc,
    level = is_host and s.host.level or nil,
    claimed_level = claimed and claimed.level,
    identity = row.info and identity_of(s, here, row),
  }
end

---How the loader says that a file is of another version.
---@param s pienv.context
---@param here probe.situation
---@param row probe.row
---@param verdict "restart"|"reinstall"
---@param resident? string
---@return string
function M.other_version(s, here, row, verdict, resident)
  return texts.version({
    verdict = verdict,
    path = row.path,
    package = here.package,
    version = here.version,
    sentinel = here.wanted,
    resident = resident,
    app = s.settings.app,
  })
end

---Takes a refusal into the row.
---@param s pienv.context
---@param here probe.situation
---@param row probe.row
---@param verdict probe.verdict
function M.refuse(s, here, row, verdict)
  row.hint = verdict.hint
  row.error = verdict.class == "identity" and not verdict.is_text and M.other_version(s, here, row, "reinstall")
    or verdict.reason
end

local function look(s, here, row)
  local stat, err, code = s.fs.stat(row.bytes_at)
  if not stat or stat.type ~= "file" then
    row.error = code == "ENOENT" and "no such file" or err or "is a " .. stat.type .. ", no file"
    row.bytes_at = nil
    return
  end
  row.size = stat.size
  row.info, row.err = s.object.inspect(row.bytes_at)
  identify(s, here, row)
  row.static = s.policy.verdict(M.question(s, here, row))
  for _, remark in ipairs(row.static.remarks) do
    row.remarks[#row.remarks + 1] = remark
  end
  if row.static.class ~= "unproven" then
    M.refuse(s, here, row, row.static)
  end
end

local function row_of(s, here, prepared, place, is_first)
  local row = { path = place.path, name = place.name, folder = place.folder, chosen = false, remarks = {} }
  row.pending = is_first and prepared.pending or nil
  row.bytes_at = row.path
  if row.pending then
    row.bytes_at = prepared.bytes_at
  end
  if row.bytes_at then
    look(s, here, row)
  end
  return row
end

---@param s pienv.context
---@param here probe.situation
---@param prepared probe.prepared
---@return probe.row[] in the order of the loader
function M.all(s, here, prepared)
  local rows, found = {}, 0
  for i, place in
    ipairs(s.policy.candidates({
      mode = here.mode,
      platform = s.host.platform,
      folders = here.folders,
      names = here.names,
      first = prepared.first,
    }))
  do
    rows[i] = row_of(s, here, prepared, place, i == 1 and prepared.first ~= nil)
    found = found + (rows[i].size and 1 or 0)
  end
  s:because(("%d of %d are there, below %s"):format(found, #rows, path.dirname(here.folders.native)))
  return rows
end

return M
