local json = require("pienv.json")

local long = string.rep("\\n", 3000)
local text = '{"list":[1,2.5,"plain","\\u20ac escaped",null,true,[],{}],"other":{"a":"' .. long .. '"}}'
local value = assert(json.decode(text))
assert(#value.other.a == 3000)
assert(json.decode(json.encode(value, { indent = 2 })))
assert(not json.decode("[1,"))

local form = require("pienv.c.json").form({ "text", "list", "at" })
assert(#form(long, { long, "b" }, 1.5) > 12000)
