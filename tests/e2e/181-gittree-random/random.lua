-- random.lua FOLDER SEED ROUNDS EDITS [sha256|split]: makes a repository in FOLDER, edits it at random, and after each
-- round of edits compares pienv.gittree.state with what git says in a copy (oracle.sh). Stops at the first difference.

local folder, seed, rounds, per_round, form = ...
local here = "tests/e2e/181-gittree-random/"
local edits = assert(dofile(here .. "edits.lua"))
local fs = require("pienv.fs")
local gittree = require("pienv.gittree")
local process = require("pienv.process")

math.randomseed(math.tointeger(tonumber(seed)))

local repository, copy = folder .. "/repository", folder .. "/copy"
local history = {}

local function shell(argv, cwd)
  local handle = assert(process.spawn({ argv = argv, cwd = cwd, timeout = 60 }))
  while true do
    for _, event in ipairs(assert(process.poll(60))) do
      if event.type == "exit" and event.handle == handle then
        handle:close()
        return event.result
      end
    end
  end
end

local function keep_history()
  assert(fs.write(folder .. "/history", table.concat(history, "\n"), { sync = false }))
  return "after " .. #history .. " edits (the seed makes them again; in the folder: history, repository, copy)"
end

local function edit(lines)
  for _, line in ipairs(lines) do
    history[#history + 1] = line
  end
  shell({ "bash", "-c", "(" .. table.concat(lines, "\n) >/dev/null 2>&1\n(") .. "\n) >/dev/null 2>&1" }, repository)
end

-- path -> letter of "git ls-files -v"
local function read_flags()
  local flags = {}
  for letter, path in assert(fs.read(folder .. "/flags")):gmatch("(%a) ([^\0]*)\0") do
    flags[path] = letter
  end
  return flags
end

local function marked(flags, path)
  local letter = flags[path] or "H"
  if letter:upper() == "S" then
    return "skip-worktree"
  end
  return letter:lower() == letter and "assume-unchanged" or "unstaged"
end

local function add(changes, path, kind)
  changes[#changes + 1] = { path = path, kind = kind }
end

local function add_row(changes, flags, row)
  local index, work, sub, path = row:match("^1 (.)(.) (....) %d+ %d+ %d+ %x+ %x+ (.*)$")
  if not path then
    path = row:match("^u .. .... %d+ %d+ %d+ %d+ %x+ %x+ %x+ (.*)$")
    add(changes, path or assert(row:match("^%? (.*)$"), row), path and "unmerged" or "untracked")
    return
  end
  if index ~= "." then
    add(changes, path, "staged")
  end
  if work ~= "." then
    add(changes, path, sub:sub(1, 1) == "S" and work == "M" and "submodule" or marked(flags, path))
  end
end

local function expected()
  local changes, flags = {}, read_flags()
  for row in assert(fs.read(folder .. "/status")):gmatch("([^\0]*)\0") do
    add_row(changes, flags, row)
  end
  local ids, i = {}, 0
  for line in assert(fs.read(folder .. "/ids")):gmatch("[^\n]+") do
    i = i + 1
    ids[edits.paths[i]] = line ~= "absent" and line
  end
  -- git knows the tree of no files; here a path without files is not there.
  for _, empty in ipairs({
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
  }) do
    ids["."] = ids["."] ~= empty and ids["."]
  end
  return { clean = #changes == 0, changes = changes, ids = ids }
end

-- What of the changes is under one of these paths.
local function under(all, paths)
  local changes, ids = {}, {}
  for _, change in ipairs(all.changes) do
    for _, path in ipairs(paths) do
      if path == "." or (change.path .. "/"):sub(1, #path + 1) == path .. "/" then
        changes[#changes + 1] = change
        break
      end
    end
  end
  for _, path in ipairs(paths) do
    ids[path] = all.ids[path]
  end
  return { clean = #changes == 0, changes = changes, ids = ids }
end

-- The rows of a state, as a set of lines.
local function rows_of(state)
  local rows = {}
  for _, change in ipairs(state.changes) do
    rows[change.kind .. " " .. change.path] = true
  end
  for path, id in pairs(state.ids) do
    rows["id of " .. path .. " is " .. tostring(id)] = true
  end
  return rows
end

-- Rows of files of attributes are left out: the oracle stages their deletion, which is another kind of change.
local function lacking(rows, other, what, out)
  for row in pairs(rows) do
    if not other[row] and not row:find("%.gitattributes$") then
      out[#out + 1] = what .. row
    end
  end
end

local function compare_once(want, paths, what, memo)
  local got = assert(gittree.state(repository, paths, { ids = true, memo = memo, settle = -10 }))
  local wanted, differences = under(want, paths), {}
  lacking(rows_of(got), rows_of(wanted), "only pienv: ", differences)
  lacking(rows_of(wanted), rows_of(got), "only git: ", differences)
  table.sort(differences)
  if differences[1] or got.clean ~= wanted.clean then
    error(what .. ":\n" .. table.concat(differences, "\n") .. "\n" .. keep_history(), 0)
  end
end

-- Without a memory, with that of earlier rounds, and with the one that this may have written.
local function compare(want, paths, what, memo)
  compare_once(want, paths, what)
  if form then
    return -- read by git, without a memory
  end
  compare_once(want, paths, what .. ", earlier memo", memo)
  compare_once(want, paths, what .. ", own memo", memo)
end

-- The same paths each time, so that a memory is of use; most edits are elsewhere.
local function compare_few(want, round)
  for i, paths in ipairs({ { "dir-x" }, { "key/in.crlf", "dir-x/a" }, { "dir/sub", "nothing" } }) do
    compare(want, paths, "round " .. round .. ", few paths", folder .. "/memo" .. i)
  end
end

local function some(list)
  local chosen = {}
  for _, item in ipairs(list) do
    if item ~= "." and math.random() < 0.4 then
      chosen[#chosen + 1] = item
    end
  end
  return chosen
end

assert(fs.mkdirs(repository))
edit({ form == "sha256" and "git init -q --object-format=sha256" or "git init -q" })
edit(edits.first())
edit({ "git add -A && git commit -q -m first" })
if form == "split" then
  edit({ "git config core.splitIndex true", "git update-index --split-index" })
end
local clean, refused, kinds = 0, 0, {}
for round = 1, tonumber(rounds) do
  local lines = {}
  for i = 1, math.random(tonumber(per_round)) do
    lines[i] = edits.one()
  end
  edit(lines)
  local result = shell({ here .. "oracle.sh", repository, copy, table.unpack(edits.paths) })
  local want = result.exit == 0 and expected()
  if want then
    compare(want, edits.paths, "round " .. round, folder .. "/memo")
    compare(want, some(edits.paths), "round " .. round .. ", some paths", folder .. "/memo-some")
    compare_few(want, round)
  elseif result.exit == 3 then
    refused = refused + 1
    edit({ "git reset -q --hard", "git clean -q -ffdx" })
  else
    error("oracle: " .. result.stderr .. keep_history(), 0)
  end
  clean = clean + (want and want.clean and 1 or 0)
  for _, change in ipairs(want and want.changes or {}) do
    kinds[change.kind] = (kinds[change.kind] or 0) + 1
  end
end
assert(refused * 20 <= tonumber(rounds), "git refused too often")
local seen = { "clean " .. clean }
for kind, count in pairs(kinds) do
  seen[#seen + 1] = kind .. " " .. count
end
table.sort(seen)
print(rounds .. " rounds, " .. #history .. " edits: " .. table.concat(seen, ", "))
