---@meta pienv.json_reader
-- Strict JSON decoding for lua/pienv/json.lua. C module: engine/bind/bind_json_reader.c, engine/core/json_reader.h.

---@class pienv.json_reader
---@field null lightuserdata stands for JSON's null
local json_reader = {}

---Decodes one JSON value; every array gets `array_mark` as its metatable.
---@param text string
---@param array_mark table
---@return any? value
---@return string? err "parse JSON: line L, column C: <reason>"
---@return string? code "EJSON"
function json_reader.decode(text, array_mark) end

return json_reader
