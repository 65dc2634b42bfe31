-- luacheck's settings; tests/lint/luacheck runs it on every Lua file.
std = "lua54"
max_line_length = 120
-- Stubs have functions without bodies and tables that only the annotations use.
files["lua/pienv/_meta"] = { ignore = { "211", "212", "241" } }
-- A method or a policy function keeps the shape of its kind, whether or not it needs every argument.
unused_args = false
