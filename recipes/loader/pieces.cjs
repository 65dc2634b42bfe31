// ---- An archive as `pienv embed` packs it, piece by piece: gzip members that tell their sizes in an extra field, so
// that those before the wanted file are neither read nor unpacked. What comes out is believed for its digest only;
// whatever is packed in another way, or damaged, is an error here and left to the way that takes everything at once.

const MOST_UNPACKED = 4 << 20;
const MOST_PACKED = MOST_UNPACKED + (MOST_UNPACKED >> 3); // nothing is packed to more

/** The packed bytes: `read(at, size)` gives those that there are, valid until the next call. */
function openPacked(world, file) {
  let fd;
  try {
    fd = world.fs.openSync(file, "r");
  } catch {
    const bytes = world.fs.readFileSync(file); // what a program has inside of it Bun reads, but does not open
    return { read: (at, size) => bytes.subarray(at, at + size), close() {} };
  }
  const buffer = Buffer.allocUnsafe(MOST_PACKED);
  const read = (at, size) => {
    let all = 0;
    for (let got = 1; got > 0 && all < size; all += got) got = world.fs.readSync(fd, buffer, all, size - all, at + all);
    return buffer.subarray(0, all);
  };
  return { read, close: () => world.fs.closeSync(fd) };
}

// Both sizes of the piece that this header begins, in bytes.
function readSizes(header) {
  const isPiece = header.toString("hex", 0, 4) === "1f8b0804" && header.toString("hex", 10, 16) === "0c0050490800";
  const [packed, size] = isPiece && header.length === PIECE_HEADER ? [16, 20].map((at) => header.readUInt32LE(at)) : [];
  if (!(packed > PIECE_HEADER + PIECE_TRAILER && packed <= MOST_PACKED && size > 0 && size <= MOST_UNPACKED)) {
    throw new Error("not packed in pieces");
  }
  return { packed, size };
}

/** The piece that begins here, `size` bytes when unpacked; undefined at the end. */
function pieceAt({ read }, at) {
  const header = read(at, PIECE_HEADER);
  return header.length > 0 ? { at, ...readSizes(header) } : undefined;
}

/** The pieces in their order: `size` unpacked, and `bytes()`, which unpacks; valid until the next one is asked for. */
function* piecesOf(packed, { unpack }) {
  for (let piece, at = 0; (piece = pieceAt(packed, at)); at += piece.packed) {
    let unpacked;
    yield { size: piece.size, bytes: () => (unpacked || (unpacked = unpack(piece))).bytes };
    if (unpacked) unpacked.release();
  }
}
