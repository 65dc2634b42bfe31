-- Where the `napi` program of @napi-rs/cli is, and what runs it. It is a script: found by the manifest of its package
-- and given to a JavaScript runtime, because `.bin/napi` is a shell script on some systems, and `napi` or `cli` of
-- PATH may be another program altogether.

local path = require("pienv.path")
local program = require("recipes.build.program")

local M = {}

local PACKAGE = "node_modules/@napi-rs/cli"

-- The package's folder, then those above it, up to the project's root.
local function folders(s, package)
  local list, folder = {}, package
  repeat
    list[#list + 1] = folder
    local above = path.dirname(folder)
    local last = folder == s.root or above == folder
    folder = above
  until last
  return list
end

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
  local manifest = path.join(folder, PACKAGE, "package.json")
  local text, err, code = s.fs.read(manifest)
  if not text and (code == "ENOENT" or code == "ENOTDIR") then
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

---The command that `build` and its arguments follow; raises (exit 4) when there is none.
---@param s pienv.context
---@param package string folder of the npm package, absolute
---@return string[] command
function M.find(s, package)
  for _, folder in ipairs(folders(s, package)) do
    local script = script_in(s, folder)
    if script then
      return { runtime(s, script), script }
    end
  end
  local own = program.find(s, "napi")
  if own then
    return { own }
  end
  s:fail("Could not locate @napi-rs/cli `napi` binary in node_modules/.bin", {
    exit = 4,
    hint = ("in %s: npm install --save-dev @napi-rs/cli (or bun add --dev @napi-rs/cli)"):format(package),
  })
end

return M
