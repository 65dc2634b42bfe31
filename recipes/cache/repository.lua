-- Under which name a repository's entries are kept: <owner>__<repo>. Pure.

local M = {}

-- The value of a line of a git config file: quotes and comments taken off.
local function value_of(text)
  local out, quoted, i = {}, false, 1
  while i <= #text do
    local char = text:sub(i, i)
    if char == "\\" then
      i = i + 1
      out[#out + 1] = text:sub(i, i)
    elseif char == '"' then
      quoted = not quoted
    elseif not quoted and (char == "#" or char == ";") then
      break
    else
      out[#out + 1] = char
    end
    i = i + 1
  end
  return (table.concat(out):gsub("%s+$", ""))
end

---The URL of a remote out of a repository's config file.
---@param config string text of the file
---@param remote string
---@return string? url
function M.remote_url(config, remote)
  local inside, url = false, nil
  for line in config:gmatch("[^\n]+") do
    local section = line:match("^%s*%[(.-)%]")
    if section then
      inside = section:gsub('^(%a+)%s+"(.*)"$', "%1 %2"):gsub("^%a+", string.lower) == "remote " .. remote
    elseif inside then
      url = url or line:match("^%s*[Uu][Rr][Ll]%s*=%s*(.-)%s*$")
    end
  end
  return url and value_of(url)
end

-- A name that is one plain part of a path.
local function plain(word)
  return (word:gsub("[^%w._-]", "-"):gsub("^%.+", "_"))
end

---The folder name for "owner/name" as given by --repo; nil when it is not of that form.
---@param text string
---@return string? slug
function M.slug(text)
  local owner, name = text:match("^([%w_][%w._-]*)/([%w_][%w._-]*)$")
  return owner and owner .. "__" .. name or nil
end

---The folder name for the URL of a remote: its last two parts, so that no credentials get into a path.
---@param url string "https://host/owner/name.git", "git@host:owner/name", "/srv/git/owner/name.git"
---@return string? slug nil where it has no two parts
function M.slug_of_url(url)
  local tail = url:gsub("[?#].*$", ""):gsub("/+$", ""):gsub("%.git$", ""):gsub("^%a[%w+.-]*://[^/]*", "")
  local owner, name = tail:match("([^/:]+)/([^/]+)$")
  return owner and plain(owner) .. "__" .. plain(name) or nil
end

---The folder name for a repository without an origin: its folder's name and a digest of where it is.
---@param commondir string absolute path of the repository's common folder
---@param hash fun(bytes: string): string
---@return string slug
function M.local_slug(commondir, hash)
  local folder = commondir:gsub("/+$", ""):gsub("/%.git$", "")
  return "local__" .. plain(folder:match("([^/]*)$")) .. "-" .. hash(commondir):sub(1, 8)
end

return M
