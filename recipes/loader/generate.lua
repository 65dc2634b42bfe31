-- The text of the generated files: a head, the policy as data, the parts of the runtime. Pure, but for the parts, which
-- are stock files.

local stock = require("pienv.stock")

local M = {}

-- The parts of the runtime in their order: functions see each other across them, as in one file.
local PARTS = {
  "head",
  "names",
  "variant",
  "paths",
  "places",
  "embedded",
  "staging",
  "version",
  "texts",
  "cpu",
  "tar",
  "unpack",
  "pieces",
  "ahead",
  "cache",
  "judge",
  "extract",
  "stage",
  "clean",
  "world",
  "survey",
  "load",
  "exports",
}

-- Those of the second thread that unpacks a large file.
local THREAD = { "unpack", "thread" }

local function read(s, names)
  local texts = {}
  for i, name in ipairs(names) do
    local text, err = stock.text("recipes/loader/" .. name .. ".cjs")
    texts[i] = text or s:fail(err)
  end
  return table.concat(texts, "\n")
end

---@param s pienv.context
---@return { module: string, thread: string } texts
function M.parts(s)
  return { module = read(s, PARTS), thread = read(s, THREAD) }
end

-- A text as JavaScript writes it over several lines.
local function literal(text)
  return "`" .. text:gsub("[\\`$]", "\\%0") .. "`"
end

local HEAD = [[
// Written by `pienv loader`: changes are lost. Run it again after a change of the version, of pienv.lua, or of pienv;
// `pienv loader --check` tells whether that is due.
]]

local ESM = [[
import loader from "./PIENV_LOADER.cjs";

export const { load, policy } = loader;
export const nativeBindings = load({ url: import.meta.url });
]]

local TYPES = [[
export interface LoadOptions {
  /** Of the module that the addon belongs to; without it that of the loader. */
  url?: string;
}

/** The addon's exports, loaded once in a thread. Throws an error that names every file that was tried, and why not. */
export declare function load(options?: LoadOptions): Record<string, any>;

/** The addon's exports. */
export declare const nativeBindings: Record<string, any>;

/** What the loader goes by, from the project's settings. */
export declare const policy: Readonly<Record<string, any>>;
]]

-- The words of the parts that stand for what the project decides.
local function fill(text, input)
  local values = {
    PIENV_COMPILED = input.compiled,
    PIENV_MANIFEST = input.settings.manifest,
    PIENV_LOADER = input.settings.loader,
    PIENV_POLICY = input.json,
    PIENV_THREAD = literal(input.parts.thread),
  }
  return (text:gsub("PIENV_%u+", values))
end

---@class loader.input
---@field settings table
---@field json string the policy
---@field compiled string
---@field parts { module: string, thread: string }

---@param input loader.input
---@return { name: string, text: string }[] files for the output folder
function M.files(input)
  local loader, module = input.settings.loader, fill(input.parts.module, input)
  return {
    { name = loader .. ".cjs", text = HEAD .. module },
    { name = loader .. ".mjs", text = HEAD .. fill(ESM, input) },
    { name = loader .. ".d.cts", text = HEAD .. TYPES },
    { name = loader .. ".d.mts", text = HEAD .. TYPES },
  }
end

return M
