-- state.lua FOLDER [ignore=PATTERN | memo=FILE | settle=N]... PATH...
-- What pienv.gittree.state says: "clean" or a line a change, then ids.
local gittree = require("pienv.gittree")

local paths, options = {}, { ids = true, ignore = {} }
for _, word in ipairs({ select(2, ...) }) do
  local name, value = word:match("^(%l+)=(.*)$")
  if name == "ignore" or not name then
    table.insert(name and options.ignore or paths, value or word)
  else
    options[name] = math.tointeger(tonumber(value)) or value
  end
end
local state, err, code = gittree.state(..., paths, options)
if not state then
  print(code, err)
  return
end
print(state.clean and "clean" or "dirty")
for _, change in ipairs(state.changes) do
  print(change.kind .. " " .. change.path)
end
for _, path in ipairs(paths) do
  print(path .. " = " .. tostring(state.ids[path]))
end
