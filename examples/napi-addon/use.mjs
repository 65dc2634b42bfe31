// Uses everything that native/index.js exports, in the main thread and in a worker. Exits with 1 when anything is wrong.
import assert from "node:assert";
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { Case, Tally, Unit, __acmeTextV1_0_0, compiledFor, count, dot, longest, recase } from "./native/index.js";

async function use() {
  assert.deepEqual(Unit, { Bytes: 0, Chars: 1, Words: 10 });
  assert.deepEqual(Case, { Upper: "upper", Lower: "lower" });
  assert.equal(count("zwölf kleine Worte", Unit.Bytes), 19);
  assert.equal(count("zwölf kleine Worte", Unit.Chars), 18);
  assert.equal(count("zwölf kleine Worte", Unit.Words), 3);
  assert.equal(recase("Größe", Case.Upper), "GRÖSSE");
  assert.throws(() => recase("x", "sideways"), /sideways/);
  const a = Float64Array.from({ length: 1001 }, (_, i) => i);
  assert.equal(dot(a, a), 333833500);
  assert.throws(() => dot(a, a.subarray(1)), /differ in length/);
  const tally = new Tally();
  tally.add("to be or not to be");
  assert.deepEqual([tally.of("be"), tally.of("is"), tally.size], [2, 0, 4]);
  assert.equal(await longest("a longer word"), "longer");
  await assert.rejects(longest(" "), /there is no word/);
  assert.equal(__acmeTextV1_0_0(), undefined);
  return `compiled for ${compiledFor()}`;
}

const said = await use();
if (isMainThread) {
  console.log(`main: ${said}`);
  const worker = new Worker(new URL(import.meta.url));
  worker.once("message", (text) => console.log(`worker: ${text}`));
  worker.once("error", (error) => {
    console.error(error);
    process.exitCode = 1;
  });
} else {
  parentPort.postMessage(said);
}
