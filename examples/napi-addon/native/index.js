// Loads the best file that this CPU can run, and gives its exports names.
//
// A modern file carries the mark "x86-64-v3 needed", so on a lesser CPU the system refuses it with an error
// instead of letting it die of an illegal instruction; the next candidate is then tried.
// ACME_TEXT_VARIANT=baseline never tries modern.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const tag = `${process.platform}-${process.arch}`;
const sentinel = "__acmeTextV1_0_0";

function candidates() {
  if (process.arch !== "x64") return [`./acme_text.${tag}.node`];
  const variants = ["-modern", "-baseline", ""];
  const first = variants.indexOf(`-${process.env.ACME_TEXT_VARIANT}`);
  return variants.slice(Math.max(first, 0)).map((variant) => `./acme_text.${tag}${variant}.node`);
}

function load() {
  const failures = [];
  for (const file of candidates()) {
    try {
      const addon = require(file);
      if (typeof addon[sentinel] === "function") return addon;
      failures.push(`- ${file}: it is from another release (no ${sentinel})`);
    } catch (error) {
      failures.push(`- ${file}: ${error.message}`);
    }
  }
  throw new Error(`No addon could be loaded:\n${failures.join("\n")}\n\nBuild it with: pienv recipes/build.lua`);
}

const nativeBindings = load();

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
