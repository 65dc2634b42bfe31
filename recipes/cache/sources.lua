-- What a capture takes from a workspace: the addons of the target and their companions, or why they make no entry.

local addon = require("recipes.addon")
local edits = require("recipes.cache.edits")
local errno = require("pienv.errno")
local tracked = require("recipes.cache.tracked")

local M = {}

-- The addons of the target among the names of the output folder.
local function addons(s, job, names)
  local list, others = {}, {}
  local detected = addon.detect({ level = s.host.level, variants = s.settings.variants })
  for _, name in ipairs(names) do
    if job.store.is_addon(name) then
      local belongs = s.policy.captures({
        tuple = job.parse(name),
        target = job.target,
        variants = s.settings.variants,
        detected = detected,
        level = s.host.level,
      })
      local into = belongs and list or others
      into[#into + 1] = name
    end
  end
  return list, others
end

-- A regular file that holds something; links are refused, because what they lead to is not the workspace's.
local function check_file(s, at, name)
  local stat, err, code = s.engine.fs.stat(at .. "/" .. name, { follow = false })
  if not stat then
    return nil, code == "ENOENT" and name .. " is missing" or err
  elseif stat.type ~= "file" then
    return nil, ("%s is a %s, and only files are stored"):format(name, stat.type)
  elseif stat.size == 0 then
    return nil, name .. " is empty"
  end
  return stat
end

local function addon_source(s, job, at, name)
  local stat, err = check_file(s, at, name)
  if not stat then
    return nil, err
  end
  local info = job.target.platform == "linux" and s.engine.object.inspect(at .. "/" .. name) or nil
  local tuple = job.parse(name)
  local variant = tuple and s.settings.variants[tuple.variant]
  return {
    name = name,
    from = at .. "/" .. name,
    mode = stat.mode & 365, -- 0555: nobody writes through a link
    role = "addon",
    isa = info and info.isa_needed or variant and variant.level or nil,
  }
end

-- A companion as it is, or with the stub in its place. One that git tracks must be HEAD's outside of what is generated.
local function companion_source(s, job, at, name)
  local stat, err = check_file(s, at, name)
  if not stat then
    return nil, err .. " ('companions' in pienv.lua says what an entry must hold beside the addons)"
  end
  local file = at .. "/" .. name
  local bytes, why = s.engine.fs.read(file, { follow = false })
  local head, unreadable = tracked.content(s, job, name)
  if not bytes or unreadable then
    return nil, unreadable or why
  end
  local stub = s.policy.stub({ name = name, bytes = bytes, head = head, companions = s.settings.companions })
  local kept = stub or bytes
  if head and not edits.same({ a = kept, b = head, markers = s.settings.markers }) then
    return nil, ("%s has changes that are not committed, outside of what is generated in it"):format(name), "dirty"
  end
  return { name = name, from = file, bytes = stub, mode = stat.mode & 511, role = "companion" }
end

---The files of the workspace that make an entry.
---@param s pienv.context
---@param job cache.job
---@param at string the output folder
---@return cache.source[]? files
---@return string? reason
---@return string? kind
function M.of(s, job, at)
  local names, err, code = s.engine.fs.list(at)
  if not names and not errno.is_absent(code) then
    return nil, err, "nothing"
  end
  local found, others = addons(s, job, names or {})
  if #found == 0 then
    local beside = #others > 0 and " (there is " .. table.concat(others, ", ") .. ")" or ""
    return nil, ("no addon of target %s in %s%s"):format(job.target.label, job.to.path, beside), "nothing"
  end
  local list = {}
  for _, name in ipairs(s.settings.companions) do
    local file, why, kind = companion_source(s, job, at, name)
    if not file then
      return nil, why, kind or "nothing"
    end
    list[#list + 1] = file
  end
  for _, name in ipairs(found) do
    local file, why = addon_source(s, job, at, name)
    if not file then
      return nil, why, "nothing"
    end
    list[#list + 1] = file
  end
  return list
end

return M
