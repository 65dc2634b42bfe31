-- The answer: a table for people, events for programs, and where nothing loads the loader's own words.

local path = require("pienv.path")
local texts = require("recipes.addon.texts")

local M = {}

local NOTHING_LOADS = 10

local function shown(s, file)
  return path.relative(file, s.root) or file
end

local function column(rows, title, value)
  local width = #title
  for _, row in ipairs(rows) do
    width = math.max(width, #value(row))
  end
  return { title = title, value = value, width = width }
end

local function state_of(row)
  return row.load and row.load.class or "-"
end

local function bytes_of(row)
  return row.static and row.static.class or row.pending and "pending" or "-"
end

local function columns_of(s, rows)
  return {
    column(rows, " ", function(row)
      return row.chosen and "*" or " "
    end),
    column(rows, "folder", function(row)
      return row.folder
    end),
    column(rows, "size", function(row)
      return row.size and tostring(row.size) or "missing"
    end),
    column(rows, "version", function(row)
      return row.identity or "-"
    end),
    column(rows, "bytes", bytes_of),
    column(rows, "load", state_of),
    column(rows, "file", function(row)
      return shown(s, row.path)
    end),
  }
end

local function line_of(columns, text_of)
  local parts = {}
  for i, one in ipairs(columns) do
    local text = text_of(one)
    parts[i] = text .. (" "):rep(one.width - #text)
  end
  return (table.concat(parts, "  "):gsub("%s+$", ""))
end

-- What is to be said of a row beside its words.
local function notes_of(row)
  local notes = { row.pending }
  if row.size and row.error then
    notes[#notes + 1] = row.error
    notes[#notes + 1] = row.hint
  elseif row.load then
    notes[#notes + 1] = row.load.reason
  elseif row.chosen and row.static then
    notes[#notes + 1] = row.static.reason
  end
  for _, remark in ipairs(row.remarks) do
    notes[#notes + 1] = remark
  end
  return notes
end

local function print_rows(s, rows)
  local columns = columns_of(s, rows)
  s:print(line_of(columns, function(one)
    return one.title
  end))
  for _, row in ipairs(rows) do
    s:print(line_of(columns, function(one)
      return one.value(row)
    end))
    for _, note in ipairs(notes_of(row)) do
      s:print("     " .. note)
    end
  end
end

---What a loader says when it gave up: attempts in order, those to extract or stage first.
---@param s pienv.context
---@param here probe.situation
---@param notes { error: string }[]
---@param rows probe.row[]
---@return string
function M.failure(s, here, notes, rows)
  local attempts, settings = {}, s.settings
  for i, note in ipairs(notes) do
    attempts[i] = note
  end
  for _, row in ipairs(rows) do
    attempts[#attempts + 1] = { path = row.path, error = row.error or "was not tried" }
  end
  return texts.failure({
    addon = settings.addon,
    platform = here.platform,
    arch = here.arch,
    variant = here.variant,
    variants = settings.variants,
    tags = settings.tags,
    mode = here.mode,
    package = here.package,
    version = here.version,
    names = here.names,
    versioned = here.folders.versioned,
    attempts = attempts,
    install_command = settings.install_command,
    build_command = settings.build_command,
    folder = settings.package,
    download = settings.download,
  })
end

local function row_event(row)
  return {
    path = row.path,
    folder = row.folder,
    found = row.size ~= nil,
    pending = row.pending,
    size = row.size,
    identity = row.identity,
    static = row.static and row.static.class,
    load = row.load and row.load.class,
    reason = row.error or row.load and row.load.reason or row.static and row.static.reason,
    hint = row.hint,
    chosen = row.chosen,
  }
end

local function events(s, here, result, tidy, failure)
  for _, row in ipairs(result.rows) do
    local event = row_event(row)
    event.remarks = s.json.array(row.remarks)
    s.ui:event("candidate", event)
  end
  s.ui:event("probe", {
    target = here.tag,
    variant = here.variant,
    source = here.source,
    mode = here.mode,
    because = here.because,
    load = here.loads,
    chosen = result.chosen and result.chosen.path,
    failure = failure,
    remarks = s.json.array(here.remarks),
    stale = s.json.array(tidy.stale),
    removed = tidy.removed,
  })
end

local function print_head(s, here)
  local variant = here.variant and (" %s (%s)"):format(here.variant, here.source) or ""
  s:print(("%s%s, %s: %s"):format(here.tag, variant, here.mode, here.because))
  for _, remark in ipairs(here.remarks) do
    s:print(remark)
  end
end

local function print_tidy(s, here, tidy)
  if #tidy.stale > 0 then
    local verb = tidy.removed and "removed" or "nobody uses"
    s:print(("%s in %s: %s"):format(verb, here.folders.natives, table.concat(tidy.stale, ", ")))
  end
  for _, failure in ipairs(tidy.failures) do
    s:print(failure)
  end
end

---@param s pienv.context
function M.run(s)
  local here, result, tidy = s.needs.situation, s.needs.load, s.needs.tidy
  local notes = s.needs.prepare and s.needs.prepare.notes or {}
  local failure = not result.chosen and M.failure(s, here, notes, result.rows) or nil
  events(s, here, result, tidy, failure)
  print_head(s, here)
  for _, note in ipairs(notes) do
    s:print(note.error)
  end
  print_rows(s, result.rows)
  print_tidy(s, here, tidy)
  if failure then
    s:print("")
    s:print(failure)
    s:ends_with(NOTHING_LOADS)
  end
end

return M
