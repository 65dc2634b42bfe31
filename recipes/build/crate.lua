-- What a Rust crate and its surroundings must have before napi is called; everything is looked at, nothing is touched.

local addon = require("recipes.addon")
local cargo = require("recipes.build.cargo")
local linkers = require("recipes.build.linker")
local path = require("pienv.path")
local program = require("recipes.build.program")
local rules = require("recipes.build.target")

local M = {}

---@class build.crate
---@field napi string[] command that `build` follows
---@field manifest string Cargo.toml of the crate, absolute
---@field package_json string absolute
---@field target_dir? string cargo's target folder for this kind of build; nil when cargo does not tell
---@field linker? string to tell cargo
---@field host_triple? string

local function refuse(s, message, hint)
  s:fail(message, { exit = 4, hint = hint })
end

local function file_of(s, folder, name, setting)
  local file = path.join(folder, name)
  if not s.fs.stat(file) then
    local form =
      "correct '%s' in pienv.lua (pienv init writes a first one), or run pienv in the project: it takes %s for its root"
    refuse(s, "cannot build: " .. file .. " is missing", form:format(setting, s.root))
  end
  return file
end

-- Runs a tool that only answers; nil when it does not.
local function ask(s, command)
  command.check = false
  local result = s:run(command)
  return result and result.exit == 0 and result.stdout or nil, result and result.stderr or ""
end

local function cargo_of(s, target)
  local name = s.env.CARGO or "cargo"
  return program.find(s, name)
    or refuse(
      s,
      ("cannot compile for %s: there is no '%s'"):format(target.id, name),
      s.env.CARGO and "CARGO names it: correct CARGO, or unset it"
        or "install Rust (https://rustup.rs), and put ~/.cargo/bin on PATH"
    )
end

-- Targets -------------------------------------------------------------------------------------------------------------

local function check_standard_library(s, triple)
  local bare = rules.bare_triple(triple)
  local folder, said = ask(s, { s.env.RUSTC or "rustc", "--print", "target-libdir", "--target", bare })
  if not folder then
    refuse(
      s,
      ("cannot compile for %s: %s"):format(bare, said:match("[^\n]+") or "rustc does not answer"),
      "rustc --print target-list shows the targets that it knows"
    )
  elseif not s.fs.stat((folder:gsub("%s+$", ""))) then
    refuse(
      s,
      ("cannot compile for %s: rustc has no standard library for it"):format(bare),
      "rustup target add " .. bare
    )
  end
end

local TRIPLES = {
  ["linux-x64"] = "x86_64-unknown-linux-gnu",
  ["linux-arm64"] = "aarch64-unknown-linux-gnu",
  ["darwin-x64"] = "x86_64-apple-darwin",
  ["darwin-arm64"] = "aarch64-apple-darwin",
  ["win32-x64"] = "x86_64-pc-windows-msvc",
  ["win32-arm64"] = "aarch64-pc-windows-msvc",
}

local function check_cross(s, target)
  local triple = target.cross_target
  if not triple then
    local example = TRIPLES[addon.tag(target)]
    refuse(
      s,
      ("cannot cross-compile for %s: no target triple is given"):format(target.id),
      "set CROSS_TARGET"
        .. (example and ", for example CROSS_TARGET=" .. example or " to one of rustc --print target-list")
    )
  end
  check_standard_library(s, triple)
end

-- Manifests -----------------------------------------------------------------------------------------------------------

local function metadata_of(s, tool, manifest)
  local text = ask(s, { tool, "metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest })
  local metadata = text and s.json.decode(text)
  return type(metadata) == "table" and metadata or {}
end

local function check_profile(s, tool, manifest, target, workspace)
  local kind = target.profile
  local name = s.settings.profiles[kind]
  if type(name) ~= "string" then
    s:fail(("profiles.%s must name a cargo profile, got %s"):format(kind, tostring(name)), { exit = 3 })
  end
  local _, said = ask(s, { tool, "clean", "--dry-run", "--manifest-path", manifest, "--profile", name })
  if said:find(("profile `%s` is not defined"):format(name), 1, true) then
    local file = path.join(workspace, "Cargo.toml")
    refuse(
      s,
      ("cannot build: there is no cargo profile '%s' in %s"):format(name, file),
      ('add to it:\n%s\nor name another one in pienv.lua: profiles = { ["local"] = "dev", ci = "release" }'):format(
        cargo.profile_lines(name, kind)
      )
    )
  end
end

-- A project that writes its declarations by hand needs none from napi.
local function check_declarations(s, metadata, manifest)
  if s.settings.declarations or cargo.has_type_definitions(metadata, manifest) ~= false then
    return
  end
  refuse(
    s,
    ("napi would write no index.d.ts: %s does not use napi-derive with its feature type-def"):format(manifest),
    'add under [dependencies]:\nnapi-derive = { version = "3", features = ["type-def"] }\n'
      .. "or name declarations written by hand as 'declarations' in pienv.lua"
  )
end

---@param s pienv.context
---@param input { target: build.target, package: string, napi: fun(s: pienv.context, package: string): string[] }
---@return build.crate
function M.check(s, input)
  local target, folder = input.target, path.absolute(s.settings.crate, s.root)
  local manifest = file_of(s, folder, "Cargo.toml", "crate")
  local package_json = file_of(s, input.package, "package.json", "package")
  local napi, tool = input.napi(s, input.package), cargo_of(s, target)
  if target.cross then
    check_cross(s, target)
  end
  local linker = linkers.check(s, target)
  local metadata = metadata_of(s, tool, manifest)
  check_profile(s, tool, manifest, target, metadata.workspace_root or folder)
  check_declarations(s, metadata, manifest)
  local base = metadata.target_directory
  return {
    napi = napi,
    manifest = manifest,
    package_json = package_json,
    linker = linker,
    target_dir = base and path.join(base, cargo.folder(target)),
    host_triple = (ask(s, { s.env.RUSTC or "rustc", "-vV" }) or ""):match("\nhost: (%S+)"),
  }
end

-- Target folders ------------------------------------------------------------------------------------------------------

local CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Cargo's files; see https://bford.info/cachedir/\n"

---Makes the target folder of one kind of build and keeps others out of it until the lock is released: cargo's own lock
---ends before napi copies what cargo left. Caches know such a folder by the tag that cargo gives its own.
---@param s pienv.context
---@param target_dir? string
---@return pienv.lock.held?
function M.occupy(s, target_dir)
  if not target_dir then
    return nil
  end
  local tag = path.join(target_dir, "CACHEDIR.TAG")
  local made, err = s.fs.mkdirs(target_dir)
  if made and not s.fs.stat(tag) then
    made, err = s.fs.write(tag, CACHE_TAG, { sync = false })
  end
  local held
  if made then
    held, err = s.lock.acquire(path.join(target_dir, ".pienv-lock"), { about = "building " .. s.target.id })
  end
  return held or s:fail(err)
end

---cargo-zigbuild writes into the folder of the bare triple, napi reads from that of the whole one: a relative link
---makes them one. A real folder of that name is left alone.
---@param s pienv.context
---@param triple? string
---@param target_dir? string
function M.link_suffixed(s, triple, target_dir)
  local bare = triple and rules.bare_triple(triple)
  if bare == triple then
    return
  elseif not target_dir then
    s:say(("Could not resolve cargo target dir; skipping zigbuild target-dir link for %s."):format(triple))
    return
  end
  local link = path.join(target_dir, triple)
  local stat = s.fs.stat(link, { follow = false })
  if stat and (stat.type ~= "link" or s.fs.readlink(link) == bare) then
    return
  end
  local made, err = true, nil
  if stat then
    made, err = s.fs.remove(link)
  end
  if made then
    made, err = s.fs.symlink(bare, link)
  end
  return made or s:fail(err)
end

return M
