// loader.mjs ARCHIVE MEMBER TO: one file out of an archive, as a loader in JavaScript does it: all of it is unpacked in
// memory, then the headers are walked.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const [, , file, wanted, to] = process.argv;
const tar = gunzipSync(readFileSync(file));
const text = (at, size) => tar.toString("latin1", at, at + size).replace(/\0.*$/s, "");
for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
  const size = parseInt(text(at + 124, 12), 8);
  if (text(at, 100) === wanted) {
    writeFileSync(`${to}.tmp`, tar.subarray(at + 512, at + 512 + size), { mode: 0o755 });
    renameSync(`${to}.tmp`, to);
  }
  at += 512 + Math.ceil(size / 512) * 512;
}
