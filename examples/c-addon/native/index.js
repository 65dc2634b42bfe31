// The addon's exports under their names. Which file is loaded decides the loader, which `pienv loader` has generated.
import { nativeBindings } from "./loader.mjs";

// --- generated native exports (do not edit) ---
// functions
export const dot = nativeBindings.dot;
export const applyWindow = nativeBindings.applyWindow;
export const compiledFor = nativeBindings.compiledFor;
export const cpuHasAvx2 = nativeBindings.cpuHasAvx2;
export const calls = nativeBindings.calls;

// string/numeric enums (napi-rs string_enum produces TS-only const enum)
export const Window = {
	Rectangular: 0,
	Hann: 1,
	Hamming: 2,
};
// --- end generated native exports ---
