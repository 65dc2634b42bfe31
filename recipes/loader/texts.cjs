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
