---@meta pienv.shape
-- Whether many tables have only known fields, each of its type. C module: engine/bind/bind_shape.c.

---@class pienv.shape
local shape = {}

---Is every entry of a table named by a text, and itself a table of one of the shapes? A shape tells the types of each
---field that there may be: "string", "function|table", "texts" (a list of texts of which none is empty), and with "!" at
---the end what must be there. A table, an entry or a list of texts that has a metatable is of no shape: through it, it could
---have more than stands in it. Tells only whether: for ten thousand entries, in half of the time that a loop takes; who
---wants to know what is wrong looks at one after the other then.
---@param rows table<any, any>
---@param ... table<string, string> shapes
---@return boolean
function shape.all(rows, ...) end

return shape
