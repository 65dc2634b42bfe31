-- The engine's own options: one table for the parser, for --help and for the documentation.
-- They may stand anywhere before `--`; recipes may not declare options of these names.

return {
  { name = "directory", short = "-C", value = "DIR", about = "work in DIR instead of the current folder" },
  {
    name = "jobs",
    short = "-j",
    long = "--jobs",
    value = "N",
    type = "integer",
    about = "processes at once (default: cores)",
  },
  { name = "keep_going", short = "-k", long = "--keep-going", about = "go on with independent steps after a failure" },
  { name = "dry_run", short = "-n", long = "--dry-run", about = "show the plan; touch nothing" },
  { name = "json", long = "--json", about = "machine-readable output, one event or document a line" },
  { name = "quiet", short = "-q", long = "--quiet", about = "show failures only" },
  { name = "verbose", short = "-v", long = "--verbose", about = "show commands, their output, and tracebacks" },
  {
    name = "color",
    long = "--color",
    value = "WHEN",
    choices = { "auto", "always", "never" },
    about = "auto, always or never",
  },
  {
    name = "timeout",
    long = "--timeout",
    value = "SECONDS",
    type = "number",
    about = "end the run after SECONDS (exit 124)",
  },
  {
    name = "memory_limit",
    long = "--memory-limit",
    value = "BYTES",
    type = "integer",
    about = "memory for Lua code (default: 2 GiB)",
  },
  { name = "child_exit", short = "-x", long = "--exit-code", about = "exit with the failing process's own exit code" },
  {
    name = "config",
    long = "--config",
    value = "FILE",
    about = "use FILE instead of the tree's pienv.lua, and the recipes beside it",
  },
  { name = "no_config", long = "--no-config", about = "use the stock recipes with their defaults" },
  { name = "trust", long = "--trust", about = "load pienv.lua and recipes/ of this tree whoever owns them" },
  { name = "no_input", long = "--no-input", about = "never ask (pienv asks nothing yet)" },
  { name = "help", short = "-h", long = "--help", about = "help about a command or recipe" },
  { name = "version", long = "--version", about = "print the version" },
}
