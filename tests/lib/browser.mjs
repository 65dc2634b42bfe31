// node browser.mjs PAGE.html SHOTS_FOLDER < checks.js
// Opens a page in headless Chromium and talks to it through a pipe (no port, no package): at a desktop's and a phone's
// width, light and dark, a screenshot of each; then the text on standard input is evaluated in the page at each width.
// It gives a list of [name, what is wrong or ""], which is printed as "name<TAB>what". Requests of the page are checks,
// too: there must be none.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [page, shots] = process.argv.slice(2);
const checks = readFileSync(0, "utf8");
const profile = mkdtempSync(join(tmpdir(), "pienv-browser-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
  `--user-data-dir=${profile}`, "about:blank"];
const chromium = spawn("chromium", flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const waiting = new Map();
const requests = [];
let last = 0, rest = "", loaded = () => {};

function receive(message) {
  if (message.method === "Network.requestWillBeSent") requests.push(message.params.request.url);
  if (message.method === "Page.loadEventFired") loaded();
  const entry = waiting.get(message.id);
  if (!entry) return;
  waiting.delete(message.id);
  if (message.error) entry.reject(new Error(message.error.message));
  else entry.resolve(message.result);
}

chromium.stdio[4].setEncoding("utf8");
chromium.stdio[4].on("data", (text) => {
  const parts = (rest + text).split("\0");
  rest = parts.pop();
  for (const part of parts) receive(JSON.parse(part));
});

function send(method, params = {}, sessionId = undefined) {
  const id = ++last;
  chromium.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

async function open() {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const tab = (method, params) => send(method, params, sessionId);
  await tab("Page.enable");
  await tab("Network.enable");
  return tab;
}

async function look(tab, name, width, height, scheme) {
  await tab("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  await tab("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  const { result, exceptionDetails } = await tab("Runtime.evaluate", { expression: checks, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
  for (const [what, wrong] of result.value) console.log(`${name} ${scheme}: ${what}\t${wrong}`);
  const { data } = await tab("Page.captureScreenshot", { captureBeyondViewport: true });
  writeFileSync(join(shots, `${name}-${scheme}.png`), Buffer.from(data, "base64"));
}

async function main() {
  const tab = await open();
  const load = new Promise((resolve) => (loaded = resolve));
  await tab("Page.navigate", { url: "file://" + resolve(page) });
  await load;
  for (const scheme of ["light", "dark"]) {
    await look(tab, "desktop", 1280, 1000, scheme);
    await look(tab, "phone", 390, 844, scheme);
  }
  const outside = requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"));
  console.log(`the page asks nothing of the network\t${outside.join(" ")}`);
}

const limit = setTimeout(() => fail(new Error("the browser does not answer")), 120000);

function fail(error) {
  console.log(`the browser shows the page\t${error.message}`);
  process.exitCode = 1;
  chromium.kill("SIGKILL");
}

chromium.on("error", fail);
chromium.on("exit", () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
main().then(() => send("Browser.close"), fail).finally(() => clearTimeout(limit));
