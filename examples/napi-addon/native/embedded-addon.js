
// Written by `pienv embed`: changes are lost.
// `pienv embed --reset` writes the null stub; see recipes/embed.lua.

/**
 * @typedef {{ variant: "modern" | "baseline" | "default", filename: string, size: number, sha256?: string }} EmbeddedAddonFile
 * @typedef {{ format: "tar.gz", filename: string, filePath: string }} EmbeddedAddonArchive
 * @typedef {{ platformTag: string, version: string, archive: EmbeddedAddonArchive, files: EmbeddedAddonFile[] }} EmbeddedAddon
 */

/** @type {EmbeddedAddon | null} */
export const embeddedAddon = null;
