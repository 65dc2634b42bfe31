-- Locks on files, between processes and between the steps of one run.
--
--   local held <close> = assert(lock.acquire(folder .. "/.lock", { about = "capturing x64", timeout = 60 }))
--
-- Who waits lets the other tasks run meanwhile (the holder may be one of them) and shows for whom it waits. The kernel
-- releases the lock of a process that dies. The file is never removed: others may be waiting for it.

local c = require("pienv.c.lock")
local terminal = require("pienv.terminal")
local time = require("pienv.time")

local M = {}

---@class pienv.lock.options
---@field mode? "exclusive"|"shared" default "exclusive"
---@field timeout? number seconds; 0: only try; nil: wait for ever
---@field about? string what the holder is doing, shown to those who wait
---@field create_mode? pienv.fs.mode of a file that is created, whatever the umask; default: 0666 less the umask
---@field waiting? fun(holder: pienv.lock.record?, waited: number) called after 2 s of waiting and then every 10 s

-- Seconds.
local TELL_AFTER, TELL_AGAIN = 2, 10
local FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.1

-- A pause is this part of the wait so far: who waits long asks seldom, and nobody waits much longer than needed.
local PART = 1 / 20

local option_types =
  { mode = "string", timeout = "number", about = "string", create_mode = "string or number", waiting = "function" }

local function check(options)
  for name, value in pairs(options) do
    local wanted = option_types[name]
    if not wanted then
      error(("unknown option '%s' of lock.acquire"):format(tostring(name)), 3)
    elseif not wanted:find(type(value), 1, true) then
      error(("option '%s' of lock.acquire must be a %s, got %s"):format(name, wanted, type(value)), 3)
    end
  end
  local mode = options.mode or "exclusive"
  if mode ~= "exclusive" and mode ~= "shared" then
    error(("option 'mode' of lock.acquire must be 'exclusive' or 'shared', got '%s'"):format(mode), 3)
  elseif options.timeout and options.timeout < 0 then
    error("option 'timeout' of lock.acquire must not be negative", 3)
  end
end

-- Holders that share it leave no record: they would overwrite each other's, and who only reads should not write.
local function try(file, options)
  local shared = options.mode == "shared"
  local held, err, code = c.try(file, { shared = shared, create_mode = options.create_mode })
  if held and not shared then
    require("pienv.lock.record").leave(file, held, options.about or "")
  end
  return held, err, code
end

---Reads who holds a lock exclusively. Not to be relied on: it is what the holder wrote, or what anybody wrote who may.
---@param file string
---@return pienv.lock.record? record nil: nobody, or one who left no record
---@return string? err "read lock <path>: <reason>"
---@return string? code
function M.holder(file)
  return require("pienv.lock.record").read(file)
end

---Says who holds a lock, for messages.
---@param holder? pienv.lock.record
---@return string text "held since 12:01:07 by process 42 (pienv cache capture): capturing linux-x64-modern"
function M.describe(holder)
  return require("pienv.lock.record").describe(holder)
end

---Says for what one waits, on one line.
---@param file string
---@param holder? pienv.lock.record
---@return string text
function M.waiting_text(file, holder)
  return "waiting for the lock " .. file .. ", " .. M.describe(holder)
end

local function tell(file, options, waited)
  local holder = M.holder(file)
  if options.waiting then
    options.waiting(holder, waited)
  else
    io.stderr:write(terminal.sanitize(M.waiting_text(file, holder)), "\n")
  end
end

local function give_up(file, waited, code)
  local holder = M.holder(file)
  local next_step = holder and "wait for it, or end process " .. holder.pid or "try again later"
  local why = waited and ("no lock within %g s, "):format(waited) or ""
  return nil, ("lock %s: %s%s; %s"):format(file, why, M.describe(holder), next_step), code
end

local function wait(file, options)
  local sleep = require("pienv.task").sleep -- not before it is needed: most locks are free
  local began, next_told = time.monotonic(), TELL_AFTER
  while true do
    local waited = time.monotonic() - began
    local left = options.timeout and options.timeout - waited or math.huge
    if left <= 0 then
      return give_up(file, options.timeout, "ETIMEDOUT")
    elseif waited >= next_told then
      tell(file, options, waited)
      next_told = next_told + TELL_AGAIN
    end
    sleep(math.min(math.max(FIRST_PAUSE, waited * PART), LONGEST_PAUSE, left))
    local held, err, code = try(file, options)
    if held or code ~= "EAGAIN" then
      return held, err, code
    end
  end
end

---Takes the lock of a file, which is created where it is missing and whose folder must exist. A symbolic link in its
---place is refused, and so is what is no regular file. A signal or a cancelled step raises in the wait, as everywhere.
---@param file string
---@param options? pienv.lock.options
---@return pienv.lock.held? held released by held:release(), by `<close>`, when collected, and by the end of the process
---@return string? err names the holder and the next step where it is held
---@return string? code "EAGAIN" (timeout 0), "ETIMEDOUT", or the system's: "ENOENT", "EACCES", "ELOOP", ...
function M.acquire(file, options)
  options = options or {}
  check(options)
  local held, err, code = try(file, options)
  if held or code ~= "EAGAIN" then
    return held, err, code
  elseif options.timeout == 0 then
    return give_up(file, nil, "EAGAIN")
  end
  return wait(file, options)
end

return M
