-- Declarations in TypeScript, and the module whose exports come from them (recipes/build/exports.lua, enums.lua).
-- Input: index.d.ts, then a NUL byte and index.js, if there is one.

local exports = require("recipes.build.exports")

local function check_names(list)
  for _, name in ipairs(list) do
    assert(name:find("^[%w_]+$"), "exports a name that is none")
  end
end

return function(bytes)
  local types, index = bytes:match("^([^\0]*)\0?(.*)$")
  local plain = exports.plain_enums(types)
  local symbols = exports.symbols(plain)
  check_names(symbols.classes)
  check_names(symbols.functions)
  for _, enum in ipairs(symbols.enums) do
    check_names({ enum.name })
    for _, member in ipairs(enum.members) do
      check_names({ member.name })
      assert(member.value:find('^".*"$') or member.value:find("^%d+$"), "exports a value that is none")
    end
  end
  assert(exports.plain_enums(plain) == plain, "a second pass over the enums changes something")
  for _, text in ipairs({ index, index .. exports.START .. "\n" .. exports.STOP .. index }) do
    local patched = exports.patch({ index = text, path = "index.js", symbols = symbols })
    local again = patched and exports.patch({ index = patched, path = "index.js", symbols = symbols })
    assert(again == patched, "a second patch changes something")
  end
end
