-- Locks on files, between processes and between the steps of one run.
--
--   local held <close> = assert(lock.acquire(folder .. "/.lock", { about = "capturing x64", timeout = 60 }))
--
-- Who waits stands in the kernel's line, lets the other tasks run meanwhile (the holder may be one of them) and shows
-- for whom it waits. The kernel releases the lock of a process that dies. The file is never removed: others may be
-- waiting for it.

local c = require("pienv.c.lock")
local terminal = require("pienv.terminal")
local time = require("pienv.time")

local M = {}

---@class pienv.lock.options
---@field mode? "exclusive"|"shared" default "exclusive"
---@field timeout? number seconds; 0: only try; nil: wait for ever
---@field about? string what the holder is doing, shown to those who wait
---@field create_mode? pienv.fs.mode of a file that is created, whatever the umask; default: 0666 less the umask
---@field enough? fun(): boolean asked in the wait before each new try: true ends it, nobody needs the lock any more
---@field alone? boolean no task runs: the whole program may block in the wait, and is woken when the lock is free
---@field waiting? fun(holder: pienv.lock.record?, waited: number) called after 2 s of waiting and then every 10 s

-- Seconds.
local TELL_AFTER, TELL_AGAIN = 2, 10
local FIRST_PAUSE, LONGEST_PAUSE, LONGEST_UNASKED = 0.001, 0.02, 0.1

-- A pause is this part of the wait so far: who waits long asks seldom, and nobody waits much longer than needed. The
-- longest is short, for a lock that is ours already is nobody else's meanwhile.
local PART = 1 / 8

local option_types = {
  mode = "string",
  timeout = "number",
  about = "string",
  create_mode = "string or number",
  waiting = "function",
  enough = "function",
  alone = "boolean",
}

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
local function record(file, held, options)
  if options.mode ~= "shared" then
    require("pienv.lock.record").leave(file, held, options.about or "")
  end
  return held
end

local function wanted(options)
  return { shared = options.mode == "shared", create_mode = options.create_mode }
end

local function try(file, options)
  local held, err, code = c.try(file, wanted(options))
  return held and record(file, held, options), err, code
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

local function pause(waited, longest)
  return math.min(math.max(FIRST_PAUSE, waited * PART), longest)
end

local function leave(line)
  if line.place then
    line.place:leave()
    line.place = nil
  end
end

-- Asks whether our turn has come. Where the file was replaced, the line is another one; where there is no line to stand
-- in (no thread to be had), the lock is tried like at first.
local function ask(line, file, options)
  if not line.place then
    line.place = c.queue(file, wanted(options))
  end
  if not line.place then
    return try(file, options)
  end
  local held, err, code = line.place:ask()
  if held then
    return record(file, held, options)
  elseif held == nil then
    leave(line)
  end
  return nil, err, (held == false or code == "ESTALE") and "EAGAIN" or code
end

-- Until it is worth asking again. Where no task runs and a line wakes us, code for tasks need not be read.
local function rest(line, options, waited, left)
  if not (options.alone and line.place) then
    return require("pienv.task").sleep(math.min(pause(waited, LONGEST_PAUSE), left))
  end
  line.place:wait(math.min(LONGEST_UNASKED, left))
  local signal = require("pienv.vm").interrupted()
  if signal then
    error({ kind = "interrupt", signal = signal, message = "interrupted by " .. signal }, 0)
  end
end

local function wait_in(line, file, options)
  local began, next_told, next_enough = time.monotonic(), TELL_AFTER, 0
  while true do
    local held, err, code = ask(line, file, options)
    if held or code ~= "EAGAIN" then
      return held, err, code
    end
    local waited = time.monotonic() - began
    local left = options.timeout and options.timeout - waited or math.huge
    if left <= 0 then
      return give_up(file, options.timeout, "ETIMEDOUT")
    elseif waited >= next_told then
      tell(file, options, waited)
      next_told = next_told + TELL_AGAIN
    end
    rest(line, options, waited, left)
    if options.enough and waited >= next_enough then
      next_enough = waited + pause(waited, LONGEST_UNASKED)
      if options.enough() then
        return nil, "lock " .. file .. ": not needed any more", "ENOUGH"
      end
    end
  end
end

-- Not by `<close>`: a task that ends with an error closes nothing, and the place in the line is to be free at once.
local function wait(file, options)
  local line = {}
  local results = table.pack(pcall(wait_in, line, file, options))
  leave(line)
  if not results[1] then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results.n)
end

---Takes the lock of a file if it is free; as acquire with a timeout of 0, but nobody is named where it is held.
---@param file string
---@param options? pienv.lock.options
---@return pienv.lock.held? held
---@return string? err "lock <path>: <reason>"
---@return string? code "EAGAIN", ...
function M.try(file, options)
  options = options or {}
  check(options)
  return try(file, options)
end

---Takes the lock of a file, which is created where it is missing and whose folder must exist. A symbolic link in its
---place is refused, and so is what is no regular file. A signal or a cancelled step raises in the wait, as everywhere.
---@param file string
---@param options? pienv.lock.options
---@return pienv.lock.held? held released by held:release(), by `<close>`, when collected, and by the end of the process
---@return string? err names the holder and the next step where it is held
---@return string? code "EAGAIN" (timeout 0), "ETIMEDOUT", "ENOUGH", or the system's: "ENOENT", "EACCES", "ELOOP", ...
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
