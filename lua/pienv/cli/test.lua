-- pienv test [FILE]...: runs tests written with pienv.test; without a file those of the project, recipes/test_*.lua.

local failure = require("pienv.failure")
local path = require("pienv.path")
local project = require("pienv.project")
local sessions = require("pienv.cli.session")

local M = {}

-- One event a test; nil: TAP.
local function teller_of(session)
  return session.ui.json
      and {
        plan = function() end,
        case = function(number, name, state, why)
          session.ui:event("test", { number = number, name = name, state = state, reason = why })
        end,
      }
    or nil
end

-- The project's tests are found, not named: they run only where its recipes would.
local function run_project_tests(session)
  local presence = require("pienv.presence")
  local opened = sessions.project(session)
  local files = {}
  for _, entry in ipairs(opened.recipes_dir and presence.list(opened.recipes_dir) or {}) do
    if entry:match("^test_.*%.lua$") then
      files[#files + 1] = path.join(opened.recipes_dir, entry)
    end
  end
  if #files == 0 then
    failure.raise({ code = "P0105", exit = 10, message = "no tests found", hint = "write recipes/test_NAME.lua" })
  end
  return require("pienv.test").main(files, function(file)
    return project.read_code(opened, file)
  end, teller_of(session))
end

function M.run(session)
  local files = session.line.rest
  return files[1] and require("pienv.test").main(files, nil, teller_of(session)) or run_project_tests(session)
end

return M
