-- The command line (lua/pienv/cli/line.lua). Input: words, between NUL bytes.

local failure = require("pienv.failure")
local line = require("pienv.cli.line")

local OPTIONS = {
  root = { type = "string" },
  file = { type = "string", missing = "'--file' needs a path" },
  strict = { type = "boolean" },
  only_these = { type = "list" },
  level = { type = "integer", bare = "1" },
}

local recipes = {
  { name = "plain", options = OPTIONS },
  { name = "word", options = OPTIONS, word = "file" },
  { name = "words", options = OPTIONS, word = "only_these" },
}

-- What a user is told has a text; anything else is not ours.
local function try(call, ...)
  local result = table.pack(pcall(call, ...))
  if result[1] then
    return result[2]
  elseif not failure.is(result[2]) then
    error(result[2], 0)
  end
  assert(failure.render(result[2]):find("^error%[P0101%]: "), "is told in another form")
  assert(result[2].exit == 2, "ends with another code")
end

return function(bytes)
  local words = {}
  for word in bytes:gmatch("[^\0]+") do
    words[#words + 1] = word
  end
  local parsed = try(line.parse, words)
  if not parsed then
    return
  end
  assert(#parsed.rest + #parsed.args <= #words, "has more words than were given")
  for _, recipe in ipairs(recipes) do
    for name, value in pairs(try(line.recipe_options, parsed.rest, recipe) or {}) do
      assert(OPTIONS[name] and type(value) == "string", "gives what is no option")
    end
  end
  try(line.refuse_rest, parsed, 1, OPTIONS)
  try(line.take_own, parsed, "own", { strict = OPTIONS.strict, file = OPTIONS.file })
end
