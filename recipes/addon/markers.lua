-- The two lines of index.js between which builds write its exports, by the declarations (recipes/build/exports.lua).

return {
  START = "// --- generated native exports (do not edit) ---",
  STOP = "// --- end generated native exports ---",
}
