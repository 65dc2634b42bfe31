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

const processors = () => (os.availableParallelism ? os.availableParallelism() : os.cpus().length);

// Without the options of this one, which may ask for modules to be loaded first. It does not keep the program alive.
function startThread(text, workerData) {
  const { Worker } = require("node:worker_threads");
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };
  const worker = new Worker(text, { eval: true, execArgv: [], workerData, resourceLimits });
  worker.on("error", () => {}); // what it leaves the first one does
  worker.unref();
}

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
  processors,
  startThread,
  dlopen: (target, file) => process.dlopen(target, path.toNamespacedPath(file)),
});
