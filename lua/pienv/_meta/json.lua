---@meta pienv.c.json
-- The C half of pienv.json (lua/pienv/json.lua): strict decoding, and lines of logs. C module: engine/bind/bind_json.c,
-- on jansson, and bind_json_form.c.

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

---Makes a function that writes objects with always the same members, as one line of JSON with its newline. It takes
---their values in the order of the names: texts (a byte that is not UTF-8 becomes U+FFFD), integers, floats below 1e12
---(with six digits behind the point), booleans, lists of texts; a member without a value is left out. It raises for
---anything else.
---@param names string[] at most 40, of small letters, digits and "_"
---@return fun(...: string|number|boolean|string[]|nil): string line
function json.form(names) end

return json
