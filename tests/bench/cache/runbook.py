# runbook.py WORKSPACE ROOT TARGET [capture]: what the natives runbook describes of a populate (the key by one git process,
# a complete entry, the addon linked and the companions copied), and of a capture (a lock, a staging folder, copies, a
# manifest, one rename).
import fcntl, glob, hashlib, json, os, shutil, subprocess, sys, time

workspace, root, target, *verb = sys.argv[1:]
inputs = ["crates", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml", "packages/natives"]
companions = ["index.d.ts", "index.js", "embedded-addon.js"]
out = os.path.join(workspace, "packages/natives/native")
asked = "".join(f"HEAD:{path}\n" for path in inputs)
answer = subprocess.run(["git", "-C", workspace, "cat-file", "--batch-check=%(objectname)"], input=asked, text=True,
                        capture_output=True, check=True).stdout
digest = hashlib.sha256()
for path, line in zip(inputs, answer.splitlines()):
    digest.update(f"{path}\t{'0' * 40 if line.endswith('missing') else line}\n".encode())
digest.update(f"TARGET\t{target}\n".encode())
key = digest.hexdigest()
entry = os.path.join(root, "acme__widgets", key)


def complete():
    return glob.glob(os.path.join(entry, "pi_natives.*.node")) and all(
        os.path.exists(os.path.join(entry, name)) for name in [*companions, "manifest.json"])


def capture():
    os.makedirs(os.path.dirname(entry), exist_ok=True)
    with open(os.path.join(os.path.dirname(entry), ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete():
            return
        staging = os.path.join(os.path.dirname(entry), f".{key}.tmp.{os.getpid()}")
        os.mkdir(staging)
        for path in glob.glob(os.path.join(out, "pi_natives.*.node")) + [os.path.join(out, name) for name in companions]:
            shutil.copy2(path, staging)
        commit = subprocess.run(["git", "-C", workspace, "rev-parse", "HEAD"], text=True, capture_output=True, check=True)
        with open(os.path.join(staging, "manifest.json"), "w") as file:
            json.dump({"key": key, "target": target, "captured_at": time.time(), "workspace": workspace,
                       "commit": commit.stdout.strip()}, file)
        os.rename(staging, entry)


def place(source, how):
    there = os.path.join(out, os.path.basename(source))
    temporary = f"{there}.tmp.{os.getpid()}"
    how(source, temporary)
    os.replace(temporary, there)
    if os.path.exists(temporary):
        os.unlink(temporary)


def populate():
    if not complete():
        sys.exit(10)
    with open(os.path.join(entry, "manifest.json")) as file:
        json.load(file)
    os.makedirs(out, exist_ok=True)
    for addon in glob.glob(os.path.join(entry, "pi_natives.*.node")):
        place(addon, os.link)
    for name in companions:
        place(os.path.join(entry, name), shutil.copy2)


capture() if verb else populate()
