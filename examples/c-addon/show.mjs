// What node (or bun) says when it loads what was built: each file by itself, then through native/index.js, then in a
// worker. Exits with 1 when anything is wrong.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

const require = createRequire(import.meta.url);
const folder = new URL("./native/", import.meta.url);

function check(addon) {
  const a = Float64Array.from({ length: 1001 }, (_, i) => i);
  const sum = addon.dot(a, a);
  if (sum !== 333833500) throw new Error(`dot gave ${sum}`);
  const curve = addon.applyWindow(new Float64Array(3).fill(2), 1);
  if (Math.abs(curve[1] - 2) > 1e-12 || Math.abs(curve[0]) > 1e-12) throw new Error(`applyWindow gave ${curve}`);
  return `compiled for ${addon.compiledFor()}, ${addon.calls()} calls in this thread`;
}

// A file for a better CPU than this one is refused by the system with an error, which is as it should be.
function tryFile(path) {
  try {
    return check(require(path));
  } catch (error) {
    if (!error.message.includes("CPU ISA level is lower than required")) throw error;
    return "not for this CPU, says the system; nothing crashed";
  }
}

if (!isMainThread) {
  const addon = await import(new URL("index.js", folder));
  parentPort.postMessage(check(addon));
} else {
  const runtime = process.versions.bun ? `bun ${process.versions.bun}` : `node ${process.versions.node}`;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".node")).sort()) {
    console.log(`${runtime} ${name}: ${tryFile(fileURLToPath(new URL(encodeURIComponent(name), folder)))}`);
  }
  const addon = await import(new URL("index.js", folder));
  console.log(`${runtime} native/index.js chose: ${check(addon)}`);
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (text) => console.log(`${runtime} worker: ${text}`));
  worker.once("error", (error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
