// drive.cjs MODE: loads the addon of the loader beside it, with a second thread as MODE has it, and says what the addon
// says, and how many pieces the second thread had unpacked.
const { Worker } = require("node:worker_threads");
const { load } = require("./native/loader.cjs");

let slots = [];

// The true one, and what it is given waits until it runs: on a busy machine all could be done before.
function start(text, workerData, prefix = "") {
  slots = workerData.slots;
  const running = new Int32Array(new SharedArrayBuffer(4));
  const begin = `const { running } = require("node:worker_threads").workerData;
    Atomics.store(running, 0, 1); Atomics.notify(running, 0); ${prefix}`;
  const worker = new Worker(`{ ${begin} } ${text}`, { eval: true, workerData: { ...workerData, running } });
  worker.on("error", () => {});
  worker.unref();
  if (Atomics.wait(running, 0, 0, 60000) === "timed-out") throw new Error("the second thread does not start");
}

// In place of what unpacks in the second thread.
const instead = (body) => (text, data) => start(text.replace(/^ {2}const bytes = unpackPiece.*$/m, body), data);

const modes = {
  true: start,
  refused() {
    throw new Error("no threads here");
  },
  absent() {},
  dead: (text, data) => start("", data),
  stuck: instead("for (;;);"),
  failing: instead("throw new Error('no memory');"),
  dying: instead("process.exit(1);"),
  lying: instead("const bytes = Buffer.alloc(words[2], 1);"),
};
const options = process.argv[2] ? { startThread: modes[process.argv[2]], processors: () => 2 } : {};
const said = load(options).say();
const unpacked = slots.filter(({ unpacked }) => unpacked.some((byte) => byte !== 0)).length;
const how = unpacked > 0 ? "ahead" : "alone";
console.log(process.argv[2] ? `${said} ${how}` : said);
process.exit(0); // the stuck one would go on
