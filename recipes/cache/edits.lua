-- Which changes of an output are a user's work. Pure.

local M = {}

---A text without what is generated in it: from the end of the first marker to the second. The whole text where the
---markers are missing.
---@param text string
---@param markers { start: string, stop: string }
---@return string
function M.outside(text, markers)
  local _, first = text:find(markers.start, 1, true)
  local last = first and text:find(markers.stop, first + 1, true)
  return last and text:sub(1, first) .. text:sub(last) or text
end

---Whether two texts differ at most in what is generated.
---@param input { a: string, b: string, markers: { start: string, stop: string } }
---@return boolean
function M.same(input)
  return input.a == input.b or M.outside(input.a, input.markers) == M.outside(input.b, input.markers)
end

local NULL_STUB = "export const embeddedAddon = null;\n"

local function is_null(bytes)
  return bytes:find("embeddedAddon[^=\n]*=%s*null") ~= nil
end

---What an entry holds in place of a companion: the stub that embeds nothing in place of one that names an archive which
---the entry does not hold.
---@param input { name: string, bytes: string, head?: string, companions: string[] } head: the committed content
---@return string? bytes nil: the file as it is
function M.stub(input)
  if input.name ~= "embedded-addon.js" or is_null(input.bytes) then
    return nil
  end
  for _, name in ipairs(input.companions) do
    if name:find("^embedded%-addons%..*%.tar%.gz$") then
      return nil
    end
  end
  return input.head and is_null(input.head) and input.head or NULL_STUB
end

---Words in the names of variables whose values are nobody's business.
M.SECRETS = { "SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE", "API_KEY", "ACCESS_KEY", "AUTH" }

---The variables that a manifest records: those of the list that are set and do not look like secrets.
---@param input { names: string[], env: table<string, string>, secrets: string[] }
---@return table<string, string>
function M.variables(input)
  local record = {}
  for _, name in ipairs(input.names) do
    local secret = false
    for _, word in ipairs(input.secrets) do
      secret = secret or name:upper():find(word, 1, true) ~= nil
    end
    record[name] = not secret and input.env[name] or nil
  end
  return record
end

---Says why what these variables built is for this machine's CPU alone, if it is.
---@param env table<string, string>
---@return string? reason
function M.native(env)
  for _, name in ipairs({ "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CFLAGS", "CXXFLAGS", "CC" }) do
    local value = env[name] or ""
    if value:find("target%-cpu=native") or value:find("%-m[ac][rp][cu]h?=native") then
      return name .. " asks for the CPU of this machine (native)"
    end
  end
end

-- A name on one line, whatever it holds.
local function on_one_line(name)
  return (
    name:gsub("%c", function(byte)
      return ({ ["\n"] = "\\n", ["\t"] = "\\t" })[byte] or ("\\x%02x"):format(byte:byte())
    end)
  )
end

---The change of inputs on one line.
---@param changes { path: string, kind: string }[] at least one
---@return string
function M.dirty(changes)
  local first = changes[1]
  local more = #changes > 1 and (" and %d more"):format(#changes - 1) or ""
  return ("%s is %s%s"):format(on_one_line(first.path), first.kind, more)
end

return M
