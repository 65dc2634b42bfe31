// Loads the best file that this CPU can run, and gives its functions names.
//
// A modern file carries the mark "x86-64-v3 needed", so on a lesser CPU the system refuses it with an error
// instead of letting it die of an illegal instruction; the next candidate is then tried.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const tag = `${process.platform}-${process.arch}`;
const variants = process.arch === "x64" ? ["-modern", "-baseline", ""] : [""];

function load() {
  const failures = [];
  for (const variant of variants) {
    const file = `./acme_dsp.${tag}${variant}.node`;
    try {
      return require(file);
    } catch (error) {
      failures.push(`- ${file}: ${error.message}`);
    }
  }
  throw new Error(`No addon could be loaded:\n${failures.join("\n")}\n\nBuild it with: pienv recipes/build.lua`);
}

const nativeBindings = load();

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
