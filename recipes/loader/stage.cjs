// ---- Staging: a copy of the addon in node_modules, in the cache folder of this version.

// What the policy asks for, one after the other, until it decides.
function decide(world, source, staged) {
  const known = { source: statOf(world, source), staged: statOf(world, staged), memo: readMemo(world, staged) };
  for (;;) {
    known.action = stagingOf(known);
    if (known.action === "identify") known.of_version = holdsSentinel(world, source);
    else if (known.action === "compare") compare(world, known, source, staged);
    else return known;
  }
}

function compare(world, known, source, staged) {
  known.sha256 = digestOfFile(world, source);
  known.same = known.sha256 === digestOfFile(world, staged);
}

// The bytes are read once, so that the memo is of what was written.
function copy(world, source, staged) {
  let sha256;
  const file = putInPlace(world, staged, (temporary) => {
    sha256 = writeParts(world, temporary, readParts(world, source));
  });
  return { sha256, file };
}

// True when the staged file can be loaded.
function stageOne(world, source, staged) {
  const known = decide(world, source, staged);
  const { action, sha256 } = known;
  if (action === "refuse") throw new Error(say("other_version", { path: source, version: POLICY.version }));
  const memo = action === "copy" ? copy(world, source, staged) : { sha256, file: known.staged };
  if (memo.sha256) writeMemo(world, staged, { ...memo, source: known.source });
  return action !== "none";
}

/** The place of the staged copy of the first file that is there; undefined when nothing is staged. */
function stage(world, state) {
  if (state.mode !== "staged") return undefined;
  const { versioned, leaf, native } = state.folders;
  try {
    prepareFolder(world, versioned);
  } catch (error) {
    return record(state, say("staged_folder", { error: error.message }));
  }
  for (const name of state.names) {
    const staged = path.join(versioned, name);
    try {
      if (stageOne(world, path.join(leaf || native, name), staged)) return { path: staged, name, folder: "staged" };
    } catch (error) {
      record(state, say("staged_copy", { name, error: error.message }));
    }
  }
  return undefined;
}
