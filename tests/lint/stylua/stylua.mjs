// node stylua.mjs [--write] FILE...
// Checks (or, with --write, rewrites) Lua files with StyLua's WebAssembly build, which npm has and Debian has not.
// Reads stylua.toml of the current folder. The exit code is 1 when a file is not formatted.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(".tools/npm/package.json"));
const stylua = require("@johnnymorganz/stylua");

// stylua.toml is flat: name = value, as numbers, or words that are members of the enumeration of the same name.
const enumerations = { syntax: "LuaVersion", indent_type: "IndentType", quote_style: "QuoteStyle" };

function readConfig() {
  const config = stylua.Config.new();
  for (const line of readFileSync("stylua.toml", "utf8").split("\n")) {
    const [, name, text] = line.match(/^(\w+) = (.+)$/) ?? [];
    if (!name) continue;
    const value = JSON.parse(text);
    config[name] = name in enumerations ? stylua[enumerations[name]][value] : value;
    if (config[name] === undefined) throw new Error(`stylua.toml: cannot read '${line}'`);
  }
  return config;
}

const args = process.argv.slice(2);
const write = args[0] === "--write";
for (const file of write ? args.slice(1) : args) {
  const text = readFileSync(file, "utf8");
  const formatted = stylua.formatCode(text, readConfig(), undefined, stylua.OutputVerification.None);
  if (formatted === text) continue;
  if (write) writeFileSync(file, formatted);
  else process.exitCode = 1;
  const line = text.split("\n").findIndex((part, index) => part !== formatted.split("\n")[index]) + 1;
  console.log(`${file}:${line}: ${write ? "formatted" : "is not formatted (./bootstrap format)"}`);
}
