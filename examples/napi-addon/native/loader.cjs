// Written by `pienv loader`: changes are lost. Run it again after a change of the version, of pienv.lua, or of pienv;
// `pienv loader --check` tells whether that is due.
"use strict";

const { createRequire } = require("node:module");
const { fileURLToPath, pathToFileURL } = require("node:url");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

// A compiler may put a value in this place: bun build --define 'process.env.ACME_TEXT_COMPILED="true"'.
const COMPILED = process.env.ACME_TEXT_COMPILED;

// Bun and its bundler find the manifest by this name; node never comes here.
function requireManifest() {
  try {
    return require("./embedded-addon.js").embeddedAddon;
  } catch (error) {
    if (error.message.includes("./embedded-addon.js")) return null; // there is none
    throw error;
  }
}

const POLICY = {
  "addon": "acme_text",
  "app": "acme-text",
  "commands": {
    "build": "npm run build",
    "download": "",
    "install": "npm install @acme/text"
  },
  "cpu": {
    "darwin": [
      "",
      "cx16 lahf popcnt sse3 sse4.1 sse4.2 ssse3",
      "avx1.0 avx2 bmi1 bmi2 f16c fma lzcnt movbe osxsave",
      "avx512bw avx512cd avx512dq avx512f avx512vl"
    ],
    "linux": [
      "",
      "cx16 lahf_lm pni popcnt sse4_1 sse4_2 ssse3",
      "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave",
      "avx512bw avx512cd avx512dq avx512f avx512vl"
    ],
    "win32": [
      "",
      "cx16 sse3 sse4_1 sse4_2 ssse3",
      "avx avx2 bmi2"
    ]
  },
  "forms": {
    "absent": "there is no such file",
    "ask": "If you need support for this platform, please open an issue.",
    "attempt": "- {path}: {error}",
    "build": "If developing locally, build with: {command}",
    "debug": "[startup] native:{what}",
    "download": "  curl -fsSL \"{url}\" -o \"{path}\"",
    "embedded_archive": "embedded addon archive ({archive}): {error}",
    "embedded_folder": "embedded addon dir: {error}",
    "embedded_manifest": "embedded addon manifest: {error}",
    "embedded_missing": "embedded addon archive ({archive}): missing {name}",
    "embedded_no_path": "embedded addon metadata missing file path for {name}",
    "embedded_write": "embedded addon write ({name}): {error}",
    "entries_missing": "Embedded addon archive missing: {names}",
    "entry_digest": "Embedded addon digest mismatch for {name}: expected {expected}, got {got}",
    "entry_size": "Embedded addon size mismatch for {name}: expected {expected}, got {got}",
    "entry_type": "Unsupported embedded addon archive entry type {type}: {name}",
    "extract": "  {path}",
    "extracts": "The compiled binary should extract one of:",
    "failed": "Failed to load {addon} native addon for {label}.",
    "missing": "If missing, delete {versioned} and re-run.",
    "missing_download": "If missing, delete {versioned} and re-run, or download manually:",
    "no_folder": "neither a home folder nor {variable} says where it goes",
    "octal": "Invalid tar octal value: {value}",
    "other_version": "{path} is of another version than {version}; reinstall to re-sync",
    "reinstall": "If installed via npm/bun, try reinstalling: {command}",
    "resident": "Loaded {path} but it does not expose the {package}@{version} version sentinel (`{sentinel}`). This process still holds `{resident}` in memory, while the .node file on disk is the right one — restart {app} to pick up {version} (reinstalling changes nothing).",
    "set_folder": "Set {variable} to an absolute path: the compiled binary extracts its addon below it.",
    "staged_copy": "staged addon copy ({name}): {error}",
    "staged_folder": "staged addon dir: {error}",
    "stale": "Loaded {path} but it does not expose the {package}@{version} version sentinel (`{sentinel}`). The .node file on disk is from a different release than this loader — reinstall to re-sync.",
    "stub": "{name} is missing: the loaded addon is of another release than {package}@{version} — reinstall to re-sync.",
    "supported": "Supported platforms: {tags}",
    "tried": "Tried:",
    "truncated_entry": "Truncated embedded addon archive entry: {name}",
    "unsafe_entry": "Unsafe embedded addon archive entry: {name}",
    "unsafe_name": "Unsafe embedded addon filename: {name}",
    "unsupported": "Unsupported platform: {tag}",
    "variants": "Optional x64 variants: TARGET_VARIANT={variants} {command}"
  },
  "hook": "",
  "manifest": "embedded-addon",
  "package": "@acme/text",
  "rules": {
    "checked": {
      "compiled": true,
      "install": true,
      "staged": true,
      "workspace": false
    },
    "compiled": [
      "manifest",
      "variable",
      "url"
    ],
    "compiled_urls": [
      "$bunfs",
      "~BUN",
      "%7EBUN"
    ],
    "memo": "{name}.sum",
    "mode": "0755",
    "modules_folder": "node_modules",
    "natives": [
      {
        "path": true,
        "variable": "folder"
      },
      {
        "env": "XDG_DATA_HOME",
        "join": [
          "{app}",
          "natives"
        ],
        "needs": [
          "{app}"
        ]
      },
      {
        "home": true,
        "join": [
          ".{app}",
          "natives"
        ]
      }
    ],
    "off": [
      "0",
      "off",
      "false",
      "no"
    ],
    "order": {
      "compiled": [
        [
          "versioned",
          "user"
        ],
        [
          "native",
          "exec"
        ]
      ],
      "install": [
        [
          "leaf"
        ],
        [
          "native",
          "exec"
        ]
      ],
      "staged": [
        [
          "versioned"
        ],
        [
          "leaf"
        ],
        [
          "native",
          "exec"
        ]
      ],
      "workspace": [
        [
          "native",
          "exec"
        ]
      ]
    },
    "staged_platform": "win32",
    "stale_seconds": 600,
    "temporary": "{target}.tmp.{pid}.{ms}",
    "user": {
      "others": [
        {
          "home": true,
          "join": [
            ".local",
            "bin"
          ]
        }
      ],
      "win32": [
        {
          "env": "LOCALAPPDATA",
          "join": [
            "{app}"
          ]
        },
        {
          "home": true,
          "join": [
            "AppData",
            "Local",
            "{app}"
          ]
        }
      ]
    }
  },
  "sentinel": {
    "stem": "__acmeTextV",
    "wanted": "__acmeTextV1_0_0"
  },
  "steps": {
    "done": "loadNative:done",
    "extract": "extractEmbeddedAddon:start",
    "hook": "tokioRuntime:installed",
    "hook_failed": "tokioRuntime:failed:{error}",
    "require": "require:{name}",
    "start": "loadNative:start"
  },
  "tags": [
    "linux-x64",
    "linux-arm64",
    "darwin-x64",
    "darwin-arm64",
    "win32-x64",
    "win32-arm64"
  ],
  "targets": {
    "darwin-arm64": {
      "leaf": "@acme/text-darwin-arm64",
      "names": {
        "default": [
          "acme_text.darwin-arm64.node"
        ]
      }
    },
    "darwin-x64": {
      "leaf": "@acme/text-darwin-x64",
      "names": {
        "baseline": [
          "acme_text.darwin-x64-baseline.node",
          "acme_text.darwin-x64.node"
        ],
        "default": [
          "acme_text.darwin-x64.node"
        ],
        "modern": [
          "acme_text.darwin-x64-modern.node",
          "acme_text.darwin-x64-baseline.node",
          "acme_text.darwin-x64.node"
        ]
      }
    },
    "linux-arm64": {
      "leaf": "@acme/text-linux-arm64",
      "names": {
        "default": [
          "acme_text.linux-arm64.node"
        ]
      }
    },
    "linux-x64": {
      "leaf": "@acme/text-linux-x64",
      "names": {
        "baseline": [
          "acme_text.linux-x64-baseline.node",
          "acme_text.linux-x64.node"
        ],
        "default": [
          "acme_text.linux-x64.node"
        ],
        "modern": [
          "acme_text.linux-x64-modern.node",
          "acme_text.linux-x64-baseline.node",
          "acme_text.linux-x64.node"
        ]
      }
    },
    "win32-arm64": {
      "leaf": "@acme/text-win32-arm64",
      "names": {
        "default": [
          "acme_text.win32-arm64.node"
        ]
      }
    },
    "win32-x64": {
      "leaf": "@acme/text-win32-x64",
      "names": {
        "baseline": [
          "acme_text.win32-x64-baseline.node",
          "acme_text.win32-x64.node"
        ],
        "default": [
          "acme_text.win32-x64.node"
        ],
        "modern": [
          "acme_text.win32-x64-modern.node",
          "acme_text.win32-x64-baseline.node",
          "acme_text.win32-x64.node"
        ]
      }
    },
    "{platform}-x64": {
      "leaf": "@acme/text-{platform}-x64",
      "names": {
        "baseline": [
          "acme_text.{platform}-x64-baseline.node",
          "acme_text.{platform}-x64.node"
        ],
        "default": [
          "acme_text.{platform}-x64.node"
        ],
        "modern": [
          "acme_text.{platform}-x64-modern.node",
          "acme_text.{platform}-x64-baseline.node",
          "acme_text.{platform}-x64.node"
        ]
      }
    },
    "{platform}-{arch}": {
      "leaf": "@acme/text-{platform}-{arch}",
      "names": {
        "default": [
          "acme_text.{platform}-{arch}.node"
        ]
      }
    }
  },
  "variables": {
    "cache": "__ACME_TEXT_VARIANT_CACHE",
    "compiled": "ACME_TEXT_COMPILED",
    "debug": "ACME_TEXT_DEBUG",
    "folder": "ACME_TEXT_DIR",
    "staging": "ACME_TEXT_STAGING",
    "variant": "ACME_TEXT_VARIANT"
  },
  "variants": [
    {
      "level": 3,
      "name": "modern"
    },
    {
      "level": 2,
      "name": "baseline"
    }
  ],
  "version": "1.0.0",
  "win32_features": {
    "avx": 39,
    "avx2": 40,
    "bmi2": 60,
    "cx16": 14,
    "sse3": 13,
    "sse4_1": 37,
    "sse4_2": 38,
    "ssse3": 36
  }
};

// ---- Names of files, by the tables that the project's file name policy made.

/** "linux-x64" */
function tagOf({ platform, arch }) {
  return `${platform}-${arch}`;
}

/** What the policy has for a tag. For what is no supported one there are forms. */
function targetOf({ platform, arch }) {
  const { targets } = POLICY;
  const form = arch === "x64" ? "{platform}-x64" : "{platform}-{arch}";
  return targets[tagOf({ platform, arch })] || JSON.parse(fill(JSON.stringify(targets[form]), { platform, arch }));
}

/** The variant, every less demanding one, the plain name: a verdict for a lesser variant never tries a better file. */
function filenames({ platform, arch, variant }) {
  const { names } = targetOf({ platform, arch });
  return names[variant] || names.default;
}

/** The npm package that holds a target's files. */
function leafOf({ platform, arch }) {
  return targetOf({ platform, arch }).leaf;
}

/** A form with its places filled: "{name}" becomes values.name; a place without a value stays. */
function fill(form, values) {
  const known = (name) => values[name] !== undefined && values[name] !== null;
  return form.replace(/\{([A-Za-z0-9]+)\}/g, (place, name) => (known(name) ? String(values[name]) : place));
}

// ---- Which variant is loaded. The verdict is handed to workers and child processes.

const variants = () => POLICY.variants || [];
const isVariant = (word) => variants().some(({ name }) => name === word);

/** The best variant whose whole x86-64 level the CPU has; the least demanding one when it has none. */
function detectVariant(level) {
  const fitting = variants().find((variant) => variant.level <= level);
  return (fitting || variants()[variants().length - 1] || {}).name;
}

/** Which variant, who says so, what is to be handed down. A `level` that is a function is asked only if needed. */
function variantOf({ arch, env, level = 1 }) {
  const override = env[POLICY.variables.variant];
  const cache = env[POLICY.variables.cache];
  if (arch !== "x64") return { source: "non-x64" };
  if (isVariant(override)) return { variant: override, source: "override" };
  if (isVariant(cache)) return { variant: cache, source: "cache" };
  const variant = detectVariant(typeof level === "function" ? level() : level);
  return { variant, source: "detect", export: variant };
}

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** The variants from this one on, the most demanding first; none of an unknown one. */
function variantsFrom(variant) {
  const at = variants().findIndex(({ name }) => name === variant);
  return at < 0 ? [] : variants().slice(at).map(({ name }) => name);
}

/** The highest x86-64 level all of whose features are among the words. */
function levelOf({ platform, words }) {
  const levels = POLICY.cpu[platform] || [];
  const has = new Set(words);
  const lacking = levels.findIndex((features) => wordsOf(features).some((feature) => !has.has(feature)));
  return Math.max(lacking < 0 ? levels.length : lacking, 1);
}

// ---- Paths by the rules of a platform, which in a test is another than this one.

const pathsOf = (platform) => (platform === "win32" ? path.win32 : path.posix);

// As the policy joins: without a separator at the end, unless that is all there is.
function join(platform, ...parts) {
  const { join: joined, parse, sep } = pathsOf(platform);
  const name = joined(...parts);
  return name.endsWith(sep) && parse(name).root !== name ? name.slice(0, -1) : name;
}

/** Whether a path means the same from every folder: "C:\x" and "\\server\share" do, "\x" and "C:x" do not. */
function isAbsolute({ platform, path: name }) {
  if (platform !== "win32") return name.startsWith("/");
  return /^([A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/]+[^\\/])/.test(name);
}

/** By what two paths of one file are the same text: Windows ignores the case, and which slash it is. */
function pathKey({ platform, path: name }) {
  return platform === "win32" ? name.replace(/\//g, "\\").toLowerCase() : name;
}

/** Whether a folder of that name is on the path; on Windows in whatever case. */
function onPath({ platform, path: name, folder }) {
  const text = `${name.replace(/\\/g, "/")}/`;
  const wanted = `/${folder}/`;
  return platform === "win32" ? text.toLowerCase().includes(wanted.toLowerCase()) : text.includes(wanted);
}

// ---- Where addons are looked for: the mode of the load, the folders, the candidates in their order.

const compiledSignals = {
  manifest: ({ manifest }) => Boolean(manifest),
  variable: ({ env }) => Boolean(env[POLICY.variables.compiled]),
  url: ({ url }) => POLICY.rules.compiled_urls.some((mark) => (url || "").includes(mark)),
};

const isOff = (value) => POLICY.rules.off.includes((value || "").toLowerCase());

/** "compiled", "workspace", "install", or "staged": an install whose files are copied before they are loaded. */
function modeOf(input) {
  const { rules, variables } = POLICY;
  if (rules.compiled.some((signal) => compiledSignals[signal](input))) return "compiled";
  if (!onPath({ platform: input.platform, path: input.native, folder: rules.modules_folder })) return "workspace";
  return input.platform === rules.staged_platform && !isOff(input.env[variables.staging]) ? "staged" : "install";
}

// A variable's path: trimmed, "~" is the home folder, a relative or empty one counts as unset.
function givenPath({ platform, home }, value) {
  const text = (value || "").trim();
  const named = /^~(?:$|[/\\])/.test(text) ? join(platform, home, text.slice(2)) : text;
  return isAbsolute({ platform, path: named }) ? named : undefined;
}

function baseOf(row, input) {
  if (row.home) return isAbsolute({ platform: input.platform, path: input.home }) ? input.home : undefined;
  const value = input.env[row.env || POLICY.variables[row.variable]];
  return row.path ? givenPath(input, value) : value || undefined;
}

// The first row that gives a folder.
function firstOf(rows, input) {
  const joined = (base, parts) => join(input.platform, base, ...parts.map((part) => fill(part, { app: POLICY.app })));
  for (const row of rows) {
    const base = baseOf(row, input);
    if (base && (!row.needs || input.exists(joined(base, row.needs)))) return joined(base, row.join || []);
  }
  return undefined;
}

/** The folders, by the words of the orders. `natives` holds one for each version; without a home there may be none. */
function foldersOf(input) {
  const { rules } = POLICY;
  const natives = firstOf(rules.natives, input);
  return {
    natives,
    versioned: natives && join(input.platform, natives, POLICY.version),
    user: firstOf(rules.user[input.platform] || rules.user.others, input),
    native: input.native,
    exec: join(input.platform, input.executable, ".."),
    leaf: input.leaf,
  };
}

// Every place of a mode, in its order.
function* placesOf({ mode, platform, folders, names }) {
  for (const group of POLICY.rules.order[mode]) {
    for (const name of names) {
      for (const folder of group) {
        if (folders[folder]) yield { path: join(platform, folders[folder], name), name, folder };
      }
    }
  }
}

/** Which files are tried, each once. What was extracted or staged goes first. */
function candidatesOf(input) {
  const places = new Map();
  for (const place of [...(input.first ? [input.first] : []), ...placesOf(input)]) {
    const key = pathKey({ platform: input.platform, path: place.path });
    if (!places.has(key)) places.set(key, place);
  }
  return [...places.values()];
}

// ---- Which file of the archive is extracted, and whether it has to be. Files in the cache have a memo beside them:
// their digest, and size, time and inode by which they are known again without being read.

/** The file to extract, or the reason why there is none. */
function chooseEmbedded({ mode, manifest, tag, variant }) {
  if (mode !== "compiled") return { reason: "the program is not compiled" };
  if (!manifest) return { reason: "nothing is embedded" };
  if (manifest.platformTag !== tag) return { reason: `what is embedded is for ${manifest.platformTag}` };
  if (manifest.version !== POLICY.version) {
    return { reason: `what is embedded is of version ${manifest.version}, not ${POLICY.version}` };
  }
  const file = suitable(manifest.files, variant);
  return file ? { file } : { reason: `nothing embedded is for ${variant || tag}` };
}

// The chosen variant, else one that asks less of the CPU.
function suitable(files, variant) {
  const of = (word) => files.find((file) => file.variant === word);
  return variant ? variantsFrom(variant).map(of).find(Boolean) : of("default") || files[0];
}

/** Whether a name can only mean a file in the folder that it is extracted to. */
function isSafe(name) {
  return typeof name === "string" && name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

const facts = ({ size, mtime_ns, inode }) => `${size} ${mtime_ns} ${inode}`;
const sameFile = (noted, stat) => facts(noted) === facts(stat);

function memoText({ sha256, file, source }) {
  return `${sha256} ${facts(file)}${source ? ` ${facts(source)}` : ""}\n`;
}

/** undefined for what is no memo: then it is as if nothing had been written. */
function memoOf(text) {
  if (!/^[0-9a-f]{64}( \d+){3}(( \d+){3})?\n$/.test(text)) return undefined;
  const [sha256, ...numbers] = text.trim().split(" ");
  const stat = ([size, mtime_ns, inode]) => ({ size, mtime_ns, inode });
  return { sha256, file: stat(numbers), source: numbers.length > 3 ? stat(numbers.slice(3)) : undefined };
}

/** "fresh", "stale", or "compare": it is fresh if it has the digest. */
function freshnessOf({ file, stat, memo }) {
  if (!stat || stat.type !== "file") return "stale";
  if (file.size !== undefined && String(file.size) !== String(stat.size)) return "stale";
  if (!file.sha256) return "fresh";
  return memo && memo.sha256 === file.sha256 && sameFile(memo.file, stat) ? "fresh" : "compare";
}

// ---- Whether an addon of node_modules is copied before it is loaded: Windows cannot replace a loaded file.

/** What is to be done: none, keep, refuse, copy; `identify` and `compare` ask for a field, then this is asked again. */
function stagingOf({ source, staged, memo, of_version, same }) {
  const isFile = (stat) => Boolean(stat) && stat.type === "file";
  if (!isFile(source)) return "none";
  if (staged && memo && memo.source && sameFile(memo.file, staged) && sameFile(memo.source, source)) return "keep";
  if (of_version === undefined) return "identify";
  if (!of_version) return "refuse";
  if (!isFile(staged) || String(staged.size) !== String(source.size)) return "copy";
  if (same === undefined) return "compare";
  return same ? "keep" : "copy";
}

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

// ---- What a user is told when no addon could be loaded.

const say = (form, values = {}) => fill(POLICY.forms[form], values);

function compiledHelp({ platform, tag, names, versioned }) {
  if (!versioned) return [say("set_folder", { variable: POLICY.variables.folder })];
  const rows = names.map((name) => ({ name, path: join(platform, versioned, name) }));
  const extracts = [say("extracts"), ...rows.map((row) => say("extract", row))];
  if (POLICY.commands.download === "") return [...extracts, say("missing", { versioned })];
  const url = (name) => fill(POLICY.commands.download, { version: POLICY.version, tag, name });
  const downloads = rows.map((row) => say("download", { url: url(row.name), path: row.path }));
  return [...extracts, say("missing_download", { versioned }), ...downloads];
}

function installHelp() {
  const { install, build } = POLICY.commands;
  const lines = [say("reinstall", { command: install }), say("build", { command: build })];
  const byLevel = [...variants()].sort((a, b) => a.level - b.level || (a.name < b.name ? -1 : 1));
  const words = byLevel.map(({ name }) => name);
  if (words.length > 0) lines.push(say("variants", { variants: words.join("|"), command: build }));
  return lines;
}

/** The whole text of a load that failed. */
function failureText({ platform, arch, variant, mode, names, versioned, attempts }) {
  const tag = tagOf({ platform, arch });
  if (!POLICY.tags.includes(tag)) {
    return [say("unsupported", { tag }), say("supported", { tags: POLICY.tags.join(", ") }), say("ask")].join("\n");
  }
  const label = tag + (variant ? ` (${variant})` : "");
  const rows = attempts.map((one) => (one.path ? say("attempt", one) : `- ${one.error}`));
  const help = mode === "compiled" ? compiledHelp({ platform, tag, names, versioned }) : installHelp();
  return [say("failed", { addon: POLICY.addon, label }), "", say("tried"), ...rows, "", ...help].join("\n");
}

/** What is wrong with an addon of another version. */
function versionText({ verdict, path: file, resident }) {
  const { package: name, version, app } = POLICY;
  const values = { path: file, package: name, version, sentinel: POLICY.sentinel.wanted, resident, app };
  return say(verdict === "restart" ? "resident" : "stale", values);
}

// ---- What the CPU has, as the system tells it. What cannot be asked is a CPU without anything.
//
// A program under emulation may see the features of the machine below it in /proc/cpuinfo. There the mark in a file,
// which the dynamic linker compares with the emulated CPU, decides: it refuses the file, and the next one is tried.

function linuxWords(world) {
  const flags = /^flags\s*:(.*)$/m.exec(world.fs.readFileSync("/proc/cpuinfo", "latin1"));
  return flags ? wordsOf(flags[1]) : [];
}

// Standard output of a program; "" when it cannot be started or does not end in time. Never opens a window.
function outputOf(world, program, args, timeout) {
  const options = { encoding: "utf8", timeout, windowsHide: true, stdio: ["ignore", "pipe", "ignore"] };
  const done = world.spawn(program, args, options);
  return done.error ? "" : done.stdout || "";
}

function darwinWords(world) {
  const args = ["-n", "machdep.cpu.features", "machdep.cpu.leaf7_features", "machdep.cpu.extfeatures"];
  return wordsOf(outputOf(world, "/usr/sbin/sysctl", args, 2000) || outputOf(world, "sysctl", args, 2000));
}

const FEATURE = "IsProcessorFeaturePresent";

// kernel32 in Bun's own process, in less than a millisecond.
function bunWords(world) {
  const kernel32 = world.ffi().dlopen("kernel32.dll", { [FEATURE]: { args: ["u32"], returns: "i32" } });
  const asked = Object.entries(POLICY.win32_features);
  return asked.filter(([, number]) => kernel32.symbols[FEATURE](number) !== 0).map(([name]) => name);
}

// The PowerShell of every Windows has no class that tells, so it calls kernel32 too.
function powershellScript() {
  const declaration = `[DllImport("kernel32.dll")] public static extern bool ${FEATURE}(uint feature);`;
  const asked = Object.entries(POLICY.win32_features);
  const lines = asked.map(([name, number]) => `if ($cpu::${FEATURE}(${number})) { '${name}' }`);
  const type = `$cpu = Add-Type -PassThru -Namespace Pienv -Name Cpu -MemberDefinition '${declaration}'`;
  return [type, ...lines].join("; ");
}

function win32Words(world) {
  if (world.ffi) return bunWords(world);
  const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", powershellScript()];
  return wordsOf(outputOf(world, "powershell.exe", args, 4000));
}

/** x86-64 level of this machine, 1 to 4. */
function detectLevel(world) {
  const ask = { linux: linuxWords, darwin: darwinWords, win32: win32Words }[world.platform];
  try {
    return ask ? levelOf({ platform: world.platform, words: ask(world) }) : 1;
  } catch {
    return 1;
  }
}

// ---- The archive of embedded addons: gzip, and in it a tar of regular files with short names.

const BLOCK = 512;
const END_OF_ARCHIVE = 20 * BLOCK;
const padded = (size) => Math.ceil(size / BLOCK) * BLOCK;
const textAt = (header, from, to) => header.subarray(from, to).toString("latin1").replace(/\0.*$/s, "");

function octal(field) {
  const digits = field.trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error(say("octal", { value: JSON.stringify(field) }));
  return parseInt(digits, 8);
}

// A prefix makes a slash, which no safe name has.
function readHeader(header) {
  const prefix = textAt(header, 345, 500);
  const name = (prefix ? `${prefix}/` : "") + textAt(header, 0, 100);
  if (!isSafe(name)) throw new Error(say("unsafe_entry", { name }));
  const type = String.fromCharCode(header[156]);
  if (type !== "0" && type !== "\0") throw new Error(say("entry_type", { type, name }));
  return { name, size: octal(textAt(header, 124, 136)) };
}

/** Bytes of pieces ({ size, bytes() }) in their order; a piece that is passed over as a whole is not unpacked. */
function cursorOf(pieces) {
  let [piece, at] = [{ size: 0 }, 0];
  const isAtEnd = () => {
    for (let next; at === piece.size; [piece, at] = [next.value, 0]) if ((next = pieces.next()).done) return true;
    return false;
  };
  // The size of what of the next `most` bytes is in the present piece; 0 at the end.
  const step = (most) => {
    const size = isAtEnd() ? 0 : Math.min(most, piece.size - at);
    at += size;
    return size;
  };
  return {
    take(most) {
      const size = step(most);
      return size === 0 ? Buffer.alloc(0) : piece.bytes().subarray(at - size, at);
    },
    skip(left) {
      for (let size = 1; left > 0 && size > 0; left -= size) size = step(left);
      return left === 0;
    },
  };
}

// Bytes of this number, or what is left; they stay valid.
function takeBlock(cursor, size) {
  const block = Buffer.alloc(size);
  let at = 0;
  for (let part; at < size && (part = cursor.take(size - at)).length > 0; at += part.length) part.copy(block, at);
  return block.subarray(0, at);
}

function* partsOf(cursor, { name, size }) {
  for (let left = size, part; left > 0; left -= part.length) {
    part = cursor.take(left);
    if (part.length === 0) throw new Error(say("truncated_entry", { name }));
    yield part;
  }
}

/** One file of a tar: its size, and its bytes in parts; undefined when none is before the first block of zeros. */
function findEntry(pieces, wanted) {
  const cursor = cursorOf(pieces);
  for (;;) {
    const header = takeBlock(cursor, BLOCK);
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return undefined;
    const { name, size } = readHeader(header);
    if (name === wanted) return { name, size, parts: partsOf(cursor, { name, size }) };
    if (!cursor.skip(size)) throw new Error(say("truncated_entry", { name }));
    cursor.skip(padded(size) - size);
  }
}

// No more is unpacked than the manifest's files and the end of an archive take.
const unpackedLimit = (files) => files.reduce((sum, { size }) => sum + BLOCK + padded(size), 2 * END_OF_ARCHIVE);

/** All of an archive as one piece. */
function* wholeOf(world, manifest) {
  const packed = world.fs.readFileSync(manifest.archive.filePath);
  const limit = unpackedLimit(manifest.files);
  const tar = world.gunzip(packed, { maxOutputLength: limit, chunkSize: limit + BLOCK });
  yield { size: tar.length, bytes: () => tar };
}

// ---- One piece of an archive, unpacked; the second thread has this part, too.

const [PIECE_HEADER, PIECE_TRAILER] = [24, 8];

// Two thirds of the time that zlib takes.
function unpackByBun(piece) {
  const { buffer, byteOffset, length } = globalThis.Bun.gunzipSync(piece, { library: "libdeflate" });
  return Buffer.from(buffer, byteOffset, length);
}

// Without the header no time is spent on a checksum: the digest of the file proves more. What is larger than was told
// needs a second chunk, and is refused.
const unpackByZlib = (piece, size) =>
  require("node:zlib").inflateRawSync(piece.subarray(PIECE_HEADER, -PIECE_TRAILER), {
    maxOutputLength: size,
    chunkSize: size + 512,
  });

/** A piece of this unpacked size; the bytes are good until they are released. */
function unpackPiece(piece, size) {
  const bytes = process.versions.bun ? unpackByBun(piece) : unpackByZlib(piece, size);
  if (bytes.length !== size) throw new Error("a piece of another size");
  return bytes;
}

let nowhere;

// Nobody collects in time what lies outside of the heap. What is sent to a port that is closed is given back at once,
// and the next piece gets the same memory: that takes half of the memory, and a quarter of the page faults.
function release(bytes) {
  if (!nowhere) (nowhere = new (require("node:worker_threads").MessageChannel)().port1).close();
  try {
    nowhere.postMessage(null, [bytes.buffer]);
  } catch {
    // A small one shares its memory with others.
  }
}

// ---- An archive as `pienv embed` packs it, piece by piece: gzip members that tell their sizes in an extra field, so
// that those before the wanted file are neither read nor unpacked. What comes out is believed for its digest only;
// whatever is packed in another way, or damaged, is an error here and left to the way that takes everything at once.

const MOST_UNPACKED = 4 << 20;
const MOST_PACKED = MOST_UNPACKED + (MOST_UNPACKED >> 3); // nothing is packed to more

/** The packed bytes: `read(at, size)` gives those that there are, valid until the next call. */
function openPacked(world, file) {
  let fd;
  try {
    fd = world.fs.openSync(file, "r");
  } catch {
    const bytes = world.fs.readFileSync(file); // what a program has inside of it Bun reads, but does not open
    return { read: (at, size) => bytes.subarray(at, at + size), close() {} };
  }
  const buffer = Buffer.allocUnsafe(MOST_PACKED);
  const read = (at, size) => {
    let all = 0;
    for (let got = 1; got > 0 && all < size; all += got) got = world.fs.readSync(fd, buffer, all, size - all, at + all);
    return buffer.subarray(0, all);
  };
  return { read, close: () => world.fs.closeSync(fd) };
}

// Both sizes of the piece that this header begins, in bytes.
function readSizes(header) {
  const isPiece = header.toString("hex", 0, 4) === "1f8b0804" && header.toString("hex", 10, 16) === "0c0050490800";
  const [packed, size] = isPiece && header.length === PIECE_HEADER ? [16, 20].map((at) => header.readUInt32LE(at)) : [];
  if (!(packed > PIECE_HEADER + PIECE_TRAILER && packed <= MOST_PACKED && size > 0 && size <= MOST_UNPACKED)) {
    throw new Error("not packed in pieces");
  }
  return { packed, size };
}

/** The piece that begins here, `size` bytes when unpacked; undefined at the end. */
function pieceAt({ read }, at) {
  const header = read(at, PIECE_HEADER);
  return header.length > 0 ? { at, ...readSizes(header) } : undefined;
}

/** The pieces in their order: `size` unpacked, and `bytes()`, which unpacks; valid until the next one is asked for. */
function* piecesOf(packed, { unpack }) {
  for (let piece, at = 0; (piece = pieceAt(packed, at)); at += piece.packed) {
    let unpacked;
    yield { size: piece.size, bytes: () => (unpacked || (unpacked = unpack(piece))).bytes };
    if (unpacked) unpacked.release();
  }
}

// ---- Pieces unpacked ahead: a second thread does it for a large file, while the first one digests and writes. What it
// was not quick enough for, or failed at, the first one unpacks itself: nothing depends on it.

const SLOTS = 2;
const STATES = { free: 0, given: 1, taken: 2, done: 3, failed: 4, stop: -1 };
const WORTH_A_THREAD = 16 << 20; // bytes: its start takes as long as to unpack so many
const MOST_WAITED = 1000; // ms; a piece takes about 5
const THREAD = `// ---- One piece of an archive, unpacked; the second thread has this part, too.

const [PIECE_HEADER, PIECE_TRAILER] = [24, 8];

// Two thirds of the time that zlib takes.
function unpackByBun(piece) {
  const { buffer, byteOffset, length } = globalThis.Bun.gunzipSync(piece, { library: "libdeflate" });
  return Buffer.from(buffer, byteOffset, length);
}

// Without the header no time is spent on a checksum: the digest of the file proves more. What is larger than was told
// needs a second chunk, and is refused.
const unpackByZlib = (piece, size) =>
  require("node:zlib").inflateRawSync(piece.subarray(PIECE_HEADER, -PIECE_TRAILER), {
    maxOutputLength: size,
    chunkSize: size + 512,
  });

/** A piece of this unpacked size; the bytes are good until they are released. */
function unpackPiece(piece, size) {
  const bytes = process.versions.bun ? unpackByBun(piece) : unpackByZlib(piece, size);
  if (bytes.length !== size) throw new Error("a piece of another size");
  return bytes;
}

let nowhere;

// Nobody collects in time what lies outside of the heap. What is sent to a port that is closed is given back at once,
// and the next piece gets the same memory: that takes half of the memory, and a quarter of the page faults.
function release(bytes) {
  if (!nowhere) (nowhere = new (require("node:worker_threads").MessageChannel)().port1).close();
  try {
    nowhere.postMessage(null, [bytes.buffer]);
  } catch {
    // A small one shares its memory with others.
  }
}

// ---- The second thread: unpacks what the first one has put into the slots (recipes/loader/ahead.cjs).

const { bell, slots, states } = require("node:worker_threads").workerData;

function unpackInto({ words, packed, unpacked }) {
  const bytes = unpackPiece(Buffer.from(packed.buffer, packed.byteOffset, words[1]), words[2]);
  unpacked.set(bytes);
  release(bytes);
}

function serve(slot) {
  if (Atomics.compareExchange(slot.words, 0, states.given, states.taken) !== states.given) return;
  let state = states.done;
  try {
    unpackInto(slot);
  } catch {
    state = states.failed; // the first thread tries it once more, and tells the error
  }
  Atomics.store(slot.words, 0, state);
  Atomics.notify(slot.words, 0);
}

for (let rung; (rung = Atomics.load(bell, 0)) !== states.stop; Atomics.wait(bell, 0, rung)) slots.forEach(serve);
`;

// `words`: the state, and the sizes of the piece, packed and unpacked. `at` is known to the first thread only.
function newSlot() {
  const memory = new SharedArrayBuffer(12 + MOST_PACKED + MOST_UNPACKED);
  return {
    words: new Int32Array(memory, 0, 3),
    packed: new Uint8Array(memory, 12, MOST_PACKED),
    unpacked: new Uint8Array(memory, 12 + MOST_PACKED),
  };
}

// None for a small file, where there is one processor only, and where threads are not allowed.
function startSecond(world, size) {
  try {
    if (!(size >= WORTH_A_THREAD && world.processors() > 1)) return undefined;
    const bell = new Int32Array(new SharedArrayBuffer(4));
    const slots = Array.from({ length: SLOTS }, newSlot);
    world.startThread(THREAD, { bell, slots, states: STATES });
    return { bell, slots };
  } catch {
    return undefined;
  }
}

function ring({ bell }, change) {
  change(bell);
  Atomics.notify(bell, 0);
}

// False when no slot is free.
function give(second, { at, packed, size }, bytes) {
  const slot = second.slots.find(({ words }) => Atomics.load(words, 0) === STATES.free);
  if (!slot) return false;
  slot.packed.set(bytes);
  slot.words.set([packed, size], 1);
  slot.at = at;
  Atomics.store(slot.words, 0, STATES.given);
  ring(second, (bell) => Atomics.add(bell, 0, 1));
  return true;
}

// The bytes, until the slot is freed; undefined when they are not there, nor will be.
function collect({ words, unpacked }) {
  if (Atomics.compareExchange(words, 0, STATES.given, STATES.free) === STATES.given) return undefined; // not begun yet
  Atomics.wait(words, 0, STATES.taken, MOST_WAITED);
  if (Atomics.load(words, 0) !== STATES.done) return undefined; // nor is the slot used again
  return Buffer.from(unpacked.buffer, unpacked.byteOffset, words[2]);
}

function giveFrom(second, packed, at) {
  const isGiven = (piece) => second.slots.some((slot) => slot.at === piece.at);
  for (let i = 0, piece; i < SLOTS && (piece = pieceAt(packed, at)); i++, at += piece.packed) {
    if (!isGiven(piece) && !give(second, piece, packed.read(at, piece.packed))) return;
  }
}

/** Unpacks pieces for a file of this size: `unpack` returns the bytes, and what releases them. */
function openUnpacker(world, packed, size) {
  const second = startSecond(world, size);
  let end; // of the last piece: only where it goes on and on is anything unpacked ahead
  return {
    unpack(piece) {
      const isNext = piece.at === end;
      end = piece.at + piece.packed;
      if (second && isNext) giveFrom(second, packed, end);
      const slot = second && second.slots.find(({ at }) => at === piece.at);
      const ready = slot && collect(slot);
      if (ready) return { bytes: ready, release: () => Atomics.store(slot.words, 0, STATES.free) };
      const bytes = unpackPiece(packed.read(piece.at, piece.packed), piece.size);
      return { bytes, release: () => release(bytes) };
    },
    close() {
      if (second) ring(second, (bell) => Atomics.store(bell, 0, STATES.stop));
    },
  };
}

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
