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
