// gunzip.mjs ARCHIVE sync|stream|bun-archive: digests of the unpacked tar (node's zlib, which bun has, too), or of each
// file as Bun.Archive gives it.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createGunzip, gunzipSync } from "node:zlib";

const [, , file, how] = process.argv;
const hash = createHash("sha256");
if (how === "sync") {
  console.log(hash.update(gunzipSync(readFileSync(file))).digest("hex"));
} else if (how === "stream") {
  for await (const chunk of createReadStream(file).pipe(createGunzip())) hash.update(chunk);
  console.log(hash.digest("hex"));
} else {
  const archive = new Bun.Archive(readFileSync(file));
  for (const [name, content] of await archive.files()) {
    const bytes = new Uint8Array(await content.arrayBuffer());
    console.log(`${createHash("sha256").update(bytes).digest("hex")}  ${name}`);
  }
}
