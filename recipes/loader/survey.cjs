// ---- What a load starts from: manifest, mode, variant, file names, folders.

// The folder of the npm package that holds this platform's files; undefined when it is not installed.
function leafFolder(world) {
  try {
    return path.dirname(createRequire(world.url).resolve(`${leafOf(world)}/package.json`));
  } catch {
    return undefined;
  }
}

// False also for what this user may not see.
function isFolder(world, folder) {
  try {
    return world.fs.statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function manifestOf(world, state, folder) {
  try {
    return world.manifest(folder) || null;
  } catch (error) {
    return record(state, say("embedded_manifest", { error: error.message })) || null;
  }
}

function decideVariant(world) {
  const verdict = variantOf({ arch: world.arch, env: world.env, level: () => detectLevel(world) });
  if (verdict.export) world.handDown(POLICY.variables.cache, verdict.export);
  return verdict.variant;
}

/** @returns the state of this load; `attempts` fills with what went wrong */
function survey(world) {
  const { platform, arch } = world;
  const native = path.dirname(fileURLToPath(world.url));
  const state = { platform, arch, tag: tagOf(world), native, env: world.env, url: world.url, attempts: [] };
  state.manifest = manifestOf(world, state, native);
  state.mode = modeOf(state);
  state.variant = decideVariant(world);
  state.names = filenames(state);
  const leaf = state.mode === "install" || state.mode === "staged" ? leafFolder(world) : undefined;
  state.folders = foldersOf({ ...world, native, leaf, exists: (folder) => isFolder(world, folder) });
  state.versioned = state.folders.versioned;
  return state;
}
