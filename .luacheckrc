-- luacheck's settings; tests/lint/luacheck runs it on every Lua file.
std = "lua54"
max_line_length = 120
-- An empty branch says by a comment why nothing happens; `cleanup` holds a value only to close it.
ignore = { "542", "211/cleanup" }
-- Stubs have functions without bodies, tables that only the annotations use, and annotations that cannot be wrapped.
files["lua/pienv/_meta"] = { ignore = { "211", "212", "241", "631" } }
-- A method or a policy function keeps the shape of its kind, whether or not it needs every argument.
unused_args = false
