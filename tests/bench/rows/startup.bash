# shellcheck shell=bash disable=SC2154 # sourced by tests/bench/run
limit=1.5 pair "\`pienv --version\`" "\`lua5.4 -e ''\`" 201 "$PIENV" --version -- lua5.4 -e ''
pair "\`pienv --version\`" "\`bun --version\`" 51 "$PIENV" --version -- "$bun" --version
pair "\`pienv --version\`" "\`python3 -c pass\`" 51 "$PIENV" --version -- "$python" -c pass
