// ---- What the CPU has, as the system tells it. What cannot be asked is a CPU without anything.
//
// A program under emulation may see the features of the machine below it in /proc/cpuinfo. There the mark in a file,
// which the dynamic linker compares with the emulated CPU, decides: it refuses the file, and the next one is tried.

function linuxWords(world) {
  const flags = /^flags\s*:(.*)$/m.exec(world.fs.readFileSync("/proc/cpuinfo", "latin1"));
  return flags ? wordsOf(flags[1]) : [];
}

// Standard output of a program; "" when it cannot be started or does not end in time. Never opens a window.
function outputOf(world, program, args, timeout) {
  const options = { encoding: "utf8", timeout, windowsHide: true, stdio: ["ignore", "pipe", "ignore"] };
  const done = world.spawn(program, args, options);
  return done.error ? "" : done.stdout || "";
}

function darwinWords(world) {
  const args = ["-n", "machdep.cpu.features", "machdep.cpu.leaf7_features", "machdep.cpu.extfeatures"];
  return wordsOf(outputOf(world, "/usr/sbin/sysctl", args, 2000) || outputOf(world, "sysctl", args, 2000));
}

const FEATURE = "IsProcessorFeaturePresent";

// kernel32 in Bun's own process, in less than a millisecond.
function bunWords(world) {
  const kernel32 = world.ffi().dlopen("kernel32.dll", { [FEATURE]: { args: ["u32"], returns: "i32" } });
  const asked = Object.entries(POLICY.win32_features);
  return asked.filter(([, number]) => kernel32.symbols[FEATURE](number) !== 0).map(([name]) => name);
}

// The PowerShell of every Windows has no class that tells, so it calls kernel32 too.
function powershellScript() {
  const declaration = `[DllImport("kernel32.dll")] public static extern bool ${FEATURE}(uint feature);`;
  const asked = Object.entries(POLICY.win32_features);
  const lines = asked.map(([name, number]) => `if ($cpu::${FEATURE}(${number})) { '${name}' }`);
  const type = `$cpu = Add-Type -PassThru -Namespace Pienv -Name Cpu -MemberDefinition '${declaration}'`;
  return [type, ...lines].join("; ");
}

function win32Words(world) {
  if (world.ffi) return bunWords(world);
  const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", powershellScript()];
  return wordsOf(outputOf(world, "powershell.exe", args, 4000));
}

/** x86-64 level of this machine, 1 to 4. */
function detectLevel(world) {
  const ask = { linux: linuxWords, darwin: darwinWords, win32: win32Words }[world.platform];
  try {
    return ask ? levelOf({ platform: world.platform, words: ask(world) }) : 1;
  } catch {
    return 1;
  }
}
