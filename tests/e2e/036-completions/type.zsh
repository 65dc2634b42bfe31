#!/usr/bin/env zsh
# type.zsh SHELL TEXT WANT: starts an interactive bash or zsh with pienv's completions, types TEXT and the tab key, and
# prints what the screen then shows, until it shows WANT.
zmodload zsh/zpty
export TERM=dumb PS1='> ' PROMPT='> '
case $1 in
  bash) zpty -e shell "bash --norc --noprofile -i" ;;
  zsh) zpty -e shell "zsh -f -i" ;;
esac
# Reads until the shell has printed TEXT.
until_printed() {
  local all= piece
  for _ in {1..100}; do
    if zpty -rt shell piece; then all+=$piece; else sleep 0.1; fi
    case $all in *$1*) print -r -- "$all" && return 0 ;; esac
  done
  print -r -- "$all"
  return 1
}
if [ "$1" = zsh ]; then zpty -w shell "unsetopt zle_bracketed_paste; autoload -U compinit && compinit -D -u; LISTMAX=500"; fi
zpty -w shell "source ./completions.$1; cd tree; echo re''ady"
until_printed ready >/dev/null || exit 1
zpty -w -n shell "$2"$'\t\t'
until_printed "$3"
zpty -d shell
