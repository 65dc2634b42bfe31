-- The verdict on one file: static description and loader's answer in, class, reason and next step out. Pure.

local static = require("recipes.addon.static")

local M = {}

---@alias probe.class
---| "ok" # loads
---| "unproven" # nothing speaks against it, and it was not loaded
---| "damaged" # truncated, or no object file at all
---| "wrong-platform" # for another system or machine, or no shared library
---| "wrong-libc"
---| "floor" # needs a newer glibc or system
---| "isa" # needs a CPU that is not there, or another than it claims
---| "imports" # a library or symbol is missing
---| "signature" # macOS would refuse it
---| "identity" # of another version than its name says
---| "no-entry" # nothing for node to start
---| "refused" # the loader says no for another reason
---| "crash" # loading it kills the process
---| "hang" # loading it does not end

---@class probe.input
---@field target { platform: string, arch: string, libc?: string }
---@field info? pienv.object.info
---@field err? string where there is no info: what pienv.object said
---@field load? pienv.dlprobe.result nil: not loaded
---@field glibc? string the glibc that the target has: "2.17"
---@field os? string the version of macOS that the target has
---@field level? integer x86-64 level of the CPU that shall run it
---@field claimed_level? integer x86-64 level that its name claims
---@field node_api? integer the Node-API version of the host
---@field allowed? table<string, string[]> instead of recipes.addon.static's
---@field identity? { wanted: string, count: integer, others?: string[] } the sentinel, how often it stands in the file

---@class probe.verdict
---@field class probe.class
---@field reason string
---@field hint? string the next step
---@field remarks string[] what is worth a look though it is no reason to refuse

local REINSTALL = "Install or build it again; the file is not what was made."

local function check_identity(identity)
  if not identity or identity.count == 1 then
    return nil
  elseif identity.count > 1 then
    return "identity", ("the sentinel %s stands in it %d times"):format(identity.wanted, identity.count), REINSTALL
  end
  local others = identity.others or {}
  local found = #others > 0 and "it has " .. table.concat(others, ", ") or "it has none"
  return "identity", ("not of this version: no sentinel %s, %s"):format(identity.wanted, found), REINSTALL
end

-- The loader's words, and what they mean: pattern, class, next step. Of glibc, musl and the kernel.
local WORDS = {
  { "version `[^']+' not found", "floor", "Build against an older glibc, or use a newer system." },
  { "CPU ISA level is lower than required", "isa", "Use the variant for this CPU." },
  { "libc%.musl%-[^:]+: cannot open", "wrong-libc", "Take the file for glibc." },
  { "invalid ELF header", "damaged", REINSTALL },
  { "file too short", "damaged", REINSTALL },
  { "cannot read file data", "damaged", REINSTALL },
  {
    "undefined symbol",
    "imports",
    'Link the library that defines it; builder cc: libs = { "-lNAME" } in pienv.lua.',
  },
  {
    "symbol not found",
    "imports",
    'Link the library that defines it; builder cc: libs = { "-lNAME" } in pienv.lua.',
  },
  { "cannot open shared object file", "imports", "Install that library, or link it statically." },
  { "Error loading shared library", "imports", "Install that library, or link it statically." },
  { "failed to map segment", "refused", "The file system forbids execution (noexec): put the file elsewhere." },
  { "static TLS", "refused", "Build with -ftls-model=global-dynamic; the room for static TLS is small." },
  { "executable stack", "refused", "Link with -Wl,-z,noexecstack." },
}

local function read_words(message)
  for _, row in ipairs(WORDS) do
    if message:find(row[1]) then
      return row[2], message, row[3]
    end
  end
  return "refused", message, nil
end

-- What a signal usually means for one who loads an addon.
local SIGNALS = {
  SIGILL = "an instruction that this CPU has not: use the variant for it",
  SIGBUS = "a page of the file could not be read: it was cut while it was loaded, or the disk fails",
  SIGSYS = "a system call that is forbidden here",
  SIGABRT = "the addon gave up itself",
}

local LOADS = {
  ok = function()
    return "ok", "loads"
  end,
  stubs = function(load)
    return "ok", ("loadable with stubs for %d Node-API functions"):format(#load.stubs)
  end,
  error = function(load)
    return read_words(load.message)
  end,
  unsuitable = function(load)
    return "wrong-platform", load.message, "Take the file for this machine."
  end,
  crash = function(load)
    local meaning = SIGNALS[load.signal]
    return "crash",
      "loading it dies of " .. load.signal .. (meaning and " (" .. meaning .. ")" or ""),
      "Run it in a debugger: its constructors do this, before node calls anything."
  end,
  exit = function(load)
    return "crash", "loading it ends the process with exit code " .. load.exit, "Look for exit() in its constructors."
  end,
  hang = function(load)
    return "hang",
      ("loading did not finish within %.0fs"):format(load.seconds),
      "Look for threads or locks in its constructors: they run under the loader's lock."
  end,
}

---What a loader's answer alone means.
---@param load pienv.dlprobe.result
---@return probe.class class
---@return string reason
---@return string? hint
function M.of_load(load)
  return LOADS[load.class](load)
end

local function judge(input)
  if not input.info then
    return "damaged", input.err, REINSTALL
  end
  local class, reason, hint = static.judge(input.info, input)
  if not class then
    class, reason, hint = check_identity(input.identity)
  end
  if class then
    return class, reason, hint
  elseif not input.load then
    return "unproven", "nothing speaks against it; it was not loaded", nil
  end
  return M.of_load(input.load)
end

---The verdict: what the bytes say comes first, because the loader's words for a file of another machine mislead.
---@param input probe.input
---@return probe.verdict
function M.of(input)
  local class, reason, hint = judge(input)
  local fits = input.info and class ~= "wrong-platform"
  return {
    class = class,
    reason = reason,
    hint = hint,
    remarks = fits and static.remarks(input.info, input) or {},
  }
end

return M
