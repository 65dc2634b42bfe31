// ---- One piece of an archive, unpacked; the second thread has this part, too.

const [PIECE_HEADER, PIECE_TRAILER] = [24, 8];

// Two thirds of the time that zlib takes.
function unpackByBun(piece) {
  const { buffer, byteOffset, length } = globalThis.Bun.gunzipSync(piece, { library: "libdeflate" });
  return Buffer.from(buffer, byteOffset, length);
}

// Without the header no time is spent on a checksum: the digest of the file proves more. What is larger than was told
// needs a second chunk, and is refused.
const unpackByZlib = (piece, size) =>
  require("node:zlib").inflateRawSync(piece.subarray(PIECE_HEADER, -PIECE_TRAILER), {
    maxOutputLength: size,
    chunkSize: size + 512,
  });

/** A piece of this unpacked size; the bytes are good until they are released. */
function unpackPiece(piece, size) {
  const bytes = process.versions.bun ? unpackByBun(piece) : unpackByZlib(piece, size);
  if (bytes.length !== size) throw new Error("a piece of another size");
  return bytes;
}

let nowhere;

// Nobody collects in time what lies outside of the heap. What is sent to a port that is closed is given back at once,
// and the next piece gets the same memory: that takes half of the memory, and a quarter of the page faults.
function release(bytes) {
  if (!nowhere) (nowhere = new (require("node:worker_threads").MessageChannel)().port1).close();
  try {
    nowhere.postMessage(null, [bytes.buffer]);
  } catch {
    // A small one shares its memory with others.
  }
}
