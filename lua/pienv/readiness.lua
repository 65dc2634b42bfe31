-- Which instances of a plan may start: counters and a queue, so that the end of a step costs what depends on it,
-- however large the graph is.
--
-- An instance is ready when all that it needs has ended well. When something ended otherwise, it is blocked. A
-- `finally` step is ready when everything that it needs, itself or through others, has ended or can never run: that the
-- last of them is not run does not mean that the first has ended.

local M = {}

---@class pienv.readiness
---@field instances pienv.instance[]
---@field dependents table<pienv.instance, pienv.instance[]>
---@field missing table<pienv.instance, integer> needs that have not ended well; of instances that have needs
---@field unsettled table<pienv.instance, integer> needs that are not settled, and one more until it has ended itself;
---of instances that others wait for or that wait themselves: of ten thousand others nobody asks
---@field state table<pienv.instance, "started"|"ended"> of those that have begun
---@field queue pienv.instance[] ready ones, from `first` on
---@field first integer
---@field last integer
---@field stopped boolean only finally steps start
local readiness = {}
readiness.__index = readiness

-- Most instances have no dependents: these share one list.
local NONE = {}

function readiness:enqueue(instance)
  if not self.state[instance] then
    self.last = self.last + 1
    self.queue[self.last] = instance
  end
end

local function link(self, instance, needs)
  for i = 1, needs do
    local needed = instance.needs[i]
    local list = self.dependents[needed]
    if not list then
      list = {}
      self.dependents[needed] = list
    end
    list[#list + 1] = instance
  end
end

---@param instances pienv.instance[] in an order in which they may run
---@return pienv.readiness
function M.new(instances)
  local self = { instances = instances, dependents = {}, missing = {}, unsettled = {}, state = {} }
  self.queue, self.first, self.last, self.stopped = {}, 1, 0, false
  setmetatable(self, readiness)
  for i = 1, #instances do
    local instance = instances[i]
    local needs = #instance.needs
    if needs == 0 then
      self.last = self.last + 1
      self.queue[self.last] = instance
    else
      link(self, instance, needs)
      self.missing[instance], self.unsettled[instance] = needs, needs + 1
    end
  end
  return self
end

-- Something that an instance waited for is over.
local function settle_one(self, instance)
  local left = (self.unsettled[instance] or 1) - 1
  self.unsettled[instance] = left
  if left == 1 and instance.step.finally then
    self:enqueue(instance)
  end
  return left == 0
end

-- An instance has ended, and with it perhaps all that it stands on: those behind it learn of that.
local function settle(self, instance)
  local list, last = { instance }, 1
  while last > 0 do
    local one = list[last]
    list[last], last = nil, last - 1
    if settle_one(self, one) then
      for _, dependent in ipairs(self.dependents[one] or NONE) do
        last = last + 1
        list[last] = dependent
      end
    end
  end
end

---Tells of the end of an instance.
---@param instance pienv.instance
---@param well boolean what needs it may run
---@return pienv.instance[] blocked instances that can never run now; they are to be told of as ended, too
function readiness:finish(instance, well)
  self.state[instance] = "ended"
  local dependents = self.dependents[instance]
  if not dependents then
    return NONE -- nobody learns of it
  end
  local blocked = {}
  for _, dependent in ipairs(dependents) do
    local left = self.missing[dependent] - (well and 1 or 0)
    self.missing[dependent] = left
    if not dependent.step.finally and self.state[dependent] ~= "ended" then
      if not well then
        blocked[#blocked + 1] = dependent
      elseif left == 0 and not self.stopped then
        self:enqueue(dependent)
      end
    end
  end
  settle(self, instance)
  return blocked
end

---Nothing starts any more but finally steps.
---@return pienv.instance[] blocked instances that can never run now
function readiness:stop()
  local blocked = {}
  self.stopped = true
  for _, instance in ipairs(self.instances) do
    if not (instance.step.finally or self.state[instance]) then
      blocked[#blocked + 1] = instance
    end
  end
  return blocked
end

---Takes those in front that need not start: of the set, and without needs of their own. They have ended well.
---@param set table<pienv.instance, true>
---@return pienv.instance[] taken in the order in which they would have been started
function readiness:pass(set)
  local taken, queue, at = {}, self.queue, self.first
  local instance = queue[at]
  while instance and set[instance] and not instance.needs[1] and not instance.target do
    taken[#taken + 1], queue[at] = instance, nil
    self:finish(instance, true)
    at = at + 1
    self.first, instance = at, queue[at]
  end
  return taken
end

---The next instance that may start; nil: there is none now.
---@return pienv.instance?
function readiness:peek()
  while self.first <= self.last do
    local instance = self.queue[self.first]
    if self.state[instance] ~= "ended" then
      return instance
    end
    self.queue[self.first] = nil
    self.first = self.first + 1
  end
  return nil
end

---The next instances that may start, in order, as far as each is one of the set.
---@param set table<pienv.instance, any>
---@param most integer
---@return pienv.instance[]
function readiness:window(set, most)
  local list, count, at = {}, 0, self.first
  while at <= self.last and count < most do
    local instance = self.queue[at]
    if self.state[instance] ~= "ended" then
      if not set[instance] then
        break
      end
      count = count + 1
      list[count] = instance
    end
    at = at + 1
  end
  return list
end

---Takes the next instance that may start; nil: there is none now.
---@return pienv.instance?
function readiness:next()
  local instance = self:peek()
  if instance then
    self.queue[self.first] = nil
    self.first = self.first + 1
    self.state[instance] = "started"
  end
  return instance
end

return M
