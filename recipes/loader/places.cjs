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
