-- Why a key has no entry: the nearest entry, and the first component that differs from it, with the commit and the
-- paths that changed it.

local evict = require("recipes.cache.evict")
local git = require("recipes.cache.git")
local key_rules = require("recipes.cache.key")

local M = {}

---@class cache.component one line of the key
---@field name string path of an input, "TARGET", or "type name" of an extra component
---@field value string

---The components of a key in the order in which they are compared: inputs, target, extras.
---@param input cache.key_input
---@return cache.component[]
function M.components(input)
  local list = {}
  for _, entry in ipairs(input.entries) do
    list[#list + 1] = { name = entry.path, value = entry.id or key_rules.NULL }
  end
  list[#list + 1] = { name = "TARGET", value = input.target }
  for _, extra in ipairs(input.extra or {}) do
    list[#list + 1] = { name = extra.type .. " " .. extra.name, value = extra.value }
  end
  return list
end

---The components that differ, in the order of the key; those that one side lacks differ too.
---@param now cache.component[]
---@param before cache.component[]
---@return { name: string, now?: string, before?: string }[]
function M.differences(now, before)
  local old, list = {}, {}
  for _, component in ipairs(before) do
    old[component.name] = component.value
  end
  for _, component in ipairs(now) do
    if old[component.name] ~= component.value then
      list[#list + 1] = { name = component.name, now = component.value, before = old[component.name] }
    end
    old[component.name] = nil
  end
  for _, component in ipairs(before) do
    if old[component.name] then
      list[#list + 1] = { name = component.name, before = component.value }
    end
  end
  return list
end

-- What an entry was made of: as its manifest says, or as git knows it of its commit (M.ask_git).
local function components_of(entry)
  local record = entry.manifest and entry.manifest.pienv
  local inputs = record and (record.inputs or {}) or entry.inputs
  return inputs and M.components({ entries = inputs, target = entry.manifest.target, extra = record and record.extra })
end

---The entry that differs in the fewest components; of several the newest.
---@param now cache.component[]
---@param entries { manifest?: cache.manifest, captured_at: number, inputs?: cache.input[] }[]
---@return table? entry
---@return { name: string, now?: string, before?: string }[]? differences
function M.nearest(now, entries)
  local best, found
  for _, entry in ipairs(entries) do
    local before = components_of(entry)
    if before then
      local differences = M.differences(now, before)
      local closer = not best
        or #differences < #found
        or #differences == #found and entry.captured_at > best.captured_at
      if closer then
        best, found = entry, differences
      end
    end
  end
  return best, found
end

local function lines(text)
  local list = {}
  for line in (text or ""):gmatch("[^\n]+") do
    list[#list + 1] = line
  end
  return list
end

-- The ids of a key's inputs at a commit; nil where git does not know it.
local function inputs_at(s, job, commit)
  local root = job.head and job.head.root
  if not root or not commit:find("^%x+$") then
    return nil
  end
  local command, ids, list = { "ls-tree", "-z", "--full-tree", commit, "--" }, {}, {}
  for _, input in ipairs(job.inputs) do
    command[#command + 1] = input.path
  end
  local text = git.ask(s, root, command)
  for id, path in (text or ""):gmatch("%S+ %S+ (%x+)\t(%Z*)\0") do
    ids[path] = id
  end
  for i, input in ipairs(job.inputs) do
    list[i] = { path = input.path, id = ids[input.path] }
  end
  return text and list
end

-- A git child for each of the newest entries that say nothing themselves; more are not worth the wait.
local MOST_ASKED = 8

---Asks git of what other programs' entries were made: their manifests name only the commit.
---@param s pienv.context
---@param job cache.job
---@param entries table[] as evict.list has them; gets `inputs`
---@return table[] entries
function M.ask_git(s, job, entries)
  local foreign = {}
  for _, entry in ipairs(entries) do
    local wanted = entry.manifest and not entry.manifest.pienv and type(entry.manifest.commit) == "string"
    foreign[#foreign + 1] = wanted and entry or nil
  end
  table.sort(foreign, function(a, b)
    return a.captured_at > b.captured_at or a.captured_at == b.captured_at and a.key < b.key
  end)
  for i = 1, math.min(#foreign, MOST_ASKED) do
    foreign[i].inputs = inputs_at(s, job, foreign[i].manifest.commit)
  end
  return entries
end

---What git knows about a change: the last commit that touched the path, and the files that differ between two commits.
---@param s pienv.context
---@param job cache.job
---@param input string path from the git root
---@param since string commit of the entry
---@return { commit?: string, subject?: string, paths: string[] }
function M.history(s, job, input, since)
  local root = job.head and job.head.root
  local has = root and since:find("^%x+$") and git.ask(s, root, { "cat-file", "-t", since })
  if not has then
    return { paths = {} }
  end
  local paths = lines(git.ask(s, root, { "diff-tree", "-r", "--name-only", since, "HEAD", "--", input }))
  local commit = lines(git.ask(s, root, { "rev-list", "-1", since .. "..HEAD", "--", input }))[1]
    or lines(git.ask(s, root, { "rev-list", "-1", "HEAD", "--", input }))[1]
  return { commit = commit, paths = paths }
end

local function short(id)
  return id and (id:find("^%x+$") and id:sub(1, 7) or id) or "nothing"
end

-- "(2 files: crates/a.rs, crates/b.rs)"
local function files(paths)
  if #paths == 0 then
    return ""
  end
  local shown = table.concat(paths, ", ", 1, math.min(#paths, 3)) .. (#paths > 3 and ", ..." or "")
  return (" (%d file%s: %s)"):format(#paths, #paths == 1 and "" or "s", shown)
end

---@param job cache.job
---@return cache.component[]
function M.of(job)
  return M.components({ entries = job.inputs, target = job.target.label, extra = job.extra })
end

---Said where entries are there and none can be compared.
M.UNKNOWN = "of the entries that are there none says of what it was made, by itself or by a commit that is known here"

---One line about the first component that differs from the nearest entry; nil where there are none.
---@param s pienv.context
---@param job cache.job
---@return string?
function M.first_change(s, job)
  local entries = M.ask_git(s, job, (evict.list(job.store)))
  local nearest, differences = M.nearest(M.of(job), entries)
  local first = differences and differences[1]
  if not first then
    return #entries > 0 and M.UNKNOWN or nil
  end
  local text = ("%s changed, %s to %s"):format(first.name, short(first.before), short(first.now))
  local since = nearest.manifest.commit or ""
  local history = M.history(s, job, first.name, since)
  if history.commit then
    text = ("%s in commit %s%s"):format(text, short(history.commit), files(history.paths))
  end
  local captured = s.time.iso and s.time.iso(nearest.captured_at) or tostring(nearest.captured_at)
  return ("%s; nearest entry %s of %s"):format(text, key_rules.short(nearest.key), captured)
end

return M
