-- What links a crate: the linker that cargo was told, else the C compiler of the target, or zig through cargo-zigbuild.

local path = require("pienv.path")
local program = require("recipes.build.program")
local rules = require("recipes.build.target")

local M = {}

local function refuse(s, message, hint)
  s:fail(message, { exit = 4, hint = hint })
end

---The variable that tells cargo the linker for a triple.
---@param triple string
---@return string
function M.variable(triple)
  return "CARGO_TARGET_" .. rules.bare_triple(triple):upper():gsub("[-.]", "_") .. "_LINKER"
end

---Whether a build links through cargo-zigbuild.
---@param s pienv.context
---@param target build.target
---@return boolean
function M.is_zig(s, target)
  return s.settings.cross_compile and target.cross_target ~= nil and target.platform ~= "win32"
end

-- Folders in which cargo looks for its configuration: those from the project up, then its own.
local function config_folders(s)
  local list = {}
  for i, folder in ipairs(path.upwards(s.root)) do
    list[i] = path.join(folder, ".cargo")
  end
  list[#list + 1] = s.env.CARGO_HOME or s.env.HOME and path.join(s.env.HOME, ".cargo")
  return list
end

---The configuration files of cargo that speak of something, by their text.
---@param s pienv.context
---@param words string[] that all stand in the file
---@return string[] files
function M.configured(s, words)
  local files = {}
  for _, folder in ipairs(config_folders(s)) do
    for _, name in ipairs({ "config.toml", "config" }) do
      local file = path.join(folder, name)
      local text, found = s.fs.read(file) or "", true
      for _, word in ipairs(words) do
        found = found and text:find(word, 1, true) ~= nil
      end
      files[#files + 1] = found and file or nil
    end
  end
  return files
end

-- Text is enough to know that somebody has thought of it: where cargo then finds no linker, it says so.
local function in_config(s, triple)
  return #M.configured(s, { "linker", triple and rules.bare_triple(triple) }) > 0
end

local function in_environment(s, triple)
  if triple then
    return s.env[M.variable(triple)] ~= nil
  end
  for name in pairs(s.env) do
    if name:find("^CARGO_TARGET_.*_LINKER$") then
      return true
    end
  end
  return false
end

local function advice(names, triple)
  local package = triple and "gcc-" .. names[#names]:gsub("%-gcc$", ""):gsub("_", "-") or "gcc libc6-dev"
  local variable = triple and M.variable(triple) or "CARGO_TARGET_<TRIPLE>_LINKER"
  return ("install it (Debian: apt-get install %s), or name yours in %s"):format(package, variable)
end

-- napi would install it by itself, from the network, in the middle of the build.
local function check_cross_tool(s, target, name)
  local home = s.env.CARGO_HOME or s.env.HOME and path.join(s.env.HOME, ".cargo")
  if not program.find(s, name) and not (home and program.find(s, path.join(home, "bin", name))) then
    refuse(
      s,
      ("cannot cross-compile for %s: there is no '%s'"):format(target.id, name),
      ("cargo install %s (or pip install it); or set cross_compile = false in pienv.lua to use a linker"):format(name)
    )
  end
end

-- cargo-zigbuild takes it from its variable, from PATH, or from Python's packages.
local function check_zig(s, target)
  local named = s.env.CARGO_ZIGBUILD_ZIG_PATH
  if program.find(s, named or "zig") then
    return
  end
  local python = s.env.CARGO_ZIGBUILD_PYTHON_PATH or "python3"
  local result = not named and program.find(s, python) and s:run({ python, "-m", "ziglang", "version", check = false })
  if not result or result.exit ~= 0 then
    refuse(
      s,
      ("cannot cross-compile for %s: there is no '%s' for cargo-zigbuild to link with"):format(
        target.id,
        named or "zig"
      ),
      named and "CARGO_ZIGBUILD_ZIG_PATH names it: correct it, or unset it"
        or "pip install ziglang, or name yours in CARGO_ZIGBUILD_ZIG_PATH"
    )
  end
end

---Finds what will link; raises (exit 4) what is missing.
---@param s pienv.context
---@param target build.target
---@return string? linker to tell cargo; nil where it knows one
function M.check(s, target)
  local triple = target.cross_target
  if triple and s.settings.cross_compile then
    check_cross_tool(s, target, M.is_zig(s, target) and "cargo-zigbuild" or "cargo-xwin")
    return M.is_zig(s, target) and check_zig(s, target) or nil
  elseif in_environment(s, triple) or in_config(s, triple) then
    return nil
  end
  local names = triple and rules.compilers(triple) or { "cc" }
  for _, name in ipairs(names) do
    if program.find(s, name) then
      return triple and name or nil
    end
  end
  local list = table.concat(names, "' or '")
  refuse(s, ("cannot link for %s: there is no linker '%s'"):format(target.id, list), advice(names, triple))
end

return M
