// Written by `pienv loader`: changes are lost. Run it again after a change of the version, of pienv.lua, or of pienv;
// `pienv loader --check` tells whether that is due.
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
