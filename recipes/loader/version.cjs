// ---- Whether a loaded addon is of this loader's version, and which folders of other versions may go.

// The sentinel that an addon exports instead; of several the first by name.
function residentOf(exported) {
  const { wanted, stem } = POLICY.sentinel;
  const isOne = (key) => key.startsWith(stem) && key !== wanted && /^[A-Za-z0-9_]+$/.test(key.slice(stem.length));
  return stem === undefined ? undefined : Object.keys(exported).filter(isOne).sort()[0];
}

/** Whether the file's bytes have to be searched for the sentinel. `exports`: name = typeof. */
function asksDisk({ mode, exports: exported }) {
  const { wanted } = POLICY.sentinel;
  return POLICY.rules.checked[mode] && wanted !== "" && exported[wanted] !== "function";
}

/** "unchecked", "ok", "compatible": it may be used; "restart", "reinstall": it may not. */
function versionVerdict(input) {
  if (!POLICY.rules.checked[input.mode] || POLICY.sentinel.wanted === "") return { verdict: "unchecked" };
  if (!asksDisk(input)) return { verdict: "ok" };
  const resident = residentOf(input.exports);
  const abi = POLICY.minimal_abi || [];
  const hasAbi = abi.length > 0 && abi.every((name) => input.exports[name] !== undefined);
  if (!resident && !input.on_disk && hasAbi) return { verdict: "compatible" };
  return { verdict: resident && input.on_disk ? "restart" : "reinstall", resident };
}

// The numbers of a plain N.N.N; of the loader's own version also before "-" and "+".
function numbersOf(version, isOwn) {
  const found = (isOwn ? /^(\d+)\.(\d+)\.(\d+)(?![\d.])/ : /^(\d+)\.(\d+)\.(\d+)$/).exec(version);
  return found ? found.slice(1).map(BigInt) : undefined;
}

function isOlder(older, own) {
  const [a, b] = [numbersOf(older, false), numbersOf(own, true)];
  if (!a || !b) return false;
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && a[at] < b[at];
}

/** Names of the folders of strictly older plain versions that nobody prepared or touched for a while. */
function staleFolders({ now, entries }) {
  const isOld = ({ type, mtime }) => type === "directory" && now - mtime > POLICY.rules.stale_seconds;
  const stale = entries.filter((entry) => isOld(entry) && isOlder(entry.name, POLICY.version));
  return stale.map(({ name }) => name).sort();
}
