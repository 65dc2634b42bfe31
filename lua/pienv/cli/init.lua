-- pienv init: looks at the repository and writes a first pienv.lua with its names filled in. Overwrites nothing.

local failure = require("pienv.failure")
local fs = require("pienv.fs")
local json = require("pienv.json")
local path = require("pienv.path")
local presence = require("pienv.presence")

local M = {}

local SKIPPED = { node_modules = true, target = true, build = true, dist = true, vendor = true }
local DEPTH, MOST = 4, 5000

-- A link may lead to what is not the repository's, and a file of this kind is never large.
local function text_of(file)
  return fs.read(file, { follow = false, limit = 1 << 20 }) or ""
end

local function tells_something(name)
  return name == "Cargo.toml" or name == "package.json" or name:find("%.c$") ~= nil
end

-- Files that tell something, by relative path; folders of others' code are left out, and links are not followed.
local function survey(root, folder, depth, found)
  for _, entry in ipairs(fs.list(path.join(root, folder)) or {}) do
    local name = folder == "." and entry or folder .. "/" .. entry
    local stat = found.count < MOST and fs.stat(path.join(root, name), { follow = false })
    found.count = found.count + 1
    if stat and stat.type == "directory" then
      if depth < DEPTH and not SKIPPED[entry] and entry:sub(1, 1) ~= "." then
        survey(root, name, depth + 1, found)
      end
    elseif stat and stat.type == "file" and tells_something(entry) then
      found[#found + 1] = { name = name, folder = folder, depth = depth, text = text_of(path.join(root, name)) }
    end
  end
  return found
end

local function first(found, matches)
  local best
  for _, file in ipairs(found) do
    if
      matches(file) and (not best or file.depth < best.depth or file.depth == best.depth and file.name < best.name)
    then
      best = file
    end
  end
  return best
end

local function holds(outer, inner)
  return outer == "." or outer == inner or inner:sub(1, #outer + 1) == outer .. "/"
end

local function identifier(text)
  local name = text:gsub("^@[^/]*/", ""):gsub("[^%w]", "_"):lower()
  return name ~= "" and name or "addon"
end

-- The npm package of a folder of sources: the innermost one around it, else the first that speaks of napi, else none.
local function package_for(found, folder)
  local best
  for _, file in ipairs(found) do
    if file.name:find("package%.json$") and holds(file.folder, folder) and (not best or file.depth > best.depth) then
      best = file
    end
  end
  best = best
    or first(found, function(file)
      return file.name:find("package%.json$") and file.text:find("napi")
    end)
  local decoded = best and json.decode(best.text)
  return best and best.folder or ".", type(decoded) == "table" and decoded or {}
end

local function text_or(value, other)
  return type(value) == "string" and value ~= "" and value or other
end

local function relative(folder, base)
  if folder == base then
    return nil
  end
  return base == "." and folder or folder:sub(#base + 2)
end

-- The cargo profiles of a build, where the workspace (the outermost Cargo.toml around the crate) has none of the names
-- that are asked for; nil: it has both.
local function profiles_for(found, crate)
  local outer = crate
  for _, file in ipairs(found) do
    if file.name:find("Cargo%.toml$") and holds(file.folder, crate.folder) and file.depth < outer.depth then
      outer = file
    end
  end
  local at_desk = outer.text:find("[profile.local]", 1, true) and "local" or "dev"
  local for_release = outer.text:find("[profile.ci]", 1, true) and "ci" or "release"
  if at_desk == "dev" or for_release == "release" then
    return ('{ ["local"] = "%s", ci = "%s" }'):format(at_desk, for_release)
  end
end

-- What cargo reads of the repository: the crate, and at the root, whose folder would be everything, what is there.
local function read_by_cargo(found, folder)
  local list = { folder == "." and "src" or folder }
  for _, name in ipairs({ "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "build.rs", ".cargo" }) do
    list[#list + 1] = found.root and fs.stat(path.join(found.root, name), { follow = false }) and name or nil
  end
  return list
end

local function of_crate(crate, found)
  local folder, package = package_for(found, crate.folder)
  local section = crate.text:match("%[lib%](.-)\n%[") or crate.text:match("%[lib%](.*)$") or ""
  local name = section:match('\n%s*name%s*=%s*"([^"]+)"')
    or crate.text:match('%[package%].-\n%s*name%s*=%s*"([^"]+)"')
    or path.basename(crate.folder)
  local napi = type(package.napi) == "table" and package.napi or {}
  return {
    what = "a napi crate in " .. crate.folder,
    addon = text_or(napi.binaryName, text_or(napi.name, identifier(name))),
    package = folder,
    banner = text_or(package.name, name),
    crate = crate.folder,
    profiles = profiles_for(found, crate),
    reads = read_by_cargo(found, crate.folder),
  }
end

local function of_c(file, found)
  local folder, package = package_for(found, file.folder)
  local name = text_or(package.name, "addon")
  local sources = relative(file.folder, folder)
  return {
    what = "a C addon in " .. file.name,
    addon = identifier(name),
    package = folder,
    banner = name,
    builder = "cc",
    sources = (sources and sources .. "/" or "") .. "*.c",
    reads = sources and { sources },
  }
end

---What a repository is, by its files.
---@param found { name: string, folder: string, depth: integer, text: string }[]
---@return table facts what, addon, package, banner, and crate or builder and sources
function M.facts(found)
  local crate = first(found, function(file)
    return file.name:find("Cargo%.toml$") and file.text:find("\nnapi[%s.]*[=%w]") and file.text:find("cdylib") ~= nil
  end)
  local source = first(found, function(file)
    return file.name:find("%.c$") and (file.text:find("node_api.h", 1, true) or file.text:find("NAPI_MODULE", 1, true))
  end)
  if crate then
    return of_crate(crate, found)
  end
  return source and of_c(source, found) or { what = "no native addon" }
end

---The text of pienv.lua for these facts.
---@param facts table
---@return string
function M.text(facts)
  local lines = {
    "-- The names of this repository. Everything else is the stock policy of the recipes: pienv show build",
    'local pienv = require("pienv")',
    "",
    "return pienv.project({",
  }
  local function field(name, value, remark)
    if value then
      lines[#lines + 1] = ("  %s = %s,%s"):format(name, value, remark and " -- " .. remark or "")
    end
  end
  local function quoted(value)
    return value and ("%q"):format(value):gsub("\\\n", "\\n")
  end
  field("addon", quoted(facts.addon), "base name of the addon files")
  field("package", quoted(facts.package), "folder of the npm package")
  field("crate", quoted(facts.crate), "folder of the Rust crate")
  field("profiles", facts.profiles, "of cargo, at a desk and for releases (pienv build --profile ci)")
  field("banner", quoted(facts.banner))
  field("builder", quoted(facts.builder))
  field("sources", facts.sources and "{ " .. quoted(facts.sources) .. " }", "from the package folder")
  lines[#lines + 1] = facts.builder and '  -- libs = { "-lm" }, -- what else the linker takes' or nil
  field("sentinel", facts.addon and '""', 'a text that every addon holds, as "__acmeV{version}"; embed looks for it')
  field("app", quoted(facts.app), "the program's name: its folders for data and cache")
  field("hook", facts.addon and '""', "an export that the loader calls once")
  field("install_command", facts.addon and '"npm install {package}"', "what a user is told whose addon is missing")
  field("command", facts.crate and '"pienv build"', "what a dry run shows as the build")
  field("build_command", facts.addon and '"pienv build"', "and what a developer is told")
  field("companions", facts.companions, "what a cache entry holds beside the addons")
  if facts.reads then
    local names = table.move({ "package.json", "pienv.lua" }, 1, 2, #facts.reads + 1, { table.unpack(facts.reads) })
    local form = "  -- inputs = { %s }, -- what a cache key is made of; without, all of the package"
    for i, name in ipairs(names) do
      names[i] = quoted(name)
    end
    lines[#lines + 1] = form:format(table.concat(names, ", "))
  end
  field("ci", facts.addon and '{ "build" }', "what pienv ci runs")
  lines[#lines + 1] = "})"
  return table.concat(lines, "\n") .. "\n"
end

-- Those of the stock names that are there; a crate's build makes the first one.
local function companions(root, facts)
  local names = {}
  for _, name in ipairs({ "index.d.ts", "index.js", "embedded-addon.js" }) do
    local made = facts.crate and name == "index.d.ts"
    if made or fs.stat(path.join(root, facts.package, "native", name)) then
      names[#names + 1] = ("%q"):format(name)
    end
  end
  return #names == 0 and "{}" or "{ " .. table.concat(names, ", ") .. " }"
end

function M.run(session)
  local file = path.join(session.folder, "pienv.lua")
  if presence.stat(file, { follow = false }) then
    failure.raise({ code = "P0304", message = file .. " exists already", hint = "pienv check looks at what it says" })
  end
  local facts = M.facts(survey(session.folder, ".", 0, { count = 0, root = session.folder }))
  facts.companions = facts.addon and companions(session.folder, facts)
  facts.app = facts.banner and identifier(facts.banner):gsub("_", "-")
  local ok, err = fs.write(file, M.text(facts))
  if not ok then
    failure.raise({ code = "P0304", message = err, hint = "go to a folder where you may write" })
  end
  session.ui:file(file, "written")
  session.ui:note("found " .. facts.what)
  session.ui:note(
    "next: pienv check" .. (facts.addon and ", then pienv build -n, then pienv build" or ", then pienv list")
  )
  if facts.addon then
    local output = path.join(facts.package, "native"):gsub("^%./", "")
    session.ui:note(("for .gitignore:\n/%s/*.node\n/%s/*.tar.gz\n/%s/.build/"):format(output, output, output))
  end
  return 0
end

return M
