-- recipes/addon/verdict.lua: every class, from the description of a file and the loader's answer.

local t = require("pienv.test")
local verdict = require("recipes.addon.verdict")

local ENTRY = "napi_register_module_v1"

local function with(base, fields)
  local out = {}
  for key, value in pairs(base) do
    out[key] = value
  end
  for key, value in pairs(fields or {}) do
    out[key] = value
  end
  return out
end

local function elf(fields)
  return with({
    format = "elf",
    machine = "x86_64",
    type = "dyn",
    osabi = 0,
    needed = { "libc.so.6" },
    exports = { ENTRY },
    undefined = { "memcpy", "napi_create_function" },
    undefined_weak = {},
    versions = { { library = "libc.so.6", versions = { "GLIBC_2.14" } } },
    symbol_versions = { memcpy = "GLIBC_2.14" },
    tls_size = 0,
  }, fields)
end

local function macho(fields)
  return with({
    format = "macho",
    machine = "aarch64",
    type = "dylib",
    needed = { "/usr/lib/libSystem.B.dylib" },
    exports = { ENTRY },
    undefined = { "malloc" },
    undefined_weak = {},
    imports = { { library = "/usr/lib/libSystem.B.dylib", symbols = { "malloc" } } },
    platform = "macos",
    os_minimum = "11.0",
    run_paths = {},
    signature = { adhoc = true },
  }, fields)
end

local function pe(...)
  local imports = {}
  for i, library in ipairs({ "KERNEL32.dll", ... }) do
    imports[i] = { library = library, symbols = {} }
  end
  local out = { format = "pe", machine = "x86_64", type = "dll", exports = { ENTRY }, undefined = {} }
  return with(out, { undefined_weak = {}, needed = {}, imports = imports })
end

local LINUX = { platform = "linux", arch = "x64" }
local MAC = { platform = "darwin", arch = "arm64" }
local WINDOWS = { platform = "win32", arch = "x64" }

-- "<class>: <reason>"
local function of(info, target, fields)
  local found = verdict.of(with({ info = info, target = target or LINUX }, fields))
  return found.class .. ": " .. found.reason, found
end

local function is(got, want)
  t.ok(got:find(want, 1, true), ("'%s' does not hold '%s'"):format(got, want))
end

t.test("unproven: nothing speaks against it, and it was not loaded", function()
  is(of(elf()), "unproven: nothing speaks against it; it was not loaded")
  is(of(macho(), MAC), "unproven: ")
  is(of(pe("node.exe", "api-ms-win-crt-heap-l1-1-0.dll"), WINDOWS), "unproven: ")
end)

t.test("ok: it loads; with stubs the verdict says so", function()
  is(of(elf(), nil, { load = { class = "ok" } }), "ok: loads")
  is(of(elf(), nil, { load = { class = "stubs", stubs = { "a", "b" } } }), "ok: loadable with stubs for 2 Node-API")
end)

t.test("damaged: what cannot be read", function()
  local found = verdict.of({ target = LINUX, err = "read a.node: a segment extends past the end of the file" })
  t.equal(found.class, "damaged")
  t.equal(found.reason, "read a.node: a segment extends past the end of the file")
  t.equal(found.remarks, {})
end)

t.test("wrong-platform: format, machine, kind of file", function()
  is(of(macho()), "wrong-platform: a Mach-O file, not one for linux")
  is(of(elf({ machine = "aarch64" })), "wrong-platform: its bytes are for aarch64, not linux-x64")
  is(of(elf({ type = "exec" })), "wrong-platform: no shared library (type exec)")
  is(of(elf({ osabi = 9 })), "wrong-platform: its bytes are for FreeBSD")
  is(of(elf(), WINDOWS), "wrong-platform: an ELF file, not one for win32")
  is(of(elf(), nil, { load = { class = "unsuitable", message = "for arm" } }), "wrong-platform: for arm")
end)

t.test("a fat file is judged by the slice of the target", function()
  local fat = { format = "macho", slices = { macho({ machine = "x86_64", exports = {} }), macho() } }
  is(of(fat, MAC), "unproven: ")
  is(of(fat, { platform = "darwin", arch = "x64" }), "no-entry: ")
  is(of(fat, { platform = "darwin", arch = "ia32" }), "wrong-platform: none of its slices is for ia32")
end)

t.test("what the bytes say comes before the loader's words", function()
  local load = { class = "error", message = "cannot open shared object file: No such file or directory" }
  is(of(elf({ machine = "aarch64" }), nil, { load = load }), "wrong-platform: ")
end)

t.test("no-entry: nothing for node to start; a self-registering addon has one", function()
  is(of(elf({ exports = { "x" } })), "no-entry: ")
  is(of(elf({ exports = {}, undefined = { "napi_module_register" } })), "unproven: ")
end)

t.test("wrong-libc: by needed library, and by Android's note", function()
  is(of(elf({ needed = { "libc.musl-x86_64.so.1" } })), "wrong-libc: its bytes need musl libc, not gnu")
  is(of(elf({ needed = { "libc.so" } })), "wrong-libc: its bytes need musl libc")
  is(of(elf({ needed = { "libc.so" }, android = 21 })), "wrong-libc: its bytes need android libc")
  is(of(elf(), with(LINUX, { libc = "musl" })), "wrong-libc: its bytes need gnu libc, not musl")
  is(of(elf({ needed = { "libc.so" } }), with(LINUX, { libc = "musl" })), "unproven: ")
end)

t.test("floor: versions are compared as numbers, library and symbols are named", function()
  is(of(elf(), nil, { glibc = "2.17" }), "unproven: ")
  is(of(elf(), nil, { glibc = "2.9" }), "floor: needs GLIBC_2.14 of libc.so.6 (memcpy), which glibc 2.9 has not")
  is(of(macho(), MAC, { os = "10.15" }), "floor: needs macos 11.0, not 10.15")
  is(of(macho(), MAC, { os = "14" }), "unproven: ")
end)

t.test("isa: against the CPU, and against the claim", function()
  is(of(elf({ isa_needed = 3 }), nil, { level = 2 }), "isa: needs x86-64-v3, this CPU has v2")
  is(of(elf({ isa_needed = 3 }), nil, { claimed_level = 2 }), "isa: claims x86-64-v2, but its bytes need v3")
  is(of(elf({ isa_needed = 2 }), nil, { level = 3, claimed_level = 2 }), "unproven: ")
end)

t.test("imports: a symbol of nobody is named, those of node are not", function()
  local undefined = { "acme_missing", "napi_wrap", "uv_async_send", "_ZN2v87Isolate10GetCurrentEv" }
  is(of(elf({ undefined = undefined })), "imports: undefined symbol acme_missing: neither Node-API nor of a needed")
  is(of(elf({ undefined = { "weak_one" }, undefined_weak = { "weak_one" } })), "unproven: ")
  is(of(elf({ undefined = undefined, needed = { "libc.so.6", "libacme.so" } })), "unproven: ")
end)

t.test("imports: a Node-API newer than the host's", function()
  is(of(elf({ undefined = { "napi_create_bigint_int64" } }), nil, { node_api = 5 }), "imports: needs Node-API 6 (napi_")
  is(of(elf({ undefined = { "napi_create_bigint_int64" } }), nil, { node_api = 6 }), "unproven: ")
end)

t.test("imports: libraries that the system lacks", function()
  is(of(pe("VCRUNTIME140.dll"), WINDOWS), "imports: needs VCRUNTIME140.dll")
  is(of(pe("libnode.dll"), WINDOWS), "imports: needs libnode.dll")
  local pcre = { library = "/opt/homebrew/opt/pcre2/lib/libpcre2-8.0.dylib", symbols = {} }
  is(of(macho({ imports = { pcre } }), MAC), "imports: needs /opt/homebrew/opt/pcre2")
  is(of(macho({ imports = { with(pcre, { weak = true }) } }), MAC), "unproven: ")
  is(of(pe("acme.dll"), WINDOWS, { allowed = { pe = { "^acme%.dll$", "^kernel32%.dll$" } } }), "unproven: ")
end)

t.test("signature: arm64 must have one, and an aligned string pool", function()
  local unsigned = macho({ machine = "x86_64" })
  unsigned.signature = nil
  local _, found = of(unsigned, { platform = "darwin", arch = "x64" })
  t.equal({ found.class, found.remarks[1] }, { "unproven", "not signed" })
  unsigned.machine = "aarch64"
  is(of(unsigned, MAC), "signature: not signed; macOS on arm64 kills what loads it")
  is(of(macho({ strings_misaligned = true }), MAC), "signature: its string pool is misaligned")
end)

t.test("identity: the sentinel must be there once", function()
  local function identity(count, others)
    return of(elf(), nil, { identity = { wanted = "V1_2", count = count, others = others } })
  end
  is(identity(1), "unproven: ")
  is(identity(0), "identity: not of this version: no sentinel V1_2, it has none")
  is(identity(0, { "V1_1" }), "identity: not of this version: no sentinel V1_2, it has V1_1")
  is(identity(2), "identity: the sentinel V1_2 stands in it 2 times")
end)

t.test("the loader's words are classed", function()
  local cases = {
    { "libc.so.6: version `GLIBC_2.38' not found (required by a.node)", "floor" },
    { "a.node: CPU ISA level is lower than required", "isa" },
    { "libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory", "wrong-libc" },
    { "a.node: undefined symbol: x", "imports" },
    { "libx.so: cannot open shared object file: No such file or directory", "imports" },
    { "a.node: invalid ELF header", "damaged" },
    { "a.node: failed to map segment from shared object", "refused" },
    { "a.node: cannot allocate memory in static TLS block", "refused" },
    { "something else", "refused" },
  }
  for _, case in ipairs(cases) do
    is(of(elf(), nil, { load = { class = "error", message = case[1] } }), case[2] .. ": " .. case[1])
  end
end)

t.test("crash and hang: the signal, and what it usually means", function()
  is(of(elf(), nil, { load = { class = "crash", signal = "SIGILL" } }), "crash: loading it dies of SIGILL (an instruct")
  is(of(elf(), nil, { load = { class = "crash", signal = "SIGSEGV" } }), "crash: loading it dies of SIGSEGV")
  is(of(elf(), nil, { load = { class = "exit", exit = 3 } }), "crash: loading it ends the process with exit code 3")
  is(of(elf(), nil, { load = { class = "hang", seconds = 60.01 } }), "hang: loading did not finish within 60s")
end)

t.test("remarks: what is no reason to refuse", function()
  local odd = { static_tls = true, tls_size = 68016, textrel = true, exec_stack = true, runpath = "$ORIGIN/lib:/opt/x" }
  local _, found = of(elf(odd), nil, { claimed_level = 3 })
  t.equal(found.remarks, {
    "68016 bytes of static TLS: may fail late in a process",
    "relocations change the code: hardened systems refuse that",
    "asks for an executable stack: new kernels and glibc 2.41 refuse that",
    "looks for libraries in /opt/x",
    "the claim x86-64-v3 is unproven: the file does not say which CPU it needs",
  })
  _, found = of(macho({ soname = "/build/libx.dylib", run_paths = { "/opt/lib" } }), MAC)
  t.equal(found.remarks, {
    "its install name tells a path of the build host: /build/libx.dylib",
    "looks for libraries in /opt/lib",
  })
end)

t.test("every refusal has a next step", function()
  for _, info in ipairs({ macho(), elf({ exports = {} }), elf({ needed = { "libc.so" } }), elf({ type = "exec" }) }) do
    local _, found = of(info)
    t.ok(found.hint and #found.hint > 10, found.class)
  end
end)
