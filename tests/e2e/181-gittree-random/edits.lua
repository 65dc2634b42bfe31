-- Random edits of a repository, as lines of shell. Each function returns one edit.

local M = {}

local FILES = {
  "a",
  "b.txt",
  "dir/a",
  "dir/b.txt",
  "dir/with space",
  "dir/sub/x.log",
  "dir/sub/y.txt",
  "dir/sub/deep/z",
  "dir.txt",
  "dir-x/a",
  "key/line\nfeed",
  "key/not\xffutf8",
  "key/in.crlf",
  "key/tmp/out.log",
  "key/tmp/kept",
}
local FOLDERS = { "", "dir/", "dir/sub/", "key/", "key/tmp/" }
local RULES = {
  "*.log",
  "!x.log",
  "tmp/",
  "/dir/sub",
  "sub/*",
  "!sub/deep",
  "**/deep/z",
  "dir/**",
  "!dir/",
  "*",
  "!*/",
  "!a",
  "b.tx?",
  "[ab]",
  "[!a]",
  "key/**/out.log",
  "with\\ space",
  "line*",
  "# no rule",
  "\\#x",
  "kept ",
  "a\\ ",
  "dir/sub/",
  "/a",
  "x.l[[:alpha:]]g",
  "",
}
local ATTRIBUTES = {
  "* text=auto",
  "*.txt text",
  "*.crlf text eol=crlf",
  "*.txt -text",
  "a eol=lf",
  "* !text",
  "*.log binary",
  "*.txt crlf=input",
}
local CONTENTS = {
  "one\\n",
  "two\\n",
  "one\\r\\ntwo\\r\\n",
  "one\\r\\ntwo\\n",
  "x\\0y\\r\\n",
  "lone\\rcr\\r\\n",
  "",
  "last line\\r\\n\\032",
  "\\001\\002\\003\\r\\n",
}

local function pick(list)
  return list[math.random(#list)]
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function parent(path)
  return quote(path:match("^(.*)/") or ".")
end

local function write(path, content)
  return string.format("mkdir -p %s && printf %s >%s", parent(path), quote(content), quote(path))
end

local function on_file(format)
  return function()
    return (format:gsub("FILE", function()
      return quote(pick(FILES))
    end))
  end
end

local function add_line(name, lines, folders)
  return function()
    local path = pick(folders or FOLDERS) .. name
    return string.format("mkdir -p %s && printf '%%s\\n' %s >>%s", parent(path), quote(pick(lines)), quote(path))
  end
end

local function conflict()
  local path = pick(FILES)
  return string.format(
    [[one=$(echo 1 | git hash-object -w --stdin) && two=$(printf '2\r\n' | git hash-object -w --stdin) &&
      p=%s && [ -z "$(git ls-files -- "$p/")" ] && git update-index --force-remove -- "$p" &&
      printf '100644 %%s %%s\t%%s\0' "$one" 1 "$p" "$two" 2 "$p" "$one" 3 "$p" |
      git update-index -z --index-info]],
    quote(path)
  )
end

-- As many entries as there are kinds of edits; the frequent ones stand several times.
local EDITS = {
  function()
    return write(pick(FILES), pick(CONTENTS))
  end,
  function()
    return write(pick(FILES), pick(CONTENTS))
  end,
  function()
    return write(pick(FILES), pick(CONTENTS))
  end,
  on_file("rm -rf FILE"),
  on_file("chmod +x FILE"),
  on_file("chmod -x FILE"),
  on_file("git add -f -- FILE"),
  on_file("git add -- FILE"),
  on_file("git reset -q -- FILE"),
  on_file("git checkout -q -- FILE"),
  on_file("git rm -q --cached -- FILE"),
  on_file("git add -N -- FILE"),
  on_file("git mv -k -- FILE FILE"),
  on_file("mv FILE FILE"),
  on_file("git update-index --assume-unchanged -- FILE"),
  on_file("git update-index --no-assume-unchanged -- FILE"),
  on_file("git update-index --skip-worktree -- FILE"),
  on_file('f=FILE; git update-index --skip-worktree -- "$f" && rm -f "$f"'),
  on_file("git update-index --no-skip-worktree -- FILE"),
  -- Another content of the same size with the old time stamp.
  on_file(
    'f=FILE; t=$(stat -c %y "$f") && tr \'a-z\\n\' \'b-za\\n\' <"$f" >.git/t && cat .git/t >"$f" && touch -d "$t" "$f"'
  ),
  on_file("touch FILE"),
  on_file('f=FILE; rm -rf "$f" && ln -s ../a "$f"'),
  on_file('f=FILE; rm -rf "$f" && mkdir -p "$f/inner" && echo i >"$f/inner/file"'),
  on_file("mkdir -p FILE"),
  on_file('f=FILE; mkdir -p "$f" && git -C "$f" init -q && git -C "$f" commit -q --allow-empty -m inner'),
  function()
    return "f="
      .. quote(pick({ "dir", "dir/sub", "key", "key/tmp" }))
      .. '; rm -rf "$f" && '
      .. pick({
        'echo file >"$f"',
        'ln -s a "$f"',
        "true",
      })
  end,
  add_line(".gitignore", RULES),
  add_line(".gitignore", RULES),
  add_line(".gitattributes", ATTRIBUTES),
  add_line(".git/info/exclude", RULES, { "" }),
  add_line(".git/info/exclude", RULES, { "dir/" }), -- a folder ".git" that is no repository
  function()
    return "rm -f " .. quote(pick(FOLDERS) .. pick({ ".gitignore", ".gitattributes" }))
  end,
  function()
    return "git config core.autocrlf " .. pick({ "true", "input", "false" })
  end,
  function()
    return "git config core.fileMode " .. pick({ "true", "false" })
  end,
  conflict,
  function()
    return "git add -A && git commit -q -m commit"
  end,
  function()
    return "git commit -q -m commit"
  end,
  -- The index written anew for something elsewhere; a cache-tree that is whole, and what is staged behind it.
  function()
    return string.format("mkdir -p other && echo x >other/%d && git add -f other", math.random(99))
  end,
  function()
    return "git commit -q -m other -- other"
  end,
  function()
    return "git write-tree"
  end,
  function()
    local one = "$(echo %d | git hash-object -w --stdin)"
    return string.format(
      "git update-index --add --cacheinfo 100644," .. one .. ",%s",
      math.random(9),
      quote(pick(FILES))
    )
  end,
  function()
    return "git read-tree $(git write-tree)"
  end,
  function()
    return "git read-tree HEAD"
  end,
  function()
    return "git reset -q --hard && rm -f .git/info/exclude"
  end,
  function()
    return "git clean -q -ffdx"
  end,
  function()
    return "git update-index --index-version " .. pick({ "2", "3", "4" })
  end,
  function()
    return "git update-index -q --refresh"
  end,
}

---One random edit: a line of shell that may fail.
---@return string
function M.one()
  return pick(EDITS)()
end

---The files that edits are about, each once: a repository's first commit.
---@return string[] lines of shell
function M.first()
  local lines = {}
  for _, path in ipairs(FILES) do
    lines[#lines + 1] = write(path, pick(CONTENTS))
  end
  return lines
end

---Paths to ask for.
M.paths = {
  ".",
  "dir",
  "dir/sub",
  "key",
  "a",
  "dir.txt",
  "dir/sub/deep",
  "key/tmp",
  "nothing",
  "dir/a/inner",
  "dir-x",
  "dir-x/a",
  "key/in.crlf",
  "other",
}

return M
