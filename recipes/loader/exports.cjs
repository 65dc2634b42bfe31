// ---- What this module gives.

let loaded;

/** The addon's exports, loaded once in a thread. Options stand in for parts of the machine. */
function load(options = {}) {
  if (!loaded) loaded = loadFrom({ ...realWorld(), ...options });
  return loaded;
}

module.exports = {
  load,
  get nativeBindings() {
    return load();
  },
  policy: POLICY,
  /** The policy's answers, as functions of one argument: tests compare them with those of pienv. */
  rules: {
    tagOf,
    filenames,
    leafOf,
    variantOf,
    levelOf,
    isAbsolute,
    modeOf,
    foldersOf,
    candidatesOf,
    chooseEmbedded,
    isSafe,
    memoOf,
    memoText,
    freshnessOf,
    stagingOf,
    asksDisk,
    versionVerdict,
    isOlder,
    staleFolders,
    failureText,
    versionText,
  },
};
