-- report.lua BUILD ABOUT: docs/COVERAGE.md from what tests/coverage/run collected.

local fs = require("pienv.fs")

local build, about = ...

local function text_lines(path)
  local list = {}
  for line in io.lines(path) do
    list[#list + 1] = line
  end
  return list
end

-- files[path] = { lines = { [number] = true or false }, text = {} }: whether each line that can run did.
local files = {}

local function file_of(path)
  if not files[path] then
    files[path] = { lines = {}, text = text_lines(path) }
  end
  return files[path]
end

-- What tests/coverage/lines.c writes for each file: whether the name is there, the name, a byte for each line.
local function each_ran(mark)
  local size, named = 4 + 120 + 1024, 2
  local input = assert(io.open(build .. "/lua.lines", "rb"))
  for record in
    function()
      return input:read(size)
    end
  do
    if #record == size and ("I4"):unpack(record) == named then
      mark(record:sub(5, 124):match("^[^\0]*"), record:sub(125))
    end
  end
  input:close()
end

-- A line that only closes what others began, which has a jump that may never be taken.
local function only_closes(text)
  return text:find("^%s*end[%]%)},]*$") ~= nil or text:find("^%s*[%]%)},]+$") ~= nil
end

local function read_lua()
  for line in io.lines(build .. "/lua.active") do
    local path, number = line:match("^(.*):(%d+)$")
    local file = file_of(path)
    if not only_closes(file.text[tonumber(number)]) then
      file.lines[tonumber(number)] = false
    end
  end
  each_ran(function(path, ran)
    for number, did in pairs(files[path] and files[path].lines or {}) do
      files[path].lines[number] = did or ran:byte(number + 1) ~= 0
    end
  end)
end

local function read_c()
  local file
  for line in io.lines(build .. "/c.lines") do
    local source = line:match("^source (.*)")
    if source then
      file = source:match("^engine/.*%.c$") and file_of(source)
    elseif file then
      local count, number = line:match("^(%S+) (%d+) ")
      if count and count ~= "-" then
        number = tonumber(number)
        file.lines[number] = file.lines[number] or count:match("^%d") ~= nil
      end
    end
  end
end

-- tests/coverage/judged: a path, a plain text and the judgement, with tabs between; the first that fits counts. The
-- text must stand in the first line of the block, so that a rule does not come to cover what is written before it
-- later. `*` fits every block of the file. A path that ends in `/` is a rule for many files: it holds for small blocks
-- inside of a function that ran, and its text may stand anywhere in them.
local MOST_GENERAL = 4

local function read_judged()
  local list = {}
  for line in io.lines("tests/coverage/judged") do
    local path, text, judgement = line:match("^([^\t#]+)\t([^\t]+)\t(.+)$")
    if path then
      list[#list + 1] = { path = path, text = text, judgement = judgement, general = path:sub(-1) == "/" }
    end
  end
  return list
end

local judged = read_judged()

local function fits(rule, path, block)
  if rule.general then
    local inside = block.count <= MOST_GENERAL and not block.opens
    return inside and path:sub(1, #rule.path) == rule.path and block.text:find(rule.text, 1, true) ~= nil
  end
  return path == rule.path and (rule.text == "*" or block.text:match("^[^\n]*"):find(rule.text, 1, true) ~= nil)
end

local function judgement(path, block)
  for _, rule in ipairs(judged) do
    if fits(rule, path, block) then
      rule.used = true
      return rule.judgement
    end
  end
  return "not judged"
end

-- Whether a function begins in the line; in C, `name:` is a label.
local function opens_function(path, text)
  if path:find("%.c$") then
    return text:find("^[%a_]") ~= nil and not text:find("^[%w_]+:$")
  end
  return text:find("^function ") ~= nil or text:find("^local function ") ~= nil
end

-- Runs of lines that did not run, with only lines that cannot run between them, in one function. `opens`: nothing of
-- the function ran before.
local function blocks(path, file)
  local list, block, fresh = {}, nil, false
  for number, text in ipairs(file.text) do
    local ran, opens = file.lines[number], opens_function(path, text)
    if block and (ran or opens) then
      list[#list + 1], block = block, nil
    end
    fresh = opens or (fresh and not ran)
    if ran == false then
      block = block or { first = number, text = "", count = 0, opens = fresh }
      block.last, block.count, block.text = number, block.count + 1, block.text .. text .. "\n"
    end
  end
  list[#list + 1] = block
  return list
end

local function cell(path, file, unjudged)
  local groups, order = {}, {}
  for _, block in ipairs(blocks(path, file)) do
    local said = judgement(path, block)
    if not groups[said] then
      groups[said], order[#order + 1] = {}, said
    end
    local where = block.first == block.last and block.first or block.first .. "–" .. block.last
    table.insert(groups[said], tostring(where))
    unjudged.blocks = unjudged.blocks + 1
    unjudged.count = unjudged.count + (said == "not judged" and 1 or 0)
  end
  for i, said in ipairs(order) do
    order[i] = said .. ": " .. table.concat(groups[said], ", ")
  end
  return table.concat(order, "; ")
end

read_lua()
read_c()
local paths, rows, sums, unjudged = {}, {}, {}, { blocks = 0, count = 0 }
for path in pairs(files) do
  paths[#paths + 1] = path
end
table.sort(paths)
for _, path in ipairs(paths) do
  local all, ran = 0, 0
  for _, did in pairs(files[path].lines) do
    all, ran = all + 1, ran + (did and 1 or 0)
  end
  if all > 0 then
    local top = path:match("^[^/]+")
    sums[top] = sums[top] or { 0, 0 }
    sums[top][1], sums[top][2] = sums[top][1] + all, sums[top][2] + ran
    rows[#rows + 1] = ("| %s | %d | %.1f %% | %s |"):format(
      path,
      all,
      100 * ran / all,
      cell(path, files[path], unjudged)
    )
  end
end
local total = {}
for _, top in ipairs({ "engine", "lua", "recipes" }) do
  local sum = sums[top] or { 0, 0 }
  total[#total + 1] = ("| %s/ | %d | %.1f %% |"):format(top, sum[1], 100 * sum[2] / math.max(sum[1], 1))
end
assert(fs.write(
  "docs/COVERAGE.md",
  ([[
# Line coverage

`%s`. That command writes this page; nothing is edited by hand.

| folder | lines | ran |
| --- | ---: | ---: |
%s

%d blocks did not run; of %d nothing has been said yet (`tests/coverage/judged`).

| file | lines | ran | did not run |
| --- | ---: | ---: | --- |
%s
]]):format(about, table.concat(total, "\n"), unjudged.blocks, unjudged.count, table.concat(rows, "\n"))
))
io.stdout:write(table.concat(total, "\n"), "\n", unjudged.count, " of ", unjudged.blocks, " blocks are not judged\n")
for _, rule in ipairs(judged) do
  if not rule.used then
    io.stdout:write("no block fits: ", rule.path, "\t", rule.text, "\n")
  end
end
