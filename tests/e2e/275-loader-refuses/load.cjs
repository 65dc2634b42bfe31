// load.cjs LOADER [OPTIONS]: what the generated loader loads, or why it does not. OPTIONS: JSON, parts of the machine.
const [loader, options] = process.argv.slice(2);

try {
  const addon = require(loader).load(JSON.parse(options || "{}"));
  console.log(addon.say());
} catch (error) {
  console.log(error.message);
}
