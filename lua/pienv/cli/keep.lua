-- What a run leaves beside its results: its log below .pienv/runs/, and the files that --report, --trace, --timings and
-- GitHub Actions ask for.

local failure = require("pienv.failure")
local fs = require("pienv.fs")
local json = require("pienv.json")
local path = require("pienv.path")
local runs = require("pienv.log.runs")
local style = require("pienv.ui.style")
local vm = require("pienv.vm")

local M = {}

---@class pienv.keep
---@field writer? pienv.log.writer
---@field record? pienv.record
local keep = {}
keep.__index = keep

-- The files asked for, and what makes them of the report.
local files = {
  {
    flag = "report",
    make = function(report)
      return json.encode(json.readable(report), { indent = 2 }) .. "\n"
    end,
  },
  {
    flag = "trace",
    make = function(report)
      return require("pienv.report.trace").make(report)
    end,
  },
  {
    flag = "timings",
    make = function(report)
      return require("pienv.report.timings").make(report)
    end,
  },
}

local function refuse(err, flag, exit)
  return failure.new({
    code = "P0407",
    exit = exit,
    message = err,
    hint = "name a file in a folder that exists: --" .. flag .. "=FILE",
  })
end

-- Absolute paths by flag. A folder that is missing is told before anything runs.
local function wanted(session)
  local list = {}
  for _, file in ipairs(files) do
    local given = session.line.engine[file.flag]
    if given then
      local at = path.absolute(given, session.folder)
      local stat = fs.stat(path.dirname(at))
      if not stat or stat.type ~= "directory" then
        error(refuse("write " .. given .. ": its folder is missing", file.flag, 2), 0)
      end
      list[#list + 1] = { path = at, flag = file.flag, make = file.make }
    end
  end
  return list
end

local function caps_of(project)
  local caps = {}
  for name, value in pairs(runs.caps) do
    caps[name] = project.logs and project.logs[name] or value
  end
  return caps
end

-- Words of the command line that were values of secrets stay secret.
local function about(session, project, recipe, c, jobs)
  return {
    root = project.root,
    recipe = recipe.name,
    verb = recipe.verb,
    argv = session.ui.secrets:hide_all({ "pienv", table.unpack(session.line.argv) }),
    version = vm.version,
    host = c.host,
    jobs = jobs,
    caps = caps_of(project),
    warn = function(text)
      session.ui:say(text, c)
    end,
  }
end

---@param session pienv.session
---@param project pienv.project
---@param recipe pienv.recipe
---@param c pienv.context
---@param jobs integer
---@return pienv.keep
function M.new(session, project, recipe, c, jobs)
  local self = setmetatable({ session = session, files = wanted(session) }, keep)
  self.github = session.env.GITHUB_ACTIONS == "true" and session.env or nil
  local facts = about(session, project, recipe, c, jobs)
  if project.logs ~= false and recipe.logs ~= false then
    self.writer = require("pienv.log.writer").new(facts)
    session.ui:listen(self.writer)
  end
  if self.files[1] or self.github then
    self.record = require("pienv.report.record").new(facts)
    session.ui:listen(self.record)
  end
  return self
end

---Where the whole output of what failed is kept, if it is.
---@param f pienv.failure
---@return string?
function keep:log_of(f)
  return self.writer and f.step and self.writer:log_of(style.id(f.step, f.target and { id = f.target }))
end

-- The first failure to write one of the files.
local function write_files(self, report)
  local failed
  for _, file in ipairs(self.files) do
    local ok, err = fs.write(file.path, file.make(report), { sync = false })
    if not ok then
      failed = failed or refuse(err, file.flag)
    end
  end
  return failed
end

---The run is over: everything is written.
---@param how { exit?: integer, signal?: string }
---@return pienv.failure? failure a file that was asked for could not be written
function keep:finish(how)
  if self.writer then
    self.writer:finish(how)
  end
  if not self.record then
    return nil
  end
  local log = self.writer and self.writer.id and ".pienv/runs/" .. self.writer.id
  local report = self.record:finish({ exit = how.exit, signal = how.signal, log = log or nil })
  if self.github then
    require("pienv.report.github").write(report, self.github, function(text)
      self.session.ui:note(text)
    end)
  end
  return write_files(self, report)
end

return M
