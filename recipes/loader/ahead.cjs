// ---- Pieces unpacked ahead: a second thread does it for a large file, while the first one digests and writes. What it
// was not quick enough for, or failed at, the first one unpacks itself: nothing depends on it.

const SLOTS = 2;
const STATES = { free: 0, given: 1, taken: 2, done: 3, failed: 4, stop: -1 };
const WORTH_A_THREAD = 16 << 20; // bytes: its start takes as long as to unpack so many
const MOST_WAITED = 1000; // ms; a piece takes about 5
const THREAD = PIENV_THREAD;

// `words`: the state, and the sizes of the piece, packed and unpacked. `at` is known to the first thread only.
function newSlot() {
  const memory = new SharedArrayBuffer(12 + MOST_PACKED + MOST_UNPACKED);
  return {
    words: new Int32Array(memory, 0, 3),
    packed: new Uint8Array(memory, 12, MOST_PACKED),
    unpacked: new Uint8Array(memory, 12 + MOST_PACKED),
  };
}

// None for a small file, where there is one processor only, and where threads are not allowed.
function startSecond(world, size) {
  try {
    if (!(size >= WORTH_A_THREAD && world.processors() > 1)) return undefined;
    const bell = new Int32Array(new SharedArrayBuffer(4));
    const slots = Array.from({ length: SLOTS }, newSlot);
    world.startThread(THREAD, { bell, slots, states: STATES });
    return { bell, slots };
  } catch {
    return undefined;
  }
}

function ring({ bell }, change) {
  change(bell);
  Atomics.notify(bell, 0);
}

// False when no slot is free.
function give(second, { at, packed, size }, bytes) {
  const slot = second.slots.find(({ words }) => Atomics.load(words, 0) === STATES.free);
  if (!slot) return false;
  slot.packed.set(bytes);
  slot.words.set([packed, size], 1);
  slot.at = at;
  Atomics.store(slot.words, 0, STATES.given);
  ring(second, (bell) => Atomics.add(bell, 0, 1));
  return true;
}

// The bytes, until the slot is freed; undefined when they are not there, nor will be.
function collect({ words, unpacked }) {
  if (Atomics.compareExchange(words, 0, STATES.given, STATES.free) === STATES.given) return undefined; // not begun yet
  Atomics.wait(words, 0, STATES.taken, MOST_WAITED);
  if (Atomics.load(words, 0) !== STATES.done) return undefined; // nor is the slot used again
  return Buffer.from(unpacked.buffer, unpacked.byteOffset, words[2]);
}

function giveFrom(second, packed, at) {
  const isGiven = (piece) => second.slots.some((slot) => slot.at === piece.at);
  for (let i = 0, piece; i < SLOTS && (piece = pieceAt(packed, at)); i++, at += piece.packed) {
    if (!isGiven(piece) && !give(second, piece, packed.read(at, piece.packed))) return;
  }
}

/** Unpacks pieces for a file of this size: `unpack` returns the bytes, and what releases them. */
function openUnpacker(world, packed, size) {
  const second = startSecond(world, size);
  let end; // of the last piece: only where it goes on and on is anything unpacked ahead
  return {
    unpack(piece) {
      const isNext = piece.at === end;
      end = piece.at + piece.packed;
      if (second && isNext) giveFrom(second, packed, end);
      const slot = second && second.slots.find(({ at }) => at === piece.at);
      const ready = slot && collect(slot);
      if (ready) return { bytes: ready, release: () => Atomics.store(slot.words, 0, STATES.free) };
      const bytes = unpackPiece(packed.read(piece.at, piece.packed), piece.size);
      return { bytes, release: () => release(bytes) };
    },
    close() {
      if (second) ring(second, (bell) => Atomics.store(bell, 0, STATES.stop));
    },
  };
}
