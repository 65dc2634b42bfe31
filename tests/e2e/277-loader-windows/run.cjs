// run.cjs LOADER [OPTIONS [HOLD]]: loads the addon and prints what it says; with HOLD, a file, it prints again when that
// file is gone, and until then keeps the addon loaded. OPTIONS: JSON, parts of the machine; `later`: milliseconds by which
// its clock is ahead.
const { existsSync, writeSync } = require("node:fs");

const [loader, options = "{}", hold] = process.argv.slice(2);
const { later = 0, ...world } = JSON.parse(options);

function wait() {
  if (existsSync(hold)) return setTimeout(wait, 20);
  return writeSync(1, `${addon.say()}\n`);
}

let addon;
try {
  addon = require(loader).load({ ...world, now: () => Date.now() + later });
  writeSync(1, `${addon.say()}\n`);
  if (hold) wait();
} catch (error) {
  writeSync(1, `${error.message}\n`);
}
