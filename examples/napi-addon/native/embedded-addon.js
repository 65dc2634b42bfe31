
// Written by pienv: the addon files that are embedded in a compiled program.
// Null in the repository and in packages: the addon is then loaded from its folder.

/**
 * @typedef {{ variant: "modern" | "baseline" | "default", filename: string, size: number }} EmbeddedAddonFile
 * @typedef {{ format: "tar.gz", filename: string, filePath: string }} EmbeddedAddonArchive
 * @typedef {{ platformTag: string, version: string, archive: EmbeddedAddonArchive, files: EmbeddedAddonFile[] }} EmbeddedAddon
 */

/** @type {EmbeddedAddon | null} */
export const embeddedAddon = null;
