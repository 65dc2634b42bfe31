---@meta pienv.env
-- The environment of this process, read only: children get theirs from pienv.process. C module: engine/bind/bind_env.c.

---@class pienv.env
local env = {}

---The value of a variable, "" for one that is set and empty.
---@param name string without '='
---@return string? value nil when it is not set
function env.get(name) end

---A new table of all variables.
---@return table<string, string>
function env.all() end

return env
