-- The end of a run: what is embedded, as data and as text; and what a plan shows.

local install = require("recipes.embed.install")
local path = require("pienv.path")
local request = require("recipes.embed.request")

local M = {}

local function grouped(number)
  local text = tostring(number):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (text:gsub("^,", ""))
end

---@param packed { size: integer, unpacked: integer }
---@return string "87,020,000 of 367,000,000 bytes (23.7 %)"
function M.ratio(packed)
  local percent = packed.unpacked > 0 and 100 * packed.size / packed.unpacked or 100
  return ("%s of %s bytes (%.1f %%)"):format(grouped(packed.size), grouped(packed.unpacked), percent)
end

local function shown(s, name)
  local file = path.join(request.output(s), name)
  return path.relative(file, s.root) or file
end

-- Archives of other targets stay: another release may be using them. The manifest names one only.
local function others(s)
  local names = {}
  for _, name in ipairs(install.archives(s)) do
    names[#names + 1] = name ~= s.targets[1].archive and name or nil
  end
  return names
end

---@param embedded { packed: embed.packed, version: string, remarks: table<string, string>, others: string[] }
---@return string[] lines
function M.lines(embedded)
  local packed = embedded.packed
  local lines = {
    "  size      " .. M.ratio(packed),
    "  sha256    " .. packed.sha256,
    "  version   " .. embedded.version,
  }
  for _, file in ipairs(packed.files) do
    lines[#lines + 1] = ("  %-8s  %s  %s bytes"):format(file.variant, file.filename, grouped(file.size))
    lines[#lines + 1] = "            sha256 " .. file.sha256
    local remark = embedded.remarks[file.filename]
    lines[#lines + 1] = remark and "            " .. remark
  end
  if #embedded.others > 0 then
    lines[#lines + 1] = "  kept      "
      .. table.concat(embedded.others, ", ")
      .. " (not named here; --reset removes them)"
  end
  return lines
end

local function event(s, packed, version)
  return {
    path = shown(s, s.targets[1].archive),
    size = packed.size,
    sha256 = packed.sha256,
    unpacked = packed.unpacked,
    version = version,
    files = s.json.array(packed.files),
  }
end

local function print_embedded(s, packed)
  local embedded = { packed = packed, others = others(s) }
  embedded.version, embedded.remarks = s.needs.verify[1].version, s.needs.verify[1].remarks
  local facts = event(s, packed, embedded.version)
  s.ui:event("embedded", facts)
  s.ui:event("artifact", { path = facts.path, size = facts.size, sha256 = facts.sha256 })
  s:print(shown(s, s.targets[1].archive))
  for _, line in ipairs(M.lines(embedded)) do
    s:print(line)
  end
  for _, file in ipairs(s.needs.manifest) do
    s:print(shown(s, file.name))
  end
end

local function print_reset(s)
  local stubs, removed = {}, {}
  for i, file in ipairs(s.needs.manifest) do
    stubs[i] = shown(s, file.name)
    s:print(stubs[i] .. ": nothing is embedded")
  end
  for _, change in ipairs(s.needs.install) do
    if not change.bytes then
      removed[#removed + 1] = shown(s, path.basename(change.path))
      s:print(removed[#removed] .. ": removed")
    end
  end
  s.ui:event("reset", { stubs = s.json.array(stubs), removed = s.json.array(removed) })
end

---@param s pienv.context
function M.run(s)
  local packed = (s.needs.pack or {})[1]
  if packed then
    print_embedded(s, packed)
  else
    print_reset(s)
  end
end

---Lines of -n: what would be made of what.
---@param c pienv.context
---@return string[]
function M.preview(c)
  local target, lines = c.targets[1], {}
  if not target then
    for _, name in ipairs(install.archives(c)) do
      lines[#lines + 1] = "remove " .. shown(c, name)
    end
    return lines
  end
  for _, candidate in ipairs(target.candidates) do
    local there = c.fs.stat(path.join(request.output(c), candidate.filename)) ~= nil
    local row = ("%s %s  %s"):format(there and "pack  " or "absent", candidate.variant, shown(c, candidate.filename))
    lines[#lines + 1] = row
  end
  lines[#lines + 1] = "into   " .. shown(c, target.archive)
  return lines
end

return M
