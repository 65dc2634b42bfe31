-- manifest.json of an entry, and what it proves about the files beside it. Pure; the caller's json makes the texts.
--
-- The fields of the natives runbook (key, target, captured_at, source_workspace, commit, node_files) are for every
-- program; `pienv` holds what pienv itself wants to know again. An entry of another program has no such field: then
-- only the presence of its files can be checked.

local shape = require("recipes.cache.shape")

local M = {}

M.NAME = "manifest.json"
M.VERSION = 1

---@class cache.file what an entry's file was when it was captured
---@field size integer bytes
---@field mode integer permission bits that it is restored with
---@field mtime_ns integer of the entry's file
---@field sha256 string
---@field role "addon"|"companion"
---@field isa? integer x86-64 level that the addon's bytes say they need

---@class cache.record the `pienv` field
---@field version integer
---@field files table<string, cache.file>
---@field inputs cache.input[]
---@field extra cache.extra[]
---@field dirty? string "content": the inputs are those of a tree that was not committed
---@field variables table<string, string>
---@field build_seconds? number
---@field leaks? string[] what was found in the files that names the workspace

---@class cache.manifest
---@field key string
---@field target string
---@field captured_at number seconds since 1970
---@field source_workspace? string
---@field commit? string
---@field node_files string[]
---@field pienv? cache.record

local KINDS = { key = "text", target = "text", captured_at = "time", node_files = "list" }
local RECORD = { files = "list", inputs = "list?", extra = "list?", build_seconds = "amount?" }
local FILE = { size = "count", mode = "count", mtime_ns = "whole", sha256 = "text", role = "text", isa = "count?" }
local INPUT = { path = "text", id = "id" }
local EXTRA = { type = "text", name = "text", value = "text" }

-- Names of files are joined to paths: they must stay in the entry.
local function check_record(record)
  local field = shape.wrong(record, RECORD)
  if field then
    return "has no usable " .. field
  elseif not shape.all(record.inputs or {}, INPUT) or not shape.all(record.extra or {}, EXTRA) then
    return "does not say of what the key was made"
  end
  for name, file in pairs(record.files) do
    if type(name) ~= "string" or name == "" or name:find("[/\0]") or name == "." or name == ".." then
      return "holds a file name that is none"
    elseif shape.wrong(file, FILE) then
      return "does not describe " .. name
    end
  end
end

-- What other programs may leave out, and nobody relies on.
local function drop_odd_texts(value)
  for _, name in ipairs({ "commit", "source_workspace" }) do
    value[name] = type(value[name]) == "string" and value[name] or nil
  end
end

---Reads a manifest.
---@param text string
---@param decode fun(text: string): any, string?
---@return cache.manifest? manifest
---@return string? reason "manifest.json is no JSON"
function M.read(text, decode)
  local value = decode(text)
  if type(value) ~= "table" then
    return nil, M.NAME .. " is not readable"
  end
  local field = shape.wrong(value, KINDS)
  if field then
    return nil, ("%s has no %s%s"):format(M.NAME, value[field] ~= nil and "usable " or "", field)
  end
  drop_odd_texts(value)
  if type(value.pienv) ~= "table" or value.pienv.version ~= M.VERSION then
    value.pienv = nil -- another program, or another version of pienv
  end
  local wrong = value.pienv and check_record(value.pienv)
  if wrong then
    return nil, M.NAME .. " " .. wrong
  end
  return value
end

---Says why a manifest does not stand for an entry, if it does not.
---@param manifest cache.manifest
---@param wanted { key: string, target?: string }
---@return string? reason
---@return "damaged"|"target"|nil kind target: it may be right, for those who ask for another one
function M.mismatch(manifest, wanted)
  if manifest.key ~= wanted.key then
    return M.NAME .. " is of another key", "damaged"
  elseif wanted.target and manifest.target ~= wanted.target then
    return ("the entry is of target %s, not of %s"):format(manifest.target, wanted.target), "target"
  end
end

---Says how a file of an entry differs from what was captured, as far as its facts show.
---@param name string
---@param file? cache.file nil: nothing is known
---@param stat? pienv.fs.stat of the file itself; nil: it is missing
---@return string? reason
---@return boolean? doubtful the bytes may be right all the same: only the time of the last change differs
function M.damage(name, file, stat)
  if not stat then
    return name .. " is missing"
  elseif stat.type ~= "file" then
    return name .. " is a " .. stat.type .. ", not a file"
  elseif stat.size == 0 then
    return name .. " is empty"
  elseif not file then
    return nil
  elseif stat.size ~= file.size then
    return ("%s has %d bytes instead of %d"):format(name, stat.size, file.size)
  elseif stat.mtime_ns ~= file.mtime_ns then
    return name .. " was written to after it was captured", true
  end
end

---What an entry lacks to be complete: at least one addon, every companion, the manifest.
---@param input { names: string[], companions: string[], is_addon: fun(name: string): boolean }
---@return string? missing
function M.incomplete(input)
  local has, addon = {}, false
  for _, name in ipairs(input.names) do
    has[name] = true
    addon = addon or input.is_addon(name)
  end
  for _, name in ipairs({ M.NAME, table.unpack(input.companions) }) do
    if not has[name] then
      return name
    end
  end
  return not addon and "an addon" or nil
end

return M
