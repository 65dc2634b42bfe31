-- The manual page pienv(1), made from the tables that --help is made of. Macros: man(7), which man-db, mandoc and groff
-- read alike.

local reference = require("pienv.cli.reference")
local vm = require("pienv.vm")

local M = {}

-- The day on which the words of this page were last changed; a build must give the same page on every day.
local DATE = "2026-11-28"

-- Text as roff reads it literally: backslashes, hyphens that are typed, and control characters at a line's start.
local function escape(text)
  text = text
    :gsub("\\", "\\e")
    :gsub("%-", "\\-")
    :gsub("'", "\\(aq")
    :gsub("`", "\\(ga")
    :gsub("%^", "\\(ha")
    :gsub("~", "\\(ti")
  return (text:gsub("^%.", "\\&."))
end

-- A phrase whose words in capitals are placeholders: bold what is typed, italics what is replaced.
local function term(text)
  local parts = {}
  for gap, word in text:gmatch("(%s*)(%S+)") do
    local placeholder = word:find("^%[?%u%u*%]?") and not word:find("%l")
    parts[#parts + 1] = gap .. (placeholder and "\\fI" or "\\fB") .. escape(word) .. "\\fR"
  end
  return table.concat(parts)
end

local WIDTH = 72

-- Input lines of a page stay short; a new line is a blank to roff.
local function wrap(text)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and #line + #word >= WIDTH then
      lines[#lines + 1], line = escape(line), ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = escape(line)
  return table.concat(lines, "\n")
end

local function tagged(rows, style)
  local lines = {}
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ".TP"
    lines[#lines + 1] = (style or term)(row[1])
    lines[#lines + 1] = wrap(row[2])
  end
  return table.concat(lines, "\n")
end

local function bold(text)
  return "\\fB" .. escape(text) .. "\\fR"
end

local function paragraphs(list)
  local texts = {}
  for i, text in ipairs(list) do
    texts[i] = wrap(text)
  end
  return table.concat(texts, "\n.PP\n")
end

local VARIABLES = {
  { "NO_COLOR, FORCE_COLOR", "no colours; colours also where standard error is no terminal" },
  { "TERM", "dumb: no colours and no cursor movement" },
  { "PIENV_CPU", "the CPU level to assume instead of this machine's, as x86-64-v3" },
  { "SOURCE_DATE_EPOCH", "the time that archives say" },
}

local FILES = {
  { "pienv.lua", "the project: values of settings, and overrides of recipes" },
  { "recipes/*.lua", "recipes of the project; they win over the stock ones" },
  { ".pienv/", "what pienv keeps; pienv clean removes it" },
  { "~/.config/pienv/config.json", "what a user prefers to see, and jobs" },
}

local EXAMPLES = {
  { "pienv init", "write a first pienv.lua" },
  { "pienv build --variants modern,baseline", "build the native addon of the project, twice" },
  { "pienv build -n", "show the plan of that" },
  { "pienv show build", "every field of the recipe, and where it comes from" },
  { "pienv help P0203", "what an error code means" },
}

local DESCRIPTION = {
  "pienv runs recipes: Lua files that say which steps lead from sources to installed files. Stock recipes build native "
    .. "addons for Node.js, share the results between work trees, embed and probe them. A repository overrides what it "
    .. "wants to decide for itself in pienv.lua, by name.",
  "The project root is the nearest folder upwards with a pienv.lua, else the git root, else the current folder. A word "
    .. "with a slash or ending in .lua is the path of a recipe. pienv NAME --help tells the options of a recipe.",
}

local VALUES = {
  "Command line, before environment, before pienv.lua, before the default of the recipe. An empty variable counts as "
    .. "unset. An option may be written --name value, --name=value or name=value; a boolean --name or --no-name.",
}

---The whole page.
---@return string
function M.page()
  local sections = {
    { "NAME", "pienv \\- run build recipes written in Lua" },
    {
      "SYNOPSIS",
      table.concat({
        term("pienv RECIPE [VERB]") .. " [\\fIOPTION\\fR]... [\\fIname\\fR=\\fIvalue\\fR]... [\\-\\- \\fIARG\\fR...]",
        "\\fBpienv\\fR \\fICOMMAND\\fR [\\fIARG\\fR]...",
      }, "\n.br\n"),
    },
    { "DESCRIPTION", paragraphs(DESCRIPTION) },
    { "COMMANDS", tagged(reference.commands()) },
    { "OPTIONS", "They may stand anywhere before \\-\\-.\n" .. tagged(reference.flags()) },
    { "VALUES", paragraphs(VALUES) },
    { "EXIT STATUS", tagged(reference.exits(), bold) },
    { "ENVIRONMENT", "Variables of recipes: see pienv NAME \\-\\-help.\n" .. tagged(VARIABLES, bold) },
    { "FILES", tagged(FILES, bold) },
    { "EXAMPLES", tagged(EXAMPLES, bold) },
    { "SEE ALSO", ".BR make (1),\n.BR node (1)" },
  }
  local lines = { ('.TH PIENV 1 %s "pienv %s" "User commands"'):format(DATE, vm.version) }
  for _, section in ipairs(sections) do
    lines[#lines + 1] = ".SH " .. section[1]
    lines[#lines + 1] = section[2]
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
