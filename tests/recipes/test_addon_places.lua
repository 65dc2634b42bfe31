-- recipes/addon/{loading,paths,places}.lua: mode, folders, order of the candidates, variant.

local loading = require("recipes.addon.loading")
local paths = require("recipes.addon.paths")
local places = require("recipes.addon.places")
local t = require("pienv.test")

local NAMES = loading.names({})

local function given(fields)
  local input = {
    platform = "linux",
    manifest = false,
    native = "/src/packages/natives/native",
    env = {},
    variables = NAMES,
    home = "/u",
    app = "omp",
    version = "1.2.3",
    executable = "/opt/bun/bin/bun",
    exists = function()
      return false
    end,
  }
  for name, value in pairs(fields or {}) do
    input[name] = value
  end
  return input
end

local function mode(fields)
  local found = places.mode(given(fields))
  return found.mode .. ": " .. found.because
end

t.test("L1 compiled: the manifest, the variable, the URL, in that order", function()
  local all = { manifest = true, env = { PI_COMPILED = "true" }, url = "file:///$bunfs/app/x" }
  t.equal(mode(all), "compiled: an embedded manifest")
  all.manifest = false
  t.equal(mode(all), "compiled: PI_COMPILED is set")
  all.env.PI_COMPILED = ""
  t.equal(mode(all), "compiled: the module's URL has $bunfs", "an empty variable is unset")
  t.equal(mode({ url = "file:///B:/~BUN/app/x" }), "compiled: the module's URL has ~BUN")
  t.equal(mode({ url = "file:///B:/%7EBUN/app/x" }), "compiled: the module's URL has %7EBUN")
  t.equal(mode({ env = { PI_COMPILED = "0" } }), "compiled: PI_COMPILED is set", "any word that is not empty")
  t.equal(mode({ url = "file:///bunfs/x" }), "workspace: the package is not below node_modules")
end)

t.test("L6 workspace: no node_modules on the path, of either separator, on Windows in any case", function()
  local function of(platform, native)
    return places.mode(given({ platform = platform, native = native })).mode
  end
  t.equal(of("linux", "/x/node_modules/@a/b/native"), "install")
  t.equal(of("linux", "/x/Node_Modules/@a/b/native"), "workspace")
  t.equal(of("linux", "/x/my_node_modules/b/native"), "workspace", "whole folder names")
  t.equal(of("linux", "/x/node_modules2/native"), "workspace")
  t.equal(of("darwin", "/x\\node_modules\\b"), "install")
  t.equal(of("win32", "C:\\x\\NODE_modules\\b\\native"), "staged")
  t.equal(of("win32", "C:/x/node_modules/b"), "staged")
  t.equal(of("win32", "C:\\x\\b\\native"), "workspace")
end)

t.test("W1 W4 staging: only win32, only installs, and not where the variable says no", function()
  local native = "C:\\a\\node_modules\\b\\native"
  local function of(value, platform, manifest)
    local env = { PI_NATIVES_STAGING = value }
    return places.mode(given({ platform = platform or "win32", native = native, env = env, manifest = manifest })).mode
  end
  t.equal(of(nil), "staged")
  t.equal(of("1"), "staged")
  for _, word in ipairs({ "0", "off", "OFF", "false", "no" }) do
    t.equal(of(word), "install", word)
  end
  t.equal(of(nil, "linux"), "install")
  t.equal(of(nil, "win32", true), "compiled")
end)

local function folders(fields)
  return places.folders(given(fields))
end

t.test("L2 the natives folder: variable, XDG only where its folder is, home", function()
  local function of(env, existing)
    return folders({
      env = env,
      exists = function(folder)
        return folder == existing
      end,
    }).natives
  end
  t.equal(of({}), "/u/.omp/natives")
  t.equal(of({ XDG_DATA_HOME = "/d" }, "/d/omp"), "/d/omp/natives")
  t.equal(of({ XDG_DATA_HOME = "/d" }, "/d"), "/u/.omp/natives")
  t.equal(of({ XDG_DATA_HOME = "" }, "omp"), "/u/.omp/natives")
  t.equal(of({ XDG_DATA_HOME = "/d", PI_NATIVES_DIR = "/n" }, "/d/omp"), "/n")
  t.equal(of({ PI_NATIVES_DIR = "  /n/./m/  " }), "/n/m", "trimmed")
  t.equal(of({ PI_NATIVES_DIR = "~/n" }), "/u/n")
  t.equal(of({ PI_NATIVES_DIR = "~" }), "/u")
  t.equal(of({ PI_NATIVES_DIR = "~other/n" }), "/u/.omp/natives", "another user's home is not known")
  for _, value in ipairs({ "n", "./n", "", "   " }) do
    t.equal(of({ PI_NATIVES_DIR = value }), "/u/.omp/natives", "relative or empty: " .. value)
  end
end)

t.test("L3 the user's folder; and the others", function()
  local linux = folders({ leaf = "/leaf" })
  t.equal(linux, {
    natives = "/u/.omp/natives",
    versioned = "/u/.omp/natives/1.2.3",
    user = "/u/.local/bin",
    native = "/src/packages/natives/native",
    exec = "/opt/bun/bin",
    leaf = "/leaf",
  })
  t.equal(folders({ platform = "darwin" }).user, "/u/.local/bin")
  local windows = { platform = "win32", home = "C:\\Users\\u", executable = "C:\\Program Files\\omp\\omp.exe" }
  t.equal(folders(windows).user, "C:\\Users\\u\\AppData\\Local\\omp")
  t.equal(folders(windows).versioned, "C:\\Users\\u\\.omp\\natives\\1.2.3")
  t.equal(folders(windows).exec, "C:\\Program Files\\omp")
  windows.env = { LOCALAPPDATA = "D:/Local", PI_NATIVES_DIR = "~\\n" }
  t.equal(folders(windows).user, "D:\\Local\\omp")
  t.equal(folders(windows).natives, "C:\\Users\\u\\n")
  windows.env.PI_NATIVES_DIR = "\\n"
  t.equal(folders(windows).natives, "C:\\Users\\u\\.omp\\natives", "relative to a drive")
end)

t.test("names are data: program, variables", function()
  for _, home in ipairs({ "", "u" }) do
    local none = folders({ home = home })
    t.equal({ none.natives, none.versioned, none.user }, {}, "a home that is none")
  end
  t.equal(folders({ app = "acme" }).natives, "/u/.acme/natives")
  local variables = loading.names({ folder = "ACME_DIR" })
  t.equal(folders({ variables = variables, env = { ACME_DIR = "/n", PI_NATIVES_DIR = "/m" } }).natives, "/n")
  t.equal(variables.variant, "PI_NATIVE_VARIANT")
  local _, err = loading.names({ folders = "X" })
  t.equal(err, "variables: unknown name 'folders'")
end)

t.test("P1 the leaf package of a target", function()
  local form = loading.settings.leaf.default
  t.equal(places.leaf({ leaf = form, package = "@a/natives", tag = "linux-x64" }), "@a/natives-linux-x64")
end)

local FOLDERS = { versioned = "/v", user = "/user", native = "/n", exec = "/e", leaf = "/l" }

local function order(of_mode, changes, platform)
  local at = {}
  for name, folder in pairs(FOLDERS) do
    at[name] = folder
  end
  local input = { mode = of_mode, platform = platform or "linux", folders = at, names = { "m", "b" } }
  for name, value in pairs(changes or {}) do
    if name == "first" then
      input.first = value
    else
      at[name] = value or nil
    end
  end
  local list = {}
  for i, place in ipairs(places.candidates(input)) do
    list[i] = place.path
  end
  return table.concat(list, " ")
end

t.test("L5 the order of each mode", function()
  t.equal(order("compiled"), "/v/m /user/m /v/b /user/b /n/m /e/m /n/b /e/b")
  t.equal(order("staged"), "/v/m /v/b /l/m /l/b /n/m /e/m /n/b /e/b")
  t.equal(order("install"), "/l/m /l/b /n/m /e/m /n/b /e/b")
  t.equal(order("workspace"), "/n/m /e/m /n/b /e/b")
end)

t.test("L4 a leaf that is not installed is left out, and workspace loads take none", function()
  t.equal(order("install", { leaf = false }), "/n/m /e/m /n/b /e/b")
  t.ok(not order("workspace"):find("/l/"), "local builds win")
  t.ok(not order("compiled"):find("/l/"))
end)

t.test("L5 every file is tried once: folders that are one, and what was extracted", function()
  t.equal(order("install", { exec = "/n" }), "/l/m /l/b /n/m /n/b")
  t.equal(
    order("compiled", { first = { path = "/v/b", name = "b", folder = "extracted" } }),
    "/v/b /v/m /user/m /user/b /n/m /e/m /n/b /e/b"
  )
  local same = { versioned = "C:\\V", user = "c:\\v", native = "C:/V", exec = "D:\\" }
  t.equal(order("compiled", same, "win32"), "C:\\V\\m C:\\V\\b D:\\m D:\\b", "Windows ignores case and slash")
end)

t.test("N4 the variant, and what is handed on: only what was detected", function()
  local stock = { modern = { level = 3 }, baseline = { level = 2 } }
  local function of(env, arch)
    local found = places.variant({ arch = arch or "x64", env = env, variables = NAMES, level = 3, variants = stock })
    return ("%s by %s, export %s"):format(found.variant, found.source, found.export)
  end
  t.equal(of({}), "modern by detect, export modern")
  t.equal(of({ PI_NATIVE_VARIANT = "baseline" }), "baseline by override, export nil")
  t.equal(of({ __PI_NATIVE_VARIANT_CACHE = "baseline" }), "baseline by cache, export nil")
  t.equal(of({ PI_NATIVE_VARIANT = "Modern", __PI_NATIVE_VARIANT_CACHE = "fast" }), "modern by detect, export modern")
  t.equal(of({ PI_NATIVE_VARIANT = "modern" }, "arm64"), "nil by non-x64, export nil")
end)

t.test("parts that are joined make no drive and no server that none of them names", function()
  t.equal(paths.join("win32", "C", "..\\d:..\\d"), ".\\d:..\\d")
  t.equal(paths.join("win32", "x/../c:"), ".\\c:")
  t.equal(paths.join("win32", ".\\c:", "e"), ".\\c:\\e")
  t.equal(paths.join("win32", "\\", "a\\b"), "\\a\\b")
  t.equal(paths.join("win32", "/", "/a/b"), "\\a\\b")
  t.equal(paths.join("linux", "C", "../d:"), "d:")
end)

t.test("paths join by the rules of the target's system", function()
  t.equal(paths.join("linux", "/a//b/", "./c", "..", "d"), "/a/b/d")
  t.equal(paths.join("linux", "/a", "../../.."), "/")
  t.equal(paths.join("linux", "/a\\b", "c"), "/a\\b/c")
  t.equal(paths.join("win32", "C:/a", "b\\..\\c"), "C:\\a\\c")
  t.equal(paths.join("win32", "C:\\", "..", "a"), "C:\\a")
  t.equal(paths.join("win32", "//server/share/x", "y"), "\\\\server\\share\\x\\y")
  t.equal(paths.join("win32", "\\\\server\\share", ".."), "\\\\server\\share\\")
  t.equal(paths.is_absolute("win32", "C:\\a"), true)
  t.equal(paths.is_absolute("win32", "\\\\server\\share"), true)
  for _, path in ipairs({ "C:a", "\\a", "a", "", "/a" }) do
    t.equal(paths.is_absolute("win32", path), false, path)
  end
  t.equal(paths.is_absolute("linux", "C:\\a"), false)
end)
