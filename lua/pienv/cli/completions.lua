-- pienv completions SHELL: a script for that shell. It asks `pienv completions --words -- WORD...` at each key press,
-- so that recipes, their verbs, options and choices are those of the project one stands in.

local complete = require("pienv.cli.complete")
local failure = require("pienv.failure")

local M = {}

local scripts = {}

scripts.bash = [=[
# bash completion for pienv
_pienv() {
  local IFS=$'\n' program=${COMP_WORDS[0]/#\~/$HOME} i words=()
  # no program of somebody else runs at a key press
  if [[ $program == */* && ! -O $program ]]; then program=pienv; fi
  for ((i = 1; i <= COMP_CWORD; i++)); do
    # readline takes "--name=value" apart at the "="
    if [[ ${COMP_WORDS[i]} == "=" ]]; then
      if ((i == COMP_CWORD)); then words+=(""); fi
    else
      words+=("${COMP_WORDS[i]}")
    fi
  done
  COMPREPLY=($("$program" completions --words -- "${words[@]}" 2>/dev/null | cut -f 1))
}
complete -o default -F _pienv pienv
]=]

scripts.zsh = [=[
#compdef pienv
# zsh completion for pienv
_pienv() {
  local line program=${(Q)words[1]/#\~/$HOME}
  local -a lines described
  # no program of somebody else runs at a key press
  if [[ $program == */* && ! -O $program ]]; then program=pienv; fi
  lines=("${(@f)$("$program" completions --words -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${(@)lines:#}"; do
    described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  if (( $#described )); then
    _describe -o pienv described
  else
    _files
  fi
}
if [[ $funcstack[1] == _pienv ]]; then _pienv "$@"; else compdef _pienv pienv; fi
]=]

function M.run(session)
  if session.own.words then
    for _, row in ipairs(complete.words(session, session.line.args)) do
      io.stdout:write(row[1], "\t", (row[2]:gsub("[%c]", " ")), "\n")
    end
    return 0
  end
  local shell = session.line.rest[1]
  if not scripts[shell] then
    failure.raise({
      code = "P0101",
      message = shell and ("no completions for '%s'"):format(shell) or "completions for which shell?",
      hint = "pienv completions bash, pienv completions zsh",
    })
  end
  io.stdout:write(scripts[shell])
  return 0
end

return M
