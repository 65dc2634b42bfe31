-- What an earlier build left behind, told apart from what a build that is running now still needs. Pure.
--
-- A build writes its identity into its folder: process id, start time of that process, and its pid namespace. The
-- start time tells a process from a later one with the same id; in another namespace (a container on the same work
-- tree) ids mean nothing, so only age counts there.

local M = {}

---Seconds after which even a folder of unknown owner is taken for left behind.
M.DAY = 24 * 60 * 60

---Identity of a process: "<pid> <start time> <namespace>".
---@param input { stat: string, namespace?: integer } `stat`: the text of /proc/PID/stat
---@return string? identity nil when the text is none of that form, or the process has ended and waits for its parent
function M.identity(input)
  local pid = input.stat:match("^(%d+) ")
  local fields = {}
  for field in (input.stat:match(".*%)(.*)$") or ""):gmatch("%S+") do
    fields[#fields + 1] = field
  end
  local state, start = fields[1], fields[20] -- fields 3 and 22 of the line; the name before ")" may hold spaces
  if not start or state == "Z" or state == "X" then
    return nil
  end
  return pid and ("%s %s %s"):format(pid, start, input.namespace or 0) or nil
end

---The process id that an identity begins with.
---@param identity string
---@return string? pid
function M.pid(identity)
  return identity:match("^(%d+) %d+ %d+$")
end

---@class build.folder
---@field age number seconds since it was last changed
---@field owner? string identity found in the folder
---@field self? string identity of this process
---@field running? string identity of the process that has the owner's id now; nil: there is none

---Whether a build's folder is left behind.
---@param input build.folder
---@return boolean
function M.abandoned(input)
  local namespace = input.owner and input.owner:match("(%d+)$")
  if not namespace or not input.self or namespace ~= input.self:match("(%d+)$") then
    return input.age > M.DAY
  end
  return input.running ~= input.owner
end

---Whether a name in the output folder is an installer's temporary ("x.tmp.123", "x.old.9", "x.new.9").
---@param name string
---@return boolean is_temporary
---@return string? pid of the process that made it, where the name tells
function M.temporary(name)
  for _, word in ipairs({ "tmp", "old", "new" }) do
    local rest = name:match("%." .. word .. "%.(.*)$")
    if rest then
      return true, rest:match("^(%d+)$")
    end
  end
  return false
end

---Whether such a temporary is left behind.
---@param input { pid?: string, running: boolean, age: number }
---@return boolean
function M.forgotten(input)
  return input.age > M.DAY or input.pid ~= nil and not input.running and input.age > 60
end

return M
