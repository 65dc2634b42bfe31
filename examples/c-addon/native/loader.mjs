// Written by `pienv loader`: changes are lost. Run it again after a change of the version, of pienv.lua, or of pienv;
// `pienv loader --check` tells whether that is due.
import loader from "./loader.cjs";

export const { load, policy } = loader;
export const nativeBindings = load({ url: import.meta.url });
