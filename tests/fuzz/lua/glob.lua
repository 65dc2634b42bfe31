-- File name patterns (lua/pienv/glob.lua). Input: a pattern, a NUL byte, paths between line feeds.

local glob = require("pienv.glob")

-- A pattern that means itself.
local function quoted(path)
  return (path:gsub("[^%w/]", "\\%0"))
end

return function(bytes)
  local pattern, paths = bytes:match("^([^\0]*)\0?(.*)$")
  for path in paths:gmatch("[^\n]+") do
    local ok, err = pcall(glob.match, pattern, path)
    assert(ok or tostring(err):find("^pattern has more than"), err)
    assert(not (ok and err) or glob.match(pattern, path, { hidden = true }), "more is found without hidden names")
    local has_dots = ("/" .. path .. "/"):find("/%.%.?/")
    assert(has_dots or not path:find("[^/]") or glob.match(quoted(path), path), "a quoted path does not match itself")
  end
end
