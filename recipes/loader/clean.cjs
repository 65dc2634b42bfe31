// ---- Clean-up of what older versions and starts that were killed left in the cache. Never fatal.

// Runs for each entry of a folder; what cannot be looked at or removed is left alone.
function eachEntry(world, folder, visit) {
  let names = [];
  try {
    names = world.fs.readdirSync(folder);
  } catch {
    // There is no such folder.
  }
  for (const name of names) {
    try {
      visit(name, path.join(folder, name));
    } catch {
      // Another start has removed it, or uses it.
    }
  }
}

function removeOlderVersions(world, folder, now) {
  const entries = [];
  eachEntry(world, folder, (name, file) => {
    const stat = world.fs.lstatSync(file);
    entries.push({ name, type: stat.isDirectory() ? "directory" : "file", mtime: stat.mtimeMs / 1000 });
  });
  const stale = new Set(staleFolders({ now, entries }));
  eachEntry(world, folder, (name, file) => {
    if (stale.has(name)) world.fs.rmSync(file, { recursive: true, force: true });
  });
}

// Temporary files, and libraries that were renamed away while they were loaded, tell by their name since when.
function removeLeftovers(world, folder, now) {
  eachEntry(world, folder, (name, file) => {
    const since = /\.tmp\.\d+\.(\d+)\.\w+$/.exec(name);
    if (since && now - Number(since[1]) / 1000 > POLICY.rules.stale_seconds) world.fs.rmSync(file, { force: true });
  });
}

function cleanUp(world, { natives, versioned }) {
  const now = world.now() / 1000;
  removeOlderVersions(world, natives, now);
  removeLeftovers(world, versioned, now);
}
