-- pienv's exit codes: one table for help, for the man page and for the documentation.

return {
  { 0, "done, hit, or up to date" },
  { 1, "a step failed, or what was checked has problems" },
  { 2, "the command line is wrong" },
  { 3, "a recipe or project file is wrong, or not trusted" },
  { 4, "a precondition is not met: target, variant, tool" },
  { 5, "the cache cannot be locked or used, where it is required" },
  { 10, "nothing to do it with; a cache miss" },
  { 124, "time limit" },
  { 125, "defect in pienv" },
}
