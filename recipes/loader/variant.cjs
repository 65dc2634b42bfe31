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
