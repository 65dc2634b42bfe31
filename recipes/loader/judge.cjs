// ---- The verdict on a file that was loaded.

const isWordByte = (byte) => byte !== undefined && /\w/.test(String.fromCharCode(byte));

/** Whether the text occurs in the bytes and is not the beginning of a longer word; the end counts as a boundary. */
function holdsWord(bytes, wanted) {
  const needle = Buffer.from(wanted);
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
    if (!isWordByte(bytes[at + needle.length])) return true;
  }
  return false;
}

function holdsSentinel(world, file) {
  const { wanted } = POLICY.sentinel;
  return wanted === "" || holdsWord(world.fs.readFileSync(file), wanted);
}

function onDisk(world, file) {
  try {
    return holdsSentinel(world, file);
  } catch {
    return false;
  }
}

/** What the policy says of an addon. Bytes of the file are read only when its exports do not tell. */
function judge(world, state, file, addon) {
  const exported = Object.fromEntries(Object.keys(addon).map((name) => [name, typeof addon[name]]));
  const input = { mode: state.mode, exports: exported };
  if (asksDisk(input)) input.on_disk = onDisk(world, file);
  return versionVerdict(input);
}

/** An addon of another release that fits: what it lacks is a function that says so when it is called. */
function withStubs(addon) {
  const known = ["then", POLICY.sentinel.wanted];
  const isMissing = (name) => typeof name === "string" && !(name in addon) && !known.includes(name);
  const stub = (name) => () => {
    throw new Error(say("stub", { name, package: POLICY.package, version: POLICY.version }));
  };
  return new Proxy(addon, { get: (target, name) => (isMissing(name) ? stub(name) : target[name]) });
}
