// ---- The second thread: unpacks what the first one has put into the slots (recipes/loader/ahead.cjs).

const { bell, slots, states } = require("node:worker_threads").workerData;

function unpackInto({ words, packed, unpacked }) {
  const bytes = unpackPiece(Buffer.from(packed.buffer, packed.byteOffset, words[1]), words[2]);
  unpacked.set(bytes);
  release(bytes);
}

function serve(slot) {
  if (Atomics.compareExchange(slot.words, 0, states.given, states.taken) !== states.given) return;
  let state = states.done;
  try {
    unpackInto(slot);
  } catch {
    state = states.failed; // the first thread tries it once more, and tells the error
  }
  Atomics.store(slot.words, 0, state);
  Atomics.notify(slot.words, 0);
}

for (let rung; (rung = Atomics.load(bell, 0)) !== states.stop; Atomics.wait(bell, 0, rung)) slots.forEach(serve);
