// bun-pack.mjs TO FILE...: an archive as bun makes it, gzip level 9.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const content = Object.fromEntries(process.argv.slice(3).map((path) => [basename(path), readFileSync(path)]));
await Bun.Archive.write(process.argv[2], content, { compress: "gzip", level: 9 });
