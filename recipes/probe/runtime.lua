-- Loads an addon in a real runtime, in a child with a time limit: in the main thread, calls the hook, then in a worker.
-- The child tells each as soon as it is known, in a line of its own among what the addon may print.

local path = require("pienv.path")

local M = {}

local MARK = "pienv_probe:"

-- The text runs in node and bun alike. A worker gets it as its whole program, too.
local SCRIPT = [[
const { writeSync } = require(`node:fs`);
const { Worker, isMainThread } = require(`node:worker_threads`);
const { PIENV_PROBE_FILE: file, PIENV_PROBE_HOOK: hook, PIENV_PROBE_TEXT: text } = process.env;
const others = JSON.parse(process.env.PIENV_PROBE_AFTER);
const say = (where, found) => writeSync(1, "\n]] .. MARK .. [[" + JSON.stringify({ where, ...found }) + "\n");
const message = (error) => String((error && error.message) || error);
const load = () => {
  try {
    const addon = require(file);
    const exported = {};
    for (const name of Object.getOwnPropertyNames(Object(addon))) {
      try { exported[name] = typeof addon[name]; } catch { exported[name] = "throws"; }
    }
    return { addon, found: { exports: exported } };
  } catch (error) {
    return { found: { error: message(error) } };
  }
};
const where = isMainThread ? "main" : "worker";
for (const other of isMainThread ? others : []) {
  try { require(other); } catch (error) { say("other", { file: other, error: message(error) }); process.exit(0); }
}
const { addon, found } = load();
say(where, found);
if (isMainThread) {
  try { if (hook && addon) addon[hook]?.(); } catch {}
  const end = (code) => process.exit(code);
  if (!addon) end(0);
  const worker = new Worker(text, { eval: true, env: process.env });
  worker.on("error", (error) => { say("worker", { error: message(error) }); end(0); });
  worker.on("exit", () => end(0));
}
]]

---What the child said. Pure.
---@param input { stdout: string, decode: fun(text: string): any }
---@return table<string, { exports?: table<string, string>, error?: string }> by "main" and "worker"; "other": `file`
---and `error` of an addon that was to be loaded before
function M.read(input)
  local said = {}
  for line in input.stdout:gmatch("\n" .. MARK .. "([^\n]*)\n") do
    local value = input.decode(line)
    local where = type(value) == "table" and value.where
    if (where == "main" or where == "worker" or where == "other") and not said[where] then
      said[where] = { error = value.error, exports = value.exports, file = value.file }
    end
  end
  return said
end

-- How the child ended, if by itself it would not have.
local function ending(result, limit)
  if result.timed_out then
    return { class = "hang", seconds = limit }
  elseif result.signal then
    return { class = "crash", signal = result.signal, seconds = result.wall }
  elseif result.exit ~= 0 then
    return { class = "exit", exit = result.exit, seconds = result.wall }
  end
end

---The loads of both threads, as a dlprobe of each would tell. Pure.
---@param input { said: table, result: pienv.process.result, limit: number }
---@return pienv.dlprobe.result main
---@return pienv.dlprobe.result? worker nil: it came to none
function M.judge(input)
  local function of(where)
    local said = input.said[where]
    if not said then
      return ending(input.result, input.limit)
        or { class = "exit", exit = input.result.exit or 0, seconds = input.limit }
    end
    return { class = said.error and "error" or "ok", message = said.error, seconds = input.result.wall or 0 }
  end
  local main = of("main")
  return main, main.class == "ok" and of("worker") or nil
end

-- The addons of --after, absolute. Their code runs, too.
local function others(s)
  local list = {}
  for i, file in ipairs(s.options.after) do
    list[i] = path.absolute(file, s.root)
    s:check_library(list[i], "leave out --after    load the candidates alone")
  end
  return #list > 0 and s.json.encode(list) or "[]"
end

---Loads a file, after those of --after.
---@param s pienv.context
---@param runtime string "node", "bun"
---@param file string
---@return pienv.dlprobe.result main
---@return pienv.dlprobe.result? worker
---@return table<string, string>? exports name = typeof
function M.load(s, runtime, file)
  local result, err, code = s:run({
    runtime,
    "-e",
    SCRIPT,
    check = false,
    cwd = "/", -- where no bunfig.toml or .env of a project is read
    env = {
      PIENV_PROBE_FILE = file,
      PIENV_PROBE_HOOK = s.settings.hook,
      PIENV_PROBE_TEXT = SCRIPT,
      PIENV_PROBE_AFTER = others(s),
      NODE_OPTIONS = false,
    },
    timeout = s.options.limit,
    limit = 1 << 20,
  })
  if not result then
    s:fail(
      err,
      { exit = code == "ENOENT" and 4 or 1, hint = ("install '%s', or choose another --load"):format(runtime) }
    )
  end
  local said = M.read({ stdout = result.stdout or "", decode = s.json.decode })
  if said.other then
    local form = "%s was to be loaded first, and cannot: %s"
    s:fail(form:format(said.other.file, said.other.error), { exit = 4, hint = "check --after" })
  end
  local main, worker = M.judge({ said = said, result = result, limit = s.options.limit })
  return main, worker, said.main and said.main.exports
end

return M
