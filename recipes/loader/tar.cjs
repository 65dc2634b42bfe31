// ---- The archive of embedded addons: gzip, and in it a tar of regular files with short names.

const BLOCK = 512;
const END_OF_ARCHIVE = 20 * BLOCK;
const padded = (size) => Math.ceil(size / BLOCK) * BLOCK;
const textAt = (header, from, to) => header.subarray(from, to).toString("latin1").replace(/\0.*$/s, "");

function octal(field) {
  const digits = field.trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error(say("octal", { value: JSON.stringify(field) }));
  return parseInt(digits, 8);
}

// A prefix makes a slash, which no safe name has.
function readHeader(header) {
  const prefix = textAt(header, 345, 500);
  const name = (prefix ? `${prefix}/` : "") + textAt(header, 0, 100);
  if (!isSafe(name)) throw new Error(say("unsafe_entry", { name }));
  const type = String.fromCharCode(header[156]);
  if (type !== "0" && type !== "\0") throw new Error(say("entry_type", { type, name }));
  return { name, size: octal(textAt(header, 124, 136)) };
}

/** Bytes of pieces ({ size, bytes() }) in their order; a piece that is passed over as a whole is not unpacked. */
function cursorOf(pieces) {
  let [piece, at] = [{ size: 0 }, 0];
  const isAtEnd = () => {
    for (let next; at === piece.size; [piece, at] = [next.value, 0]) if ((next = pieces.next()).done) return true;
    return false;
  };
  // The size of what of the next `most` bytes is in the present piece; 0 at the end.
  const step = (most) => {
    const size = isAtEnd() ? 0 : Math.min(most, piece.size - at);
    at += size;
    return size;
  };
  return {
    take(most) {
      const size = step(most);
      return size === 0 ? Buffer.alloc(0) : piece.bytes().subarray(at - size, at);
    },
    skip(left) {
      for (let size = 1; left > 0 && size > 0; left -= size) size = step(left);
      return left === 0;
    },
  };
}

// Bytes of this number, or what is left; they stay valid.
function takeBlock(cursor, size) {
  const block = Buffer.alloc(size);
  let at = 0;
  for (let part; at < size && (part = cursor.take(size - at)).length > 0; at += part.length) part.copy(block, at);
  return block.subarray(0, at);
}

function* partsOf(cursor, { name, size }) {
  for (let left = size, part; left > 0; left -= part.length) {
    part = cursor.take(left);
    if (part.length === 0) throw new Error(say("truncated_entry", { name }));
    yield part;
  }
}

/** One file of a tar: its size, and its bytes in parts; undefined when none is before the first block of zeros. */
function findEntry(pieces, wanted) {
  const cursor = cursorOf(pieces);
  for (;;) {
    const header = takeBlock(cursor, BLOCK);
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return undefined;
    const { name, size } = readHeader(header);
    if (name === wanted) return { name, size, parts: partsOf(cursor, { name, size }) };
    if (!cursor.skip(size)) throw new Error(say("truncated_entry", { name }));
    cursor.skip(padded(size) - size);
  }
}

// No more is unpacked than the manifest's files and the end of an archive take.
const unpackedLimit = (files) => files.reduce((sum, { size }) => sum + BLOCK + padded(size), 2 * END_OF_ARCHIVE);

/** All of an archive as one piece. */
function* wholeOf(world, manifest) {
  const packed = world.fs.readFileSync(manifest.archive.filePath);
  const limit = unpackedLimit(manifest.files);
  const tar = world.gunzip(packed, { maxOutputLength: limit, chunkSize: limit + BLOCK });
  yield { size: tar.length, bytes: () => tar };
}
