-- What can be wrong with an addon where it is used, as a table: the symptom, how to see it, what to do. The ids are
-- pienv's error codes, and `pienv help ID` explains each. Pure. "{word}" is a place (recipes/addon/loading.lua).

---@class doctor.row
---@field symptom string
---@field verify string a command that shows it
---@field fix string

---@type table<string, doctor.row>
return {
  P0701 = {
    symptom = "no addon of this machine loads",
    verify = "ls {native}",
    fix = "build the target and variant of this machine: {build}",
  },
  P0702 = {
    symptom = "an export is declared, and missing when the program runs",
    verify = "node -p 'Object.keys(require(process.argv[1]))' {loaded}",
    fix = "build again ({build}), and remove stale files: pienv doctor --fix",
  },
  P0703 = {
    symptom = "a lesser variant is loaded than this CPU can run",
    verify = "env | grep {variable}; ls {native}",
    fix = "unset {variable}, or build the missing variant: TARGET_VARIANT={variant} {build}",
  },
  P0704 = {
    symptom = "an addon is not what its name says",
    verify = "file {native}/*.node",
    fix = "build it again with TARGET_PLATFORM, TARGET_ARCH and TARGET_VARIANT of that target, or remove it",
  },
  P0705 = {
    symptom = "what is embedded or extracted is not of this version",
    verify = "ls -l {versioned} {native}/{manifest}*",
    fix = "delete the folder of this version; embed again, or pienv embed --reset: pienv doctor --fix does it",
  },
  P0706 = {
    symptom = "there is no addon to embed",
    verify = "ls {native}",
    fix = "build at least one of them ({build}), then pienv embed",
  },
  P0707 = {
    symptom = "CROSS_TARGET and TARGET_* mean different targets",
    verify = "env | grep -E '^(CROSS_TARGET|TARGET_)'",
    fix = "give all of them for one target, with TARGET_VARIANT for x64",
  },
  P0711 = {
    symptom = "a lock file leaves leaf packages out",
    verify = "grep -c {leaf} {lock}",
    fix = "remove node_modules and that lock file, and install again: npm keeps what it once left out",
  },
  P0712 = {
    symptom = "the C library of this system is too old for an addon",
    verify = "getconf GNU_LIBC_VERSION",
    fix = "build against an older glibc (CROSS_TARGET with a suffix such as .2.28), or use a newer system",
  },
  P0713 = {
    symptom = "the napi program of @napi-rs/cli is not installed",
    verify = "ls node_modules/@napi-rs/cli",
    fix = "npm install --save-dev @napi-rs/cli",
  },
  P0714 = {
    symptom = "addons of other versions lie beside those of this one",
    verify = "grep -c {sentinel} {native}/*.node",
    fix = "build them again, or remove them",
  },
  P0715 = {
    symptom = "temporary files of runs that were killed",
    verify = "ls -A {native}",
    fix = "pienv doctor --fix removes them",
  },
  P0716 = {
    symptom = "the installed leaf package does not fit",
    verify = "npm ls {leaf}",
    fix = "install the package again: {install}",
  },
}
