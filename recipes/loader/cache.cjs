// ---- Files of the cache. Whoever starts at the same time sees the old file or the new one, never a part of one.

const newDigest = () => require("node:crypto").createHash("sha256");
const PART = 1 << 20;

/** The bytes of a file in parts, each valid until the next. */
function* readParts(world, file) {
  const part = Buffer.allocUnsafe(PART);
  const fd = world.fs.openSync(file, "r");
  try {
    for (let got; (got = world.fs.readSync(fd, part, 0, PART, null)) > 0; ) yield part.subarray(0, got);
  } finally {
    world.fs.closeSync(fd);
  }
}

// "" for what cannot be read.
function digestOfFile(world, file) {
  const digest = newDigest();
  try {
    for (const part of readParts(world, file)) digest.update(part);
    return digest.digest("hex");
  } catch {
    return "";
  }
}

/** Writes a new file, and returns its digest. */
function writeParts(world, file, parts, mode) {
  const digest = newDigest();
  const fd = world.fs.openSync(file, "wx", mode);
  try {
    for (const part of parts) {
      digest.update(part);
      for (let at = 0; at < part.length; ) at += world.fs.writeSync(fd, part, at, part.length - at);
    }
  } finally {
    world.fs.closeSync(fd);
  }
  return digest.digest("hex");
}

function lstatOf(world, file) {
  try {
    return world.fs.lstatSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}

/** What a path is, in the policy's words; undefined when this user sees nothing there. Links are not followed. */
function statOf(world, file) {
  const stat = lstatOf(world, file);
  if (!stat) return undefined;
  return { type: stat.isFile() ? "file" : "other", size: stat.size, mtime_ns: stat.mtimeNs, inode: stat.ino };
}

const memoPath = (file) => fill(POLICY.rules.memo, { name: file });

// A pipe in its place would hold the start up for ever.
function readMemo(world, file) {
  try {
    if (statOf(world, memoPath(file)).type !== "file") return undefined;
    return memoOf(world.fs.readFileSync(memoPath(file), "utf8"));
  } catch {
    return undefined;
  }
}

// `memo` is of the file as it was when its bytes were read or written. Without one they are read again at the next
// start: nothing worse.
function writeMemo(world, file, memo) {
  try {
    const text = memoText(memo);
    putInPlace(world, memoPath(file), (temporary) => world.fs.writeFileSync(temporary, text, { flag: "wx" }));
  } catch {
    // Another user's cache, or a full disk.
  }
}

// Threads share a process id and a millisecond.
function temporaryName(world, target) {
  const own = Math.random().toString(36).slice(2);
  return `${fill(POLICY.rules.temporary, { target, pid: world.pid, ms: world.now() })}.${own}`;
}

// Windows lets nobody replace a library that is loaded, but rename it. A later start removes what is left.
function replace(world, temporary, file) {
  try {
    world.fs.renameSync(temporary, file);
  } catch (error) {
    if (world.platform !== "win32") throw error;
    world.fs.renameSync(file, temporaryName(world, file));
    world.fs.renameSync(temporary, file);
  }
}

/** Lets `write` make a temporary file and gives it its name, or leaves nothing. Returns what the file is. */
function putInPlace(world, file, write) {
  const temporary = temporaryName(world, file);
  try {
    write(temporary);
    const stat = statOf(world, temporary);
    replace(world, temporary, file);
    return stat;
  } catch (error) {
    world.fs.rmSync(temporary, { force: true });
    throw error;
  }
}

// Where none can be made node says of several that the last one's parent is missing; the first one alone tells why.
function makeFolders(world, folder) {
  try {
    world.fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    const parent = path.dirname(folder);
    if (!world.fs.existsSync(parent)) makeFolders(world, parent);
    world.fs.mkdirSync(folder);
  }
}

/** Makes the folder, and touches it, so that a clean-up of another version lets it be. */
function prepareFolder(world, folder) {
  if (!folder) throw new Error(say("no_folder", { variable: POLICY.variables.folder }));
  makeFolders(world, folder);
  const seconds = world.now() / 1000;
  try {
    world.fs.utimesSync(folder, seconds, seconds);
  } catch {
    // Another user's folder: its files can be used all the same.
  }
}
