-- Where the `napi` program of @napi-rs/cli is, and what runs it. It is a script: found by the manifest of its package
-- and given to a JavaScript runtime, because `.bin/napi` is a shell script on some systems, and `napi` or `cli` of
-- PATH may be another program altogether.

local errno = require("pienv.errno")
local path = require("pienv.path")
local program = require("recipes.build.program")

local M = {}

local MANIFEST = "node_modules/@napi-rs/cli/package.json"

---The script that a manifest gives the program. Pure.
---@param manifest any decoded package.json
---@return string? script relative to the package
function M.script_of(manifest)
  local bin = type(manifest) == "table" and manifest.bin
  local script = type(bin) == "table" and bin.napi or bin
  return type(script) == "string" and script or nil
end

-- A package that is there is used, or refused by the path of its manifest; no other one is looked for then.
local function script_in(s, folder)
  local manifest = path.join(folder, MANIFEST)
  local text, err, code = s.fs.read(manifest)
  if not text and errno.is_absent(code) then
    return nil
  end
  local script = text and M.script_of((s.json.decode(text)))
  local file = script and path.join(path.dirname(manifest), script)
  if file and s.fs.stat(file) then
    return file
  end
  local reason = not text and err
    or not script and "names no program 'napi' in its field 'bin'"
    or "names the program " .. file .. ", which is not there"
  s:fail(("cannot use @napi-rs/cli: %s %s"):format(manifest, reason), { exit = 4, hint = "install the package again" })
end

local function runtime(s, script)
  local given = s.settings.runtime
  for _, name in ipairs(given and { given } or { "node", "bun" }) do
    local file = program.find(s, name)
    if file then
      return file
    end
  end
  s:fail(
    ("cannot run %s: there is no %s on PATH"):format(script, given and ("'%s'"):format(given) or "'node' or 'bun'"),
    {
      exit = 4,
      hint = given and "correct 'runtime' in pienv.lua"
        or "install Node.js or bun, or name yours as 'runtime' in pienv.lua",
    }
  )
end

-- Whether package.json of a folder asks for it, so that an installation would bring it.
local function is_listed(s, folder)
  local manifest = s.json.decode(s.fs.read(path.join(folder, "package.json")) or "")
  for _, field in ipairs({ "dependencies", "devDependencies", "optionalDependencies" }) do
    local list = type(manifest) == "table" and manifest[field]
    if type(list) == "table" and list["@napi-rs/cli"] then
      return true
    end
  end
  return false
end

local function advice(s, folders)
  local missing = ("there is no %s, nor one above it"):format(path.join(folders[1], MANIFEST))
  for _, folder in ipairs(folders) do
    if is_listed(s, folder) then
      return ("%s: npm install (or bun install) in %s"):format(missing, folder)
    end
  end
  local form = "%s: in %s, npm install --save-dev @napi-rs/cli (or bun add --dev @napi-rs/cli)"
  return form:format(missing, folders[1])
end

---The command that `build` and its arguments follow; raises (exit 4) when there is none.
---@param s pienv.context
---@param package string folder of the npm package, absolute
---@return string[] command
function M.find(s, package)
  local folders = path.upwards(package, s.root)
  for _, folder in ipairs(folders) do
    local script = script_in(s, folder)
    if script then
      return { runtime(s, script), script }
    end
  end
  local own = program.find(s, "napi")
  if own then
    return { own }
  end
  local options = { exit = 4, hint = advice(s, folders), code = "P0713" }
  s:fail("Could not locate @napi-rs/cli `napi` binary in node_modules/.bin", options)
end

return M
