-- Steps that need not run again: those whose declared inputs, outputs and variables, whose options and settings, needed
-- values and recipe text are as their last success left them.
--
--   local tracker = uptodate.open(c, project)             the records of a recipe
--   tracker:survey(instances)                             those that are up to date for sure, before anything ran
--   tracker:glance(instance, context_of, outcomes)        up to date for sure, without reading a file; else nil
--   tracker:examine(instance, s, outcomes)                reads what must be read: why it runs, or that it need not
--   tracker:begin(instance)  ...  tracker:keep(...)       around a run of the step
--
-- A record is one line of the log (uptodate/log.lua), fields between tabs:
--   BASE FINGERPRINTS READS OWN VALUE PRINTED DETAIL
-- BASE stands for the recipe's text and what else is the same for all steps; FINGERPRINTS for the files ("-" when some
-- were too new to rely on); READS are the options, settings and variables that were read; OWN stands for the target and
-- the values of needed steps; VALUE and PRINTED are what the step returned and printed; DETAIL tells what differs.

local compare = require("pienv.uptodate.compare")
local declarations = require("pienv.uptodate.declarations")
local failure = require("pienv.failure")
local files = require("pienv.uptodate.files")
local fs = require("pienv.fs")
local json = require("pienv.json")
local logs = require("pienv.uptodate.log")
local reads = require("pienv.uptodate.reads")
local recipe_text = require("pienv.uptodate.recipe_text")
local sha256 = require("pienv.sha256")
local survey = require("pienv.uptodate.survey")
local time = require("pienv.time")

local M = {}

local UNREADABLE = "the record of the last run cannot be read"

---@class pienv.uptodate
---@field root string
---@field force? boolean
local tracker = {}
tracker.__index = tracker

local function short(bytes)
  return sha256.hash(bytes):sub(1, 16)
end

---Does a step say what it depends on?
---@param step pienv.step
---@return boolean
function M.is_declared(step)
  return step.inputs ~= nil or step.outputs ~= nil
end

local function any_declared(steps)
  for _, step in pairs(steps) do
    if M.is_declared(step) then
      return true
    end
  end
  return false
end

---Opens the records of a recipe; nil where none of its steps declares anything.
---@param c pienv.context
---@param project pienv.project
---@param options? { force?: boolean }
---@return pienv.uptodate?
function M.open(c, project, options)
  if not any_declared(c.recipe.steps) then
    return nil
  end
  local self = setmetatable({ c = c, root = c.root, force = options and options.force, same_reads = {} }, tracker)
  self.view = assert(fs.folder(c.root))
  self.parts, self.project_digest = recipe_text.parts(c, project)
  self.base = short(json.encode(self.parts))
  self.log = logs.within(c.root, logs.name(c.recipe.name, c.recipe.chunk))
  return self
end

-- Half of the digits are enough to notice a change.
function tracker:fingerprint(names)
  local print = self.view:fingerprint(names)
  return print and print:sub(1, 32)
end

-- Are the options, settings and variables that were read what they were? Most steps share what they read.
function tracker:reads_differ(text)
  local known = self.same_reads[text]
  if known == nil then
    known = reads.difference(text, self.c, self.project_digest) or false
    self.same_reads[text] = known
  end
  return known
end

local function fields_of(rest)
  local base, prints, read, own, value, printed, detail =
    rest:match("^(%x+)\t([^\t]+)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
  if base then
    local record = { base = base, prints = prints, reads = read, own = own }
    record.value, record.printed, record.detail = value, printed, detail
    return record
  end
end

-- The outcome of most steps: these share one.
local FRESH = { state = "done", up_to_date = true, reason = "up to date", seconds = 0, cpu = 0, max_rss = 0 }

local function fresh_outcome(value, printed)
  if value == "" and printed == "" then
    return FRESH
  end
  local outcome = {}
  for field, of_all in pairs(FRESH) do
    outcome[field] = of_all
  end
  if value ~= "" then
    outcome.value = json.decode(value)
  end
  outcome.printed = printed ~= "" and json.decode(printed) or nil
  return outcome
end

---Whether an instance is up to date beyond doubt, without reading a file. To be asked before anything of it ran.
---@param instance pienv.instance
---@param context_of fun(instance: pienv.instance): pienv.context of the step, asked where a declaration is a function
---@param outcomes table<pienv.instance, pienv.outcome>
---@return pienv.outcome?
function tracker:glance(instance, context_of, outcomes)
  if self.force then
    return nil
  end
  local base, prints, read, own, value, printed = self.log:fields(instance.id, 6)
  if base ~= self.base or not printed or prints == "-" or self:reads_differ(read) then
    return nil
  end
  local inputs = files.resolve(self.root, declarations.list_of(instance, "inputs", context_of))
  local outputs = files.resolve(self.root, declarations.list_of(instance, "outputs", context_of))
  if self.view:unchanged(prints, inputs, outputs) and compare.own(instance, outcomes) == own then
    return fresh_outcome(value, printed)
  end
end

---Are all steps of the recipe such as survey finds? Then a run has nothing to do, and nothing to print.
---@return boolean
function tracker:all_fresh()
  return not self.force and survey.all_fresh(self, self.c.recipe.steps)
end

---The instances without a target and needs whose steps list plain paths and are up to date beyond doubt, without
---reading a file; all at once, which for ten thousand takes a tenth of the time of as many glances. To be asked, and to
---be relied on, before anything ran.
---@param instances pienv.instance[]
---@return table<pienv.instance, true> fresh
---@return pienv.outcome outcome of each of them
function tracker:survey(instances)
  return self.force and {} or survey.fresh(self, instances), FRESH
end

-- The record of an instance as fields, or why there is none.
function tracker:record_of(instance)
  local line = self.log:find(instance.id)
  if not line then
    return nil, self.log.trouble or "first run"
  end
  local rest = self.log:check(instance.id, line)
  if rest == logs.BEGAN then
    return nil, "its last run did not end well"
  end
  local record = rest and fields_of(rest)
  local detail = record and json.decode(record.detail)
  local sound = type(detail) == "table" and files.are_rows(detail.inputs) and files.are_rows(detail.outputs)
  if not sound or type(detail.own) ~= "table" then
    return nil, rest and UNREADABLE or "the record of the last run is damaged"
  end
  record.detail = detail
  return record
end

local function raise_input(instance, message, hint)
  failure.raise({ code = "P0306", message = message, hint = hint, step = instance.name })
end

-- The inputs as they are now; what a step reads must be there.
function tracker:inputs(instance, s, record)
  local names, unmatched = files.resolve(
    self.root,
    declarations.list_of(instance, "inputs", function()
      return s
    end)
  )
  if unmatched then
    local hint = "correct 'inputs'; files that need not be there come from a function: inputs = function(s) ... end"
    raise_input(instance, ("no file matches the input '%s'"):format(unmatched), hint)
  end
  local now, prints = time.now(), self:fingerprint(names)
  local list, missing, err, code = files.digests(self.view, self.root, names, files.by_path(record.detail.inputs))
  if not list then
    local hint = code == "EISDIR" and ("write '%s/' for all that is in the folder"):format(missing)
      or "correct 'inputs'; files that need not be there come from a function: inputs = function(s) ... end"
    raise_input(instance, ("the input '%s' cannot be read: %s"):format(missing, err), hint)
  end
  return { list = list, prints = prints or "-", looked = now }
end

-- The outputs as they are now; nil and why: something is missing.
function tracker:outputs(instance, s, record)
  local names, unmatched = files.resolve(
    self.root,
    declarations.list_of(instance, "outputs", function()
      return s
    end)
  )
  if unmatched then
    return nil, unmatched
  end
  local now, prints = time.now(), self:fingerprint(names)
  local list, missing, err, code = files.digests(self.view, self.root, names, files.by_path(record.detail.outputs))
  if not list then
    return nil, missing, code ~= "ENOENT" and err or nil
  end
  return { list = list, prints = prints or "-", looked = now }
end

-- What BASE stands for has a line of its own, for all steps that were run with it.
local function parts_id(base)
  return "\1" .. base
end

function tracker:parts_of(base)
  local line = self.log:find(parts_id(base))
  local text = line and self.log:check(parts_id(base), line)
  local parts = text and json.decode(text)
  return type(parts) == "table" and parts or {}
end

local NO_RECORD = { detail = { inputs = {}, outputs = {} } }

-- Why the record does not hold; what is cheap to tell comes first.
function tracker:difference(record, examined)
  if record.base ~= self.base then
    return compare.part(self.parts, self:parts_of(record.base)) .. " changed"
  elseif self:reads_differ(record.reads) then
    return self:reads_differ(record.reads)
  elseif examined.own ~= record.own then
    return (compare.part(examined.own_parts, record.detail.own) or "a needed value") .. " changed"
  end
  return compare.file(examined.inputs.list, files.by_path(record.detail.inputs), "", "gone")
end

---Finds out whether and why an instance runs. Raises what is wrong with its inputs.
---@param instance pienv.instance
---@param s pienv.context of the step
---@param outcomes table<pienv.instance, pienv.outcome>
---@return { reason?: string, outcome?: pienv.outcome } examined for keep; without a reason it need not run
function tracker:examine(instance, s, outcomes)
  local record, reason = self:record_of(instance)
  local own, own_parts, incomparable = compare.own(instance, outcomes)
  local examined = { own = own, own_parts = own_parts }
  examined.inputs = self:inputs(instance, s, record or NO_RECORD)
  examined.reason = self.force and "forced" or incomparable or reason
  examined.reason = examined.reason or self:difference(record, examined)
  if examined.reason then
    return examined
  end
  local outputs, missing, err = self:outputs(instance, s, record)
  examined.outputs = outputs
  examined.reason = not outputs and ("output %s is %s"):format(missing, err and "not to be read: " .. err or "missing")
    or compare.file(outputs.list, files.by_path(record.detail.outputs), "output ", "missing")
  if not examined.reason then
    examined.outcome, examined.record = fresh_outcome(record.value, record.printed), record
  end
  return examined
end

function tracker:add(id, fields)
  local ok, err = self.log:add(self.root, id, fields)
  if not ok and not self.told then
    self.told = true
    self.c.ui:note("pienv: which steps are up to date cannot be kept: " .. err)
  end
end

---Says that a step begins: from now on it has no record.
---@param instance pienv.instance
function tracker:begin(instance)
  if self.log:find(instance.id) or not self.log.exists then
    self:add(instance.id, logs.BEGAN)
  end
end

-- On the clock of the file system, which may be another machine's.
function tracker:file_time(seconds)
  self.skew = self.skew or self.log:skew(time.now)
  return math.floor((seconds + math.min(self.skew, 0)) * 1e9)
end

function tracker:write(instance, examined, record)
  local inputs, outputs = examined.inputs, examined.outputs
  local settled = files.settle(inputs.list, self:file_time(inputs.looked))
  settled = files.settle(outputs.list, self:file_time(outputs.looked)) and settled
  local sound = settled and inputs.prints ~= "-" and outputs.prints ~= "-"
  local detail = json.encode({
    inputs = files.rows(inputs.list),
    outputs = files.rows(outputs.list),
    own = examined.own_parts,
  })
  local prints = sound and inputs.prints .. outputs.prints or "-"
  if prints == record.prints then
    return -- nothing new about files that were read again
  end
  if not self.log:find(parts_id(self.base)) then
    self:add(parts_id(self.base), json.encode(self.parts))
  end
  self:add(
    instance.id,
    table.concat({ self.base, prints, record.reads, record.own, record.value, record.printed, detail }, "\t")
  )
end

---Keeps the fingerprints of files that were read again and found to be the same.
---@param instance pienv.instance
---@param examined table
function tracker:renew(instance, examined)
  self:write(instance, examined, examined.record)
end

local function encode_value(instance, value)
  local ok, text = pcall(json.encode, value)
  if not ok then
    failure.raise({
      code = "P0202",
      message = ("step '%s' declares inputs or outputs, but what it returns cannot be kept: %s"):format(
        instance.name,
        text:gsub("^cannot encode ", "")
      ),
      hint = "return plain data, or do not declare them",
    })
  end
  return text
end

---Keeps the record of a step that has succeeded. Raises when it did not make what it declares.
---@param instance pienv.instance
---@param s pienv.context
---@param examined table
---@param value any what it returned
function tracker:keep(instance, s, examined, value)
  local outputs, missing, err = self:outputs(instance, s, NO_RECORD)
  if not outputs then
    failure.raise({
      code = "P0408",
      message = ("step '%s' has ended without its output '%s'"):format(instance.name, missing),
      hint = err or "correct 'outputs', or what the step does",
    })
  end
  local text = value ~= nil and encode_value(instance, value) or ""
  if rawget(s, "answered") or not examined.own then
    return -- an exit code that was given is not kept; a value that cannot be compared never lets it be skipped
  end
  examined.outputs = outputs
  self:write(instance, examined, {
    reads = s.reads:encode(self.c, self.project_digest),
    own = examined.own,
    value = text,
    printed = s.printed[1] and json.encode(s.printed) or "",
  })
end

---Makes the context of a declared step notice what it reads and prints.
---@param instance pienv.instance
---@param s pienv.context
function tracker:watch(instance, s)
  s.reads = reads.watch(s, self.c, instance.step.env)
  s.printed = {}
end

---Why an instance would run now; nil: it would not. Nothing is written.
---@param instance pienv.instance
---@param s pienv.context of the step
---@param outcomes table<pienv.instance, pienv.outcome> of those that need not run
---@return string? reason
---@return pienv.outcome? outcome where there is no reason
function tracker:why(instance, s, outcomes)
  local examined = self:examine(instance, s, outcomes)
  return examined.reason, examined.outcome
end

---Closes the records.
function tracker:close()
  self.view:close()
  if self.log.exists then
    self.log:compact()
  end
end

return M
