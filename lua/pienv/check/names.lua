-- Names of files that recipes make, against those that recipes look for: pure, one table in, a list of problems out.

local M = {}

---@class pienv.check.problem
---@field rule string
---@field message string
---@field hint? string
---@field recipe string whose file name policy is meant

---@class pienv.check.named
---@field recipe string
---@field files pienv.named_file[]

local function is_file_name(name)
  return type(name) == "string" and name ~= "" and name ~= "." and name ~= ".." and not name:find("[/%z]")
end

-- Targets of one file, in their order.
local function doubles(made)
  local list, first, told = {}, {}, {}
  for _, named in ipairs(made.files) do
    local other = first[named.file]
    if other and other ~= named.target and not told[named.file .. "\0" .. named.target] then
      told[named.file .. "\0" .. named.target] = true
      list[#list + 1] = {
        rule = "same-file-name",
        recipe = made.recipe,
        message = ("%s and %s have one file name: %s"):format(other, named.target, named.file),
        hint = "give each target its own name in the policy 'filename'",
      }
    end
    first[named.file] = other or named.target
  end
  return list
end

local function wrong_names(made)
  local list, told = {}, {}
  for _, named in ipairs(made.files) do
    if not is_file_name(named.file) and not told[named.target] then
      told[named.target] = true
      list[#list + 1] = {
        rule = "bad-file-name",
        recipe = made.recipe,
        message = ("the name for %s is no file name: %s"):format(named.target, tostring(named.file)),
        hint = "the policy 'filename' returns a text without '/'",
      }
    end
  end
  return list
end

-- Files that one recipe makes and another one never looks for; the first of them stands for all.
local function unreached(made, loaded)
  local tried, first, count = {}, nil, 0
  for _, named in ipairs(loaded.files) do
    tried[tostring(named.file)] = true
  end
  for _, named in ipairs(made.files) do
    if not tried[tostring(named.file)] then
      first, count = first or named, count + 1
    end
  end
  local more = count > 1 and (" (and %d more)"):format(count - 1) or ""
  return first
    and {
      rule = "unreachable-file",
      recipe = made.recipe,
      message = ("no candidate of '%s' reaches %s, which '%s' makes for %s%s"):format(
        loaded.recipe,
        tostring(first.file),
        made.recipe,
        first.target,
        more
      ),
      hint = "override 'filename' for all recipes, in [\"*\"], and let it look at platform, arch and variant only",
    }
end

---@param makers pienv.check.named[]
---@param loaders pienv.check.named[]
---@return pienv.check.problem[]
function M.problems(makers, loaders)
  local list = {}
  for _, made in ipairs(makers) do
    local wrong = wrong_names(made)
    table.move(wrong, 1, #wrong, #list + 1, list)
    local same = #wrong == 0 and doubles(made) or {}
    table.move(same, 1, #same, #list + 1, list)
    for _, loaded in ipairs(#wrong == 0 and loaders or {}) do
      list[#list + 1] = unreached(made, loaded)
    end
  end
  return list
end

return M
