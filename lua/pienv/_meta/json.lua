---@meta pienv.c.json
-- The C half of pienv.json (lua/pienv/json.lua): strict decoding. C module: engine/bind/bind_json.c, on jansson.

---@class pienv.c.json
---@field null lightuserdata stands for JSON's null
local json = {}

---Decodes one JSON value; every array gets `array_mark` as its metatable. Raises "not enough memory" where the text
---takes more than there is, or than the limit of the Lua state (pienv.vm).
---@param text string
---@param array_mark table
---@return any? value
---@return string? err "parse JSON: line L, column C: <reason>", or "parse JSON: nested deeper than 128 levels"
---@return string? code "EJSON"
function json.decode(text, array_mark) end

return json
