// ---- The machine this runs on. Tests hand in another one.

// A bundler gives a module no absolute name of its own; the program that it made has one.
function ownUrl() {
  const own = path.isAbsolute(module.filename || "") ? module.filename : globalThis.Bun && globalThis.Bun.main;
  return pathToFileURL(own || process.execPath).href;
}

/** What is embedded, or null. A bundler follows the name in requireManifest; node reads the JSON form. */
function readManifest(folder) {
  if (process.versions.bun) return requireManifest();
  const file = path.join(folder, `${POLICY.manifest}.json`);
  if (!fs.existsSync(file)) return null;
  const manifest = JSON.parse(fs.readFileSync(file, "utf8"));
  if (manifest) manifest.archive.filePath = path.join(folder, manifest.archive.filename);
  return manifest;
}

function bunFfi() {
  const name = "bun:ffi"; // no bundler for node looks for it
  return require(name);
}

// "" for a user who has none: no HOME, and no entry among the system's users.
function homeFolder() {
  try {
    return os.homedir();
  } catch {
    return "";
  }
}

const PIECES_TO_COLLECT = 8; // 32 MiB
let unpackedPieces = 0;

// Two thirds of the time that zlib takes. Nobody collects in time what lies outside of Bun's heap.
function unpackByBun(piece) {
  if (++unpackedPieces % PIECES_TO_COLLECT === 0) globalThis.Bun.gc(true);
  const { buffer, byteOffset, length } = globalThis.Bun.gunzipSync(piece, { library: "libdeflate" });
  return Buffer.from(buffer, byteOffset, length);
}

// Without the header no time is spent on a checksum: the digest of the file proves more.
const unpackByZlib = (piece, size) =>
  require("node:zlib").inflateRawSync(piece.subarray(PIECE_HEADER, -PIECE_TRAILER), {
    maxOutputLength: size,
    chunkSize: size + BLOCK,
  });

const realWorld = () => ({
  platform: process.platform,
  arch: process.arch,
  env: COMPILED ? { ...process.env, [POLICY.variables.compiled]: COMPILED } : process.env,
  handDown: (name, value) => (process.env[name] = value),
  home: homeFolder(),
  pid: process.pid,
  executable: process.execPath,
  url: ownUrl(),
  manifest: readManifest,
  fs,
  now: Date.now,
  ffi: process.versions.bun ? bunFfi : undefined,
  spawn: (...given) => require("node:child_process").spawnSync(...given),
  gunzip: (...given) => require("node:zlib").gunzipSync(...given),
  unpackPiece: process.versions.bun ? unpackByBun : unpackByZlib,
  dlopen: (target, file) => process.dlopen(target, path.toNamespacedPath(file)),
});
