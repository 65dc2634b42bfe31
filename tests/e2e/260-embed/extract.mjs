// extract.mjs MANIFEST VERSION FOLDER: what a compiled program does with embedded addons, as the natives runbook and
// facts X1 to X5 describe it, and no more: fields that these do not name are not looked at. Prints the file names.
// MANIFEST is embedded-addon.js or .json; node, which has no imports of the type "file", gets that one path by text.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [manifestPath, version, folder] = process.argv.slice(2);

async function importManifest(path) {
  if (path.endsWith(".json")) {
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    if (manifest) manifest.archive.filePath = join(dirname(path), manifest.archive.filename);
    return manifest;
  }
  if (process.versions.bun) return (await import(pathToFileURL(resolve(path)).href)).embeddedAddon;
  const text = readFileSync(path, "utf8").replace(
    /^import (\w+) from ("[^"]+") with \{ type: "file" \};$/m,
    (_, name, from) => `const ${name} = ${JSON.stringify(resolve(dirname(path), JSON.parse(from)))};`,
  );
  return (await import(`data:text/javascript,${encodeURIComponent(text)}`)).embeddedAddon;
}

function checkName(name, where) {
  if (!name || /[/\\]/.test(name) || name === "." || name === "..") throw new Error(`Unsafe embedded addon ${where}: ${name}`);
  return name;
}

const text = (header, from, to) => header.subarray(from, to).toString("latin1").replace(/\0.*$/s, "");

function octal(field) {
  const digits = field.trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error(`Invalid tar octal value: ${JSON.stringify(field)}`);
  return parseInt(digits, 8);
}

function* entries(tar) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const header = tar.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) return;
    const prefix = text(header, 345, 500);
    const name = checkName((prefix ? `${prefix}/` : "") + text(header, 0, 100), "archive entry");
    const type = String.fromCharCode(header[156]);
    if (type !== "0" && type !== "\0") throw new Error(`Unsupported embedded addon archive entry type ${type}: ${name}`);
    const size = octal(text(header, 124, 136));
    if (at + 512 + size > tar.length) throw new Error(`Truncated embedded addon archive entry: ${name}`);
    yield { name, bytes: tar.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

function isFresh(path, size) {
  return existsSync(path) && statSync(path).isFile() && statSync(path).size === size;
}

function write(path, bytes) {
  const temporary = `${path}.tmp.${process.pid}.${Date.now()}`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o755 });
    chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const manifest = await importManifest(manifestPath);
if (!manifest) throw new Error("nothing is embedded");
const tag = `${process.platform}-${process.arch}`;
if (manifest.platformTag !== tag) throw new Error(`embedded for ${manifest.platformTag}, not ${tag}`);
if (manifest.version !== version) throw new Error(`embedded is version ${manifest.version}, not ${version}`);
if (manifest.archive.format !== "tar.gz") throw new Error(`unknown format ${manifest.archive.format}`);

mkdirSync(folder, { recursive: true });
const missing = new Map();
for (const file of manifest.files) {
  checkName(file.filename, "filename");
  if (!isFresh(join(folder, file.filename), file.size)) missing.set(file.filename, file);
}
for (const { name, bytes } of entries(gunzipSync(readFileSync(manifest.archive.filePath)))) {
  const file = missing.get(name);
  if (!file) continue;
  if (bytes.length !== file.size) {
    throw new Error(`Embedded addon size mismatch for ${name}: expected ${file.size}, got ${bytes.length}`);
  }
  write(join(folder, name), bytes);
  missing.delete(name);
}
if (missing.size) throw new Error(`Embedded addon archive missing: ${[...missing.keys()].join(", ")}`);
for (const file of manifest.files) console.log(`${file.variant} ${file.filename}`);
