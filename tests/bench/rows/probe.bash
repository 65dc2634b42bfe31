# shellcheck shell=bash disable=SC2154 # sourced by tests/bench/run
# What an addon of 183 MB needs, and whether it loads.
cat >"$work/addon.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__asm__(".section .rodata\n.globl big\nbig: .fill 96000000, 1, 7\n.previous\n.section .extra\n.fill 87000000, 1, 8\n.previous");
#define F(n) int f##n(const char *t) { return (int)strlen(t) + atoi(t) + puts(t); }
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) F(n##7) F(n##8) F(n##9)
#define F100(n) F10(n##0) F10(n##1) F10(n##2) F10(n##3) F10(n##4) F10(n##5) F10(n##6) F10(n##7) F10(n##8) F10(n##9)
F100(1) F100(2) F100(3) F100(4) F100(5)
void *napi_register_module_v1(void *env, void *exports) { return env == exports ? env : exports; }
C
gcc -shared -fPIC -O1 -w -o "$work/addon.so" "$work/addon.c" || exit
cat "$work/addon.so" >/dev/null
read -r judged searched loaded memory _ < <("$PIENV" lua "$here/object/verdict.lua" "$work/addon.so")
limit=5 fact "static verdict" "$judged" ms
limit=11 fact "\`dlopen\` in a child" "$loaded" ms
limit=50 why=0012-archive fact "search of three texts in all bytes" "$searched" ms
limit=20 fact "memory of the verdict" "$(mib "$memory")" MiB
echo 'local path = ... assert(require("pienv.object").inspect(path))' >"$work/inspect.lua"
echo 'local path = ... assert(require("pienv.search").file(path, { "__piNativesV17_0_5" }, { word_end = true }))' >"$work/search.lua"
pair "headers, symbols and notes" "\`readelf -W --dyn-syms -d -n\`" 21 "$PIENV" lua "$work/inspect.lua" "$work/addon.so" -- \
  readelf -W --dyn-syms -d -n "$work/addon.so"
pair "search of one text" "\`grep -c -F\`" 9 "$PIENV" lua "$work/search.lua" "$work/addon.so" -- \
  sh -c "LC_ALL=C grep -c -F __piNativesV17_0_5 '$work/addon.so' || true"
rm -f "$work/addon.so"
