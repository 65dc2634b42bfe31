// ---- Extraction of the embedded addon that this CPU runs, into the cache folder of this version.

function checkSize({ filename: name, size }, got) {
  if (size !== undefined && got !== size) throw new Error(say("entry_size", { name, expected: size, got }));
}

function checkDigest({ filename: name, sha256 }, got) {
  if (sha256 && got !== sha256) throw new Error(say("entry_digest", { name, expected: sha256, got }));
}

// Whether the cached file has the embedded bytes; reads them only where its memo does not tell.
function isFresh(world, target, file) {
  const stat = statOf(world, target);
  const verdict = freshnessOf({ file, stat, memo: readMemo(world, target) });
  if (verdict !== "compare") return verdict === "fresh";
  if (digestOfFile(world, target) !== file.sha256) return false;
  writeMemo(world, target, { sha256: file.sha256, file: stat });
  return true;
}

function write(world, target, file, { size, parts }) {
  checkSize(file, size);
  const mode = parseInt(POLICY.rules.mode, 8);
  let sha256;
  const stat = putInPlace(world, target, (temporary) => {
    sha256 = writeParts(world, temporary, parts, mode);
    checkDigest(file, sha256);
    world.fs.chmodSync(temporary, mode);
  });
  writeMemo(world, target, { sha256, file: stat });
}

// Takes little memory and time. False where that cannot be done: unpacking everything does it then, or tells why not.
function writeFromPieces(world, { archive }, file, target) {
  if (!file.sha256) return false;
  let packed, unpacker;
  try {
    packed = openPacked(world, archive.filePath);
    unpacker = openUnpacker(world, packed, file.size);
    const entry = findEntry(piecesOf(packed, unpacker), file.filename);
    if (entry) write(world, target, file, entry);
    return Boolean(entry);
  } catch {
    return false;
  } finally {
    if (unpacker) unpacker.close();
    if (packed) packed.close();
  }
}

// The file from the archive; undefined, with the reason recorded, when it cannot be had.
function unpack(world, state, file) {
  const { archive } = state.manifest;
  const label = { archive: archive.filename, name: file.filename };
  try {
    const entry = findEntry(wholeOf(world, state.manifest), file.filename);
    return entry ? { ...entry, parts: [...entry.parts] } : record(state, say("embedded_missing", label));
  } catch (error) {
    return record(state, say("embedded_archive", { ...label, error: error.message }));
  }
}

function prepareExtraction(world, state, file) {
  try {
    if (!isSafe(file.filename)) throw new Error(say("unsafe_name", { name: file.filename }));
    prepareFolder(world, state.folders.versioned);
    return path.join(state.folders.versioned, file.filename);
  } catch (error) {
    return record(state, say("embedded_folder", { error: error.message }));
  }
}

// Windows may refuse to replace what another start has just put there.
function extractFile(world, state, file, target) {
  if (!state.manifest.archive.filePath) {
    record(state, say("embedded_no_path", { name: file.filename }));
    return false;
  }
  if (writeFromPieces(world, state.manifest, file, target)) return true;
  const entry = unpack(world, state, file);
  if (!entry) return false;
  try {
    write(world, target, file, entry);
    return true;
  } catch (error) {
    if (isFresh(world, target, file)) return true;
    record(state, say("embedded_write", { name: file.filename, error: error.message }));
    return false;
  }
}

/** The place of the extracted addon; undefined, with the reason recorded, when there is none. */
function extract(world, state) {
  const { file } = chooseEmbedded(state);
  if (!file) return undefined;
  debug(world, "extract");
  const target = prepareExtraction(world, state, file);
  const ready = target && (isFresh(world, target, file) || extractFile(world, state, file, target));
  return ready ? { path: target, name: file.filename, folder: "extracted" } : undefined;
}
