-- The manifest of what is embedded, for those who read it: a module for JavaScript, JSON, a header for C. Pure.
--
-- Without a manifest each form says that nothing is embedded: the null stub.

local addon = require("recipes.addon")

local M = {}

---@class embed.file
---@field variant string
---@field filename string
---@field size integer bytes
---@field sha256 string

---@class embed.manifest
---@field tag string "linux-x64"
---@field version string of the package
---@field archive string file name, beside the manifest
---@field files embed.file[] in the order of the archive

---@class embed.emission
---@field form string of the setting `emitters`
---@field stem string the setting `manifest`
---@field folder string from the manifest to the archive: "../native/"
---@field variants table<string, addon.variant>
---@field manifest? embed.manifest nil: nothing is embedded

local forms = {}

-- Names and versions hold nothing that would have to be escaped: they are checked before.
local function quoted(text)
  return '"' .. text .. '"'
end

local JS_HEAD = ([[

// Written by `pienv embed`: changes are lost.
// `pienv embed --reset` writes the null stub; see recipes/embed.lua.

/**
 * @typedef {{ variant: %s, filename: string, size: number, sha256?: string }} EmbeddedAddonFile
 * @typedef {{ format: "tar.gz", filename: string, filePath: string }} EmbeddedAddonArchive
 * @typedef {{ platformTag: string, version: string, archive: EmbeddedAddonArchive, files: EmbeddedAddonFile[] }}
   EmbeddedAddon
 */

]]):gsub("\n   ", " ") -- that line is as long as it is

local JS_NULL = "/** @type {EmbeddedAddon | null} */\nexport const embeddedAddon = null;\n"

local JS_BODY = [[
import archivePath from %s with { type: "file" };

/** @type {EmbeddedAddon | null} */
export const embeddedAddon = {
	platformTag: %s,
	version: %s,
	archive: {
		format: "tar.gz",
		filename: %s,
		filePath: archivePath,
	},
	files: [
%s	],
};
]]

local JS_FILE = "\t\t{ variant: %s, filename: %s, size: %d, sha256: %s },\n"

-- One line for each file, by a form with places for its fields.
local function each_file(manifest, form)
  local lines = {}
  for i, file in ipairs(manifest.files) do
    lines[i] = form:format(quoted(file.variant), quoted(file.filename), file.size, quoted(file.sha256))
  end
  return table.concat(lines)
end

function forms.js(input)
  local words, manifest = {}, input.manifest
  for _, name in ipairs(addon.variant_names(input.variants)) do
    words[#words + 1] = quoted(name)
  end
  words[#words + 1] = quoted("default")
  local head = JS_HEAD:format(table.concat(words, " | "))
  local body = manifest
    and JS_BODY:format(
      quoted(input.folder .. manifest.archive),
      quoted(manifest.tag),
      quoted(manifest.version),
      quoted(manifest.archive),
      each_file(manifest, JS_FILE)
    )
  return { name = input.stem .. ".js", text = head .. (body or JS_NULL) }
end

local JSON = [[
{
  "platformTag": %s,
  "version": %s,
  "archive": { "format": "tar.gz", "filename": %s },
  "files": [
%s
  ]
}
]]

local JSON_FILE = '    { "variant": %s, "filename": %s, "size": %d, "sha256": %s },\n'

function forms.json(input)
  local manifest = input.manifest
  local text = manifest
    and JSON:format(
      quoted(manifest.tag),
      quoted(manifest.version),
      quoted(manifest.archive),
      each_file(manifest, JSON_FILE):sub(1, -3)
    )
  return { name = input.stem .. ".json", text = text or "null\n" }
end

local C_HEAD = [[
/* Written by `pienv embed`: changes are lost. `pienv embed --reset` writes the stub with no files. */
#ifndef EMBEDDED_ADDON_H
#define EMBEDDED_ADDON_H

typedef struct embedded_addon_file {
  const char *variant;
  const char *filename;
  unsigned long long size; /* bytes */
  const char *sha256;      /* 64 lower-case hexadecimal digits */
} embedded_addon_file;

]]

local C_FILE = "  {%s, %s, %dULL, %s},\n"

-- The list ends with an entry of nothing, because C has no empty arrays.
function forms.c(input)
  local manifest, lines = input.manifest, { C_HEAD }
  if manifest then
    lines[2] = ("#define EMBEDDED_ADDON_TAG %s\n"):format(quoted(manifest.tag))
    lines[3] = ("#define EMBEDDED_ADDON_VERSION %s\n"):format(quoted(manifest.version))
    lines[4] = ("#define EMBEDDED_ADDON_ARCHIVE %s\n"):format(quoted(manifest.archive))
  end
  lines[#lines + 1] = ("#define EMBEDDED_ADDON_COUNT %d\n\n"):format(manifest and #manifest.files or 0)
  lines[#lines + 1] = "static const embedded_addon_file embedded_addon_files[] = {\n"
  lines[#lines + 1] = manifest and each_file(manifest, C_FILE) or ""
  lines[#lines + 1] = "  {0, 0, 0, 0},\n};\n\n#endif\n"
  return { name = input.stem .. ".h", text = table.concat(lines) }
end

---One form of the manifest.
---@param input embed.emission
---@return { name: string, text: string }? file nil: no such form is known
function M.emit(input)
  return forms[input.form] and forms[input.form](input)
end

return M
