// ---- Paths by the rules of a platform, which in a test is another than this one.

const pathsOf = (platform) => (platform === "win32" ? path.win32 : path.posix);

// As the policy joins: without a separator at the end, unless that is all there is.
function join(platform, ...parts) {
  const { join: joined, parse, sep } = pathsOf(platform);
  const name = joined(...parts);
  return name.endsWith(sep) && parse(name).root !== name ? name.slice(0, -1) : name;
}

/** Whether a path means the same from every folder: "C:\x" and "\\server\share" do, "\x" and "C:x" do not. */
function isAbsolute({ platform, path: name }) {
  if (platform !== "win32") return name.startsWith("/");
  return /^([A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/]+[^\\/])/.test(name);
}

/** By what two paths of one file are the same text: Windows ignores the case, and which slash it is. */
function pathKey({ platform, path: name }) {
  return platform === "win32" ? name.replace(/\//g, "\\").toLowerCase() : name;
}

/** Whether a folder of that name is on the path; on Windows in whatever case. */
function onPath({ platform, path: name, folder }) {
  const text = `${name.replace(/\\/g, "/")}/`;
  const wanted = `/${folder}/`;
  return platform === "win32" ? text.toLowerCase().includes(wanted.toLowerCase()) : text.includes(wanted);
}
