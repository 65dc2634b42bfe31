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
