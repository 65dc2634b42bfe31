// bun-pack.mjs TO NAME=PATH...: an archive as bun makes it.
import { readFileSync } from "node:fs";

const files = process.argv.slice(3).map((argument) => argument.split("="));
const content = Object.fromEntries(files.map(([name, path]) => [name, readFileSync(path)]));
await Bun.Archive.write(process.argv[2], content, { compress: "gzip", level: 9 });
