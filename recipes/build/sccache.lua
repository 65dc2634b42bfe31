-- When a build failed only because the storage of sccache could not be reached, it is tried once more without. Pure.

local M = {}

---Both must stand in what cargo said on standard error.
M.SIGNS = { "sccache: error", "cache storage failed" }

M.NOTICE = "sccache storage unavailable; retrying native build without RUSTC_WRAPPER"

local VARIABLES = {
  "RUSTC_WRAPPER",
  "SCCACHE_BUCKET",
  "SCCACHE_ENDPOINT",
  "SCCACHE_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
}

---Whether the failure was that one.
---@param input { wrapper?: string, seen: table<string, boolean> } `seen`: which of the signs were there
---@return boolean
function M.is_cause(input)
  return input.wrapper == "sccache" and input.seen[M.SIGNS[1]] == true and input.seen[M.SIGNS[2]] == true
end

---The environment of the second attempt: as before, without sccache.
---@param env table<string, string|false>
---@return table<string, string|false>
function M.without(env)
  local copy = {}
  for name, value in pairs(env) do
    copy[name] = value
  end
  for _, name in ipairs(VARIABLES) do
    copy[name] = false
  end
  return copy
end

return M
