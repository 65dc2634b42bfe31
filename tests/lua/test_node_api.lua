-- require "pienv.node_api"

local node_api = require("pienv.node_api")
local t = require("pienv.test")

t.test("a function's version is the first that has it", function()
  t.equal(node_api.version_of("napi_create_function"), 1)
  t.equal(node_api.version_of("napi_create_bigint_int64"), 6)
  t.equal(node_api.version_of("node_api_get_module_file_name"), 9)
  t.equal(node_api.version_of("napi_no_such_thing"), nil)
end)

t.test("the minimum is the highest version of all functions, with the one that needs it", function()
  local version, name = node_api.minimum({ "malloc", "napi_create_function", "napi_create_bigint_int64", "strlen" })
  t.equal({ version, name }, { 6, "napi_create_bigint_int64" })
end)

t.test("without undefined functions nothing is known", function()
  t.equal(node_api.minimum({ "malloc" }), nil)
end)

t.test("functions keeps the order of the names", function()
  t.equal(node_api.functions({ "napi_wrap", "free", "napi_get_boolean" }), { "napi_wrap", "napi_get_boolean" })
end)

t.test("an addon starts by an export, or registers itself", function()
  local function entry(exports, undefined)
    return node_api.entry({ exports = exports, undefined = undefined or {} })
  end
  t.equal(entry({ "a", "napi_register_module_v1", "node_register_module_v115" }), "napi_register_module_v1")
  t.equal(entry({ "node_register_module_v115" }), "node_register_module_v115")
  t.equal(entry({}, { "napi_module_register" }), "napi_module_register")
  t.equal(entry({ "napi_register_module_v1x" }, { "malloc" }), nil)
end)
