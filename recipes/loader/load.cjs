// ---- Loading: everything above, in its order.

// Written at once, so that a hang leaves the last step visible.
function debug(world, step, values = {}) {
  if (!world.env[POLICY.variables.debug]) return;
  try {
    world.fs.writeSync(2, `${say("debug", { what: fill(POLICY.steps[step], values) })}\n`);
  } catch {
    // Nobody listens.
  }
}

/** Notes what went wrong for the final text; the search goes on. */
function record(state, error, file) {
  state.attempts.push({ path: file, error });
  return undefined;
}

// The system tells a file that is not there and one that it cannot use in the same words.
function open(world, file) {
  if (!world.fs.existsSync(file)) throw new Error(say("absent"));
  const target = { exports: {} };
  world.dlopen(target, file);
  return target.exports;
}

function attempt(world, state, place) {
  debug(world, "require", { name: place.path });
  try {
    const addon = open(world, place.path);
    const { verdict, resident } = judge(world, state, place.path, addon);
    if (verdict === "restart" || verdict === "reinstall") {
      return record(state, versionText({ verdict, path: place.path, resident }), place.path);
    }
    return verdict === "compatible" ? withStubs(addon) : addon;
  } catch (error) {
    return record(state, error.message, place.path);
  }
}

function callHook(world, addon) {
  if (POLICY.hook === "" || typeof addon[POLICY.hook] !== "function") return;
  try {
    addon[POLICY.hook]();
    debug(world, "hook");
  } catch (error) {
    debug(world, "hook_failed", { error: error.message });
  }
}

function loadFrom(world) {
  debug(world, "start");
  const state = survey(world);
  const first = extract(world, state) || stage(world, state);
  for (const place of candidatesOf({ ...state, first })) {
    const addon = attempt(world, state, place);
    if (!addon) continue;
    callHook(world, addon);
    if (first) cleanUp(world, state.folders);
    debug(world, "done");
    return addon;
  }
  throw new Error(failureText(state));
}
