// module.cjs LOADER CASES: what a generated loader answers to each case, a line each.
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

const { rules: loader } = require(resolve(process.argv[2]));

const numbers = (stat) => stat && Object.fromEntries(Object.entries(stat).map(([name, text]) => [name, Number(text)]));

const rules = {
  tag: loader.tagOf,
  filenames: loader.filenames,
  leaf: loader.leafOf,
  variant: loader.variantOf,
  is_absolute: loader.isAbsolute,
  mode: loader.modeOf,
  folders: (input) => loader.foldersOf({ ...input, exists: (folder) => input.existing.includes(folder) }),
  candidates: loader.candidatesOf,
  choose: loader.chooseEmbedded,
  is_safe: ({ name }) => loader.isSafe(name),
  freshness: loader.freshnessOf,
  memo_text: loader.memoText,
  memo_parse: ({ text }) => {
    const memo = loader.memoOf(text);
    return memo && { ...memo, file: numbers(memo.file), source: numbers(memo.source) };
  },
  staging: loader.stagingOf,
  verdict: loader.versionVerdict,
  asks_disk: loader.asksDisk,
  is_older: ({ older, own }) => loader.isOlder(older, own),
  stale: loader.staleFolders,
  failure: loader.failureText,
  version_text: loader.versionText,
};

// Keys in the order of their bytes, as pienv writes them.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// All combinations of a value for each field, in the order of the names; null leaves the field out.
function combinations(each) {
  let inputs = [{}];
  for (const name of Object.keys(each).sort()) {
    inputs = inputs.flatMap((input) => each[name].map((value) => (value === null ? input : { ...input, [name]: value })));
  }
  return inputs;
}

JSON.parse(readFileSync(process.argv[3], "utf8")).forEach(({ rule, each }, i) => {
  combinations(each).forEach((input, k) => {
    console.log([rule, i + 1, k + 1, JSON.stringify(sorted({ answer: rules[rule](input) }))].join("\t"));
  });
});
