// The addon's exports under their names. Which file is loaded decides the loader, which `pienv loader` has generated;
// ACME_TEXT_VARIANT=baseline never tries modern.
import { nativeBindings } from "./loader.mjs";

// --- generated native exports (do not edit) ---
// classes
export const Tally = nativeBindings.Tally;

// functions
export const __acmeTextV1_0_0 = nativeBindings.__acmeTextV1_0_0;
export const compiledFor = nativeBindings.compiledFor;
export const count = nativeBindings.count;
export const dot = nativeBindings.dot;
export const longest = nativeBindings.longest;
export const recase = nativeBindings.recase;

// string/numeric enums (napi-rs string_enum produces TS-only const enum)
export const Case = {
	Upper: "upper",
	Lower: "lower",
};
export const Unit = {
	Bytes: 0,
	Chars: 1,
	Words: 10,
};
// --- end generated native exports ---
