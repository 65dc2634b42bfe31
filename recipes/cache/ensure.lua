-- cache ensure: populate; where that misses, build and capture. One build a key at a time: who comes second waits for
-- the lease, and finds the entry or takes over. No lock of the repository is held while something is built.

local capture = require("recipes.cache.capture")
local job_rules = require("recipes.cache.job")
local key_rules = require("recipes.cache.key")
local outcome = require("recipes.cache.outcome")
local populate = require("recipes.cache.populate")
local publish = require("recipes.cache.publish")

local M = {}

-- This very program, whatever its name on PATH is.
local function program(s)
  return s.engine.fs.readlink("/proc/self/exe") or "pienv"
end

-- Variables of the build: exactly the key's target.
local function environment(s, target)
  local host = target.platform == s.host.platform and target.arch == s.host.arch
  return {
    TARGET_PLATFORM = not host and target.platform or "",
    TARGET_ARCH = not host and target.arch or "",
    TARGET_VARIANT = target.variant ~= "host" and target.variant or "",
    TARGET_VARIANTS = "",
  }
end

local LAST_LINES = 20

-- Runs the build; its lines go to the user and to the log.
local function build(s, job, log)
  local given, lines = s.settings.build, {}
  local input = { program = program(s), root = s.root, target = job.target, flags = s.flags or {} }
  local command = type(given) == "function" and given(input) or given or s.policy.build(input)
  local result, err = s:run({
    command,
    env = environment(s, job.target),
    stdout = "lines",
    stderr = "lines",
    check = false,
    on_line = function(_, text)
      s.ui:note(text)
      lines[#lines + 1] = text
      if log then
        s.engine.fs.append(log, text .. "\n", { mode = "0660" })
      end
    end,
  })
  if not result or result.exit ~= 0 then
    local output = { table.unpack(lines, math.max(1, #lines - LAST_LINES + 1)) }
    s:fail(err or "the build failed; nothing is stored", {
      code = "P0403",
      command = table.concat(command, " "),
      output = output,
      child_exit = result and result.exit,
    })
  end
  return result.wall
end

-- The lease of a key: held by who builds it. nil where nobody needs to wait for anybody.
local function take_lease(s, job)
  local lock, store = s.engine.lock, job.store
  local file = ("%s/.%s.lease"):format(store.folder, job.key)
  local log = ("%s/.%s.log"):format(store.folder, job.key)
  local held, err, code = lock.acquire(file, {
    create_mode = "0660",
    timeout = s.options.wait == false and 0 or nil,
    about = ("building %s in %s, log %s"):format(job.target.label, s.root, log),
    waiting = function(holder)
      s:say(lock.waiting_text(file, holder))
    end,
  })
  if held then
    return held, log
  elseif code == "EINTR" then
    error(err, 0)
  end
  s:say(code == "EAGAIN" and "another process builds this; building alone" or "warning: building alone: " .. err)
end

-- Builds and says why nothing is stored.
local function build_only(s, job, reason)
  build(s, job)
  s:because("built, not stored: " .. reason)
  s.ui:event("cache", { state = "built", reason = reason, key = job.key })
end

-- After a build: the entry, or why there is none. The build itself has succeeded.
local function store(s, job, seconds, began)
  local found, created, kind = capture.try(s, job, seconds)
  if found then
    local entry <close> = found
    local word = created and "built and stored" or "built; already there"
    local line = ("%s %s %s"):format(word, key_rules.short(entry.key), outcome.took(s, began))
    return outcome.done(s, entry, line, { state = created and "stored" or "there" })
  end
  local trouble = kind == "trouble" or kind == "locked"
  if kind == "nothing" or trouble and s.options.require_cache then
    return outcome.miss(s, kind, created, job.key)
  elseif trouble then
    s:say("warning: the cache is not used: " .. created)
  end
  s:because("built, not stored: " .. created)
end

-- The folder of the repository, where leases are; nil where there can be none.
local function prepare(s, job)
  local ok, err = publish.prepare(job.store)
  if not ok and s.options.require_cache then
    outcome.miss(s, "trouble", err, job.key)
  elseif not ok then
    s:say("warning: the cache is not used: " .. err)
  end
  return ok
end

local function fetch(s, job, began)
  local found, placed, kind = populate.attempt(s, job)
  if found then
    local entry <close> = found
    populate.tell(s, job, entry, placed, began)
    return true
  end
  return false, placed, kind
end

local BUILD_ONLY = { disabled = true, ["no key"] = true, dirty = true, edited = true }

---One target.
---@param s pienv.context
---@param job cache.job
function M.one(s, job)
  local began = s.time.monotonic()
  local hit, reason, kind = fetch(s, job, began)
  if hit then
    return
  elseif kind == "trouble" and s.options.require_cache then
    return outcome.miss(s, kind, reason, job.key)
  elseif BUILD_ONLY[kind] or s.options.cache == "ro" or not prepare(s, job) then
    return build_only(s, job, s.options.cache == "ro" and reason .. "; --cache ro" or reason)
  end
  populate.note_miss(job, kind) -- the first look may have found no folder to note it in
  s:say(("miss %s: %s"):format(key_rules.short(job.key), reason))
  local lease, log = take_lease(s, job)
  local _ <close> = lease
  if lease and fetch(s, job, began) then
    return
  elseif lease then
    s.engine.fs.remove(log)
  end
  store(s, job, build(s, job, log), began)
end

---cache ensure: the target of the options, or each of --variants.
---@param s pienv.context
---@param job cache.job
function M.run(s, job)
  local variants = s.options.variants or {}
  if #variants == 0 then
    return M.one(s, job)
  end
  local told = {}
  for i, variant in ipairs(variants) do
    local options = setmetatable({ variant = variant, variants = false }, { __index = s.options })
    local view = setmetatable({ options = options, base = rawget(s, "base") or s }, { __index = s })
    M.one(view, job_rules.new(view))
    told[i] = variant .. ": " .. (rawget(view, "reason") or "done")
  end
  s:because(table.concat(told, ", "))
end

return M
