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
