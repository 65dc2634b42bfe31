-- Asks a JavaScript runtime what it gets: in a process of its own, with a time limit, because what is loaded may crash,
-- hang or print.

local programs = require("pienv.programs")

local M = {}

-- Names with their types, after a mark: the addon may print too.
local ANSWER = [[
const tell = (m) => {
  const exports = {};
  for (const name of Object.getOwnPropertyNames(m)) {
    try { exports[name] = typeof m[name]; } catch { exports[name] = "error"; }
  }
  return { exports };
};
const say = async (answer) => (await import("node:fs")).writeSync(1, "\n@pienv " + JSON.stringify(answer) + "\n");
const reason = (e) => ({ error: String((e && e.message) || e) });
]]

local REQUIRE = ANSWER
  .. [[
let answer;
try { answer = tell(require(process.argv[1])); } catch (e) { answer = reason(e); }
say(answer).then(() => process.exit(0));
]]

local IMPORT = ANSWER
  .. [[
import("node:url")
  .then((url) => import(url.pathToFileURL(process.argv[1]).href))
  .then((m) => tell(Object.assign({}, m.default && typeof m.default === "object" ? m.default : {}, m)))
  .catch(reason)
  .then(say)
  .then(() => process.exit(0));
]]

---@param s pienv.context
---@return string? program "node" or "bun"
function M.runtime(s)
  for _, name in ipairs({ "node", "bun" }) do
    if programs.find(s, name) then
      return name
    end
  end
end

---@class doctor.answer
---@field exports? table<string, string> what it exports: name = typeof
---@field error? string why it cannot be loaded

---Loads an addon (`require`) or a module (`import`).
---@param s pienv.context
---@param how "require"|"import"
---@param file string absolute
---@return doctor.answer
function M.load(s, how, file)
  s:check_library(file)
  local runtime = M.runtime(s)
  if not runtime then
    return { error = "not loaded: there is no node and no bun on PATH; install one of them" }
  end
  -- Not in the project, where bun would read a bunfig.toml that may run anything.
  local script = how == "require" and REQUIRE or IMPORT
  local result, err = s:run({ runtime, "-e", script, file, check = false, timeout = s.options.limit, cwd = "/" })
  if not result then
    return { error = err }
  elseif result.timed_out then
    return { error = ("loading did not finish within %ds"):format(s.options.limit) }
  end
  local answer
  for text in ("\n" .. result.stdout):gmatch("\n@pienv (%b{})") do
    answer = s.json.decode(text)
  end
  if type(answer) == "table" then
    return answer
  end
  local ending = result.signal and "dies of " .. result.signal
    or ("ends the process with exit code %d"):format(result.exit)
  return { error = "loading it " .. ending }
end

return M
