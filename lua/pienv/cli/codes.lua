-- What every error code means, for `pienv help P0203` and docs/reference/errors.md: cause, an example, the next step.
-- tests/lua/test_codes.lua compares this table with the codes that the sources can raise, both ways.

---@class pienv.code
---@field title string
---@field cause string
---@field example string what somebody wrote or typed to get it
---@field next string

---@type table<string, pienv.code>
return {
  P0101 = {
    title = "the command line cannot be read",
    cause = "An option or argument is unknown, is missing, or has a value that it cannot have.",
    example = "pienv build --varaint modern",
    next = "pienv help lists commands and options, pienv NAME --help those of one command or recipe.",
  },
  P0102 = {
    title = "no recipe or command has that name",
    cause = "The word is no command of pienv, no stock recipe, and no file in recipes/ of this project.",
    example = "pienv biuld",
    next = "pienv list shows the recipes. From another folder: pienv -C FOLDER NAME.",
  },
  P0103 = {
    title = "the value of an option is refused",
    cause = "It is of another type, or none of the choices; the message names the option or variable it came from.",
    example = "TARGET_VARIANT=fast pienv build",
    next = "pienv NAME --help shows type and choices; pienv env NAME where every value comes from.",
  },
  P0104 = {
    title = "the folder to work in cannot be entered",
    cause = "The folder given with -C, or without it the one that you are in, is not there, or may not be read.",
    example = "pienv -C no/such/folder list",
    next = "Check the path; it is taken from the current folder.",
  },
  P0105 = {
    title = "there are no tests",
    cause = "pienv test was given no file, and the project has no recipes/test_*.lua.",
    example = "pienv test",
    next = "Write recipes/test_NAME.lua, or name a file: pienv test FILE.",
  },
  P0201 = {
    title = "a Lua file raised an error",
    cause = "Code of a recipe or project file is wrong: its syntax, an undefined name, a call that failed.",
    example = 'run = function(s) s:runn { "make" } end',
    next = "Go to the file and line of the message; -v shows the traceback, pienv check looks at all files.",
  },
  P0202 = {
    title = "a field is missing or has a wrong type",
    cause = "A recipe, a step, an option or pienv.lua holds a value that cannot stand there.",
    example = 'steps = { install = { needs = "compile", run = f } }',
    next = "docs/reference/lua.md lists the fields and their types; pienv types teaches them to your editor.",
  },
  P0203 = {
    title = "unknown name",
    cause = "A field, step, option or recipe is named that does not exist; most often it is misspelt.",
    example = 'steps = { install = { neeeds = { "compile" }, run = f } }',
    next = "Take the name that the message suggests; pienv show NAME lists what a recipe has.",
  },
  P0204 = {
    title = "steps need each other",
    cause = "Following `needs` leads from a step back to itself, so none of them could be the first.",
    example = 'steps = { a = { needs = { "b" }, run = f }, b = { needs = { "a" }, run = g } }',
    next = "Remove one of the needs in the chain that the message shows.",
  },
  P0205 = {
    title = "a file does not return what it should",
    cause = "A recipe must end with `return pienv.recipe { ... }`, pienv.lua with `return pienv.project { ... }`.",
    example = "return { steps = { ... } }",
    next = "Wrap the table; a module that others require belongs into a subfolder of recipes/.",
  },
  P0206 = {
    title = "a name is taken",
    cause = "An option has the name of one of pienv's own options, or an extra step that of a step.",
    example = 'options = { jobs = { type = "integer" } }',
    next = "Choose another name; pienv help lists pienv's own options.",
  },
  P0207 = {
    title = "a Lua file cannot be read",
    cause = "The file given to pienv lua or pienv test is not there, or is no Lua.",
    example = "pienv lua no-such-file.lua",
    next = "Check the path and the line that the message names.",
  },
  P0210 = {
    title = "a file is not loaded because it is not yours",
    cause = "Recipes and addons are code. The file or its folder belongs to another user, or others may write it.",
    example = "sudo pienv build",
    next = "Look at it; then --trust loads it once, --config FILE takes one of yours, --no-config the stock recipes.",
  },
  P0211 = {
    title = "a project file or recipe cannot be read",
    cause = "The file of --config is not there, or a file exists but may not be read.",
    example = "pienv --config no-such-file.lua list",
    next = "Check the path and its permissions.",
  },
  P0212 = {
    title = "targets are wrong",
    cause = "The recipe's `targets` gave no list, a target without `id`, or two with the same `id`.",
    example = 'targets = function() return { "linux-x64" } end',
    next = 'Return a list of tables: { { id = "linux-x64" } }.',
  },
  P0213 = {
    title = "a step runs for each target, but there are none",
    cause = 'A step has `per = "target"` in a recipe without `targets`: it would silently never run.',
    example = 'steps = { build = { per = "target", run = f } }',
    next = "Give the recipe targets = function(c) return { { id = ... } } end, or remove `per`.",
  },
  P0301 = {
    title = "a precondition is not met",
    cause = "The recipe refuses this combination of target, variant and options before anything is touched.",
    example = "TARGET_ARCH=arm64 pienv build --variant modern",
    next = "Follow the next step of the message; pienv env NAME shows the values and where they come from.",
  },
  P0302 = {
    title = "a program is not installed",
    cause = "A step runs a program that is in no folder of PATH.",
    example = 's:run { "zig", "cc", "main.c" }',
    next = "Install it, or put its folder on PATH.",
  },
  P0303 = {
    title = "an interrupted installation cannot be taken back",
    cause = "A run was killed while it installed files, and its journal in .pienv/ cannot be finished or undone.",
    example = "a journal on a disk that has become read-only",
    next = "Look at the folder that the message names; when its files are right, remove it.",
  },
  P0304 = {
    title = "a file is not written",
    cause = "It exists already, and pienv overwrites no file of yours; or its folder may not be written.",
    example = "pienv eject build, twice",
    next = "Move the file away, or go to a folder where you may write.",
  },
  P0305 = {
    title = "PIENV_CPU is not understood",
    cause = "The variable that stands for this machine's CPU level holds something else than a level.",
    example = "PIENV_CPU=fast pienv build",
    next = "Unset it, or give a level: PIENV_CPU=x86-64-v3.",
  },
  P0306 = {
    title = "an input of a step cannot be read",
    cause = "A step declares a file that is not there, a pattern that matches none, or a folder without its slash.",
    example = 'inputs = { "scr/*.c" }',
    next = "Correct the list; files that need not be there come from a function: inputs = function(s) ... end.",
  },
  P0401 = {
    title = "a step failed",
    cause = "The recipe says why with s:fail.",
    example = "s:fail(\"the file has no symbol 'napi_register_module_v1'\")",
    next = "Follow the next step of the message, then repeat with the command it shows.",
  },
  P0402 = {
    title = "a process could not be started",
    cause = "The system refused: no permission, a wrong interpreter line, no memory.",
    example = 's:run { "./not-executable" }',
    next = "Check that the file may be executed: ls -l FILE.",
  },
  P0403 = {
    title = "a process failed",
    cause = "A program that a step ran exited with another code than 0, or was ended by a signal.",
    example = 's:run { "cc", "-c", "broken.c" }',
    next = "Read its last lines in the message; run the command that it shows. -x passes the exit code on.",
  },
  P0404 = {
    title = "something cannot be removed",
    cause = "A file may not be removed, or a symbolic link leads out of the project.",
    example = "ln -s /elsewhere .pienv && pienv clean",
    next = "Remove the link, or what is behind it, by hand.",
  },
  P0405 = {
    title = "an installation is going on",
    cause = "Another pienv installs files in this project; what it keeps in .pienv/ must outlive it.",
    example = "pienv clean, while pienv build runs",
    next = "Try again when it has ended.",
  },
  P0407 = {
    title = "a report cannot be written",
    cause = "The file of --report, --trace or --timings cannot be made: its folder is missing, or may not be written.",
    example = "pienv build --report no/such/folder/report.json",
    next = "Name a file in a folder that exists; relative paths are taken from the current folder, or that of -C.",
  },
  P0408 = {
    title = "a step has ended without its output",
    cause = "The step succeeded, but a file that it declares in 'outputs' is not there.",
    example = 'outputs = { "out/addon.o" }, where the compiler writes to build/',
    next = "Correct 'outputs', or what the step does.",
  },
  P0501 = {
    title = "time limit",
    cause = "The run took longer than --timeout allows; its processes were ended, clean-up steps ran.",
    example = "pienv --timeout 1 build",
    next = "Give a longer --timeout.",
  },
  P0601 = {
    title = "the cache cannot be used",
    cause = "Its lock is held by somebody else, or its folder cannot be read or written.",
    example = "pienv --json cache gc, while another one runs",
    next = "Try again when the lock is free; look at the cache's folder, or leave --require-cache out.",
  },
  P0701 = {
    title = "no addon of this machine loads",
    cause = "The file for this platform is missing or refused; each candidate has a reason of its own.",
    example = "node index.js, before anything was built",
    next = "pienv doctor lists the reasons; build the target and variant of this machine, delete a stale cache.",
  },
  P0702 = {
    title = "an export is declared, and missing when the program runs",
    cause = "The addon that is loaded is older than index.d.ts, or index.js was generated of other declarations.",
    example = 'import { recase } from "./native/index.js"',
    next = "Build again, so that addon, declarations and exports are of one run; remove stale addons.",
  },
  P0703 = {
    title = "a lesser variant is loaded than this CPU can run",
    cause = "PI_NATIVE_VARIANT or the inherited verdict says so, or the file of the better variant is missing.",
    example = "PI_NATIVE_VARIANT=baseline node index.js",
    next = "Unset the variable, or build the missing variant with TARGET_VARIANT.",
  },
  P0704 = {
    title = "an addon is not what its name says",
    cause = "Its bytes are of another platform, libc, CPU variant or version than its name or package tells.",
    example = "cp x.linux-x64-baseline.node x.linux-x64-modern.node",
    next = "Build it again with TARGET_PLATFORM, TARGET_ARCH and TARGET_VARIANT of that target, or remove it.",
  },
  P0705 = {
    title = "what is embedded or extracted is not of this version",
    cause = "The manifest names another version or archive, or the folder of this version a stale file.",
    example = "a compiled program after an upgrade that was interrupted",
    next = "pienv doctor --fix deletes the folder of this version and resets the manifest; then embed again.",
  },
  P0706 = {
    title = "there is no addon to embed or to pack",
    cause = "None of the files that the target can have is in the output folder: it was not built.",
    example = "pienv embed, before pienv build",
    next = "Build at least one of the files that the message names, then run the command again.",
  },
  P0707 = {
    title = "CROSS_TARGET and TARGET_* mean different targets",
    cause = "The triple is for another machine than the variables that name the file, or x64 lacks a variant.",
    example = "CROSS_TARGET=aarch64-unknown-linux-gnu TARGET_ARCH=x64 pienv build",
    next = "Give all of them for one target, with TARGET_VARIANT for x64.",
  },
  P0711 = {
    title = "a lock file leaves leaf packages out",
    cause = "npm wrote it where node_modules held the leaf of one machine only, and keeps it so.",
    example = "npm ci on another platform",
    next = "Remove node_modules and the lock file, and install again.",
  },
  P0712 = {
    title = "the C library of this system is too old for an addon",
    cause = "The addon was built against a newer glibc; the symbols that need it are named.",
    example = "an addon built on Debian 12, loaded on Debian 10",
    next = "Build against an older glibc (CROSS_TARGET with a suffix such as .2.28), or use a newer system.",
  },
  P0713 = {
    title = "the napi program of @napi-rs/cli is not installed",
    cause = "It is in no node_modules of the package and its parents, and not on PATH.",
    example = "pienv build, before npm install",
    next = "npm install --save-dev @napi-rs/cli",
  },
  P0714 = {
    title = "addons of other versions lie beside those of this one",
    cause = "An older build left them; a loader tries and refuses them, and a package may pack them.",
    example = "a version bump without a build",
    next = "Build them again, or remove them.",
  },
  P0715 = {
    title = "temporary files of runs that were killed",
    cause = "A build or a loader was ended while it wrote, and nothing has swept since.",
    example = "kill -9 of a build",
    next = "pienv doctor --fix removes them.",
  },
  P0716 = {
    title = "the installed leaf package does not fit",
    cause = "It is of another version than the core, or node_modules was copied from another machine.",
    example = "cp -r node_modules of a Mac to Linux",
    next = "Install the package again on this machine.",
  },
  P0901 = {
    title = "a defect of pienv",
    cause = "pienv's own code raised an error: not your recipe is wrong.",
    example = "any command",
    next = "Please report it with the whole text of the message.",
  },
}
