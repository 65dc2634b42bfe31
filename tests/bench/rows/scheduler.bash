# shellcheck shell=bash disable=SC2154 # sourced by tests/bench/run
# 10,000 steps, two in flight: each is the command /bin/true, or a function that starts it; and all are declared with files and up to date.
steps=10000
mkdir -p "$work/steps/recipes" "$work/steps/in" "$work/steps/out" && cd "$work/steps" || exit
echo 'return require("pienv").project {}' >pienv.lua
cat >recipes/spawn.lua <<END
local steps = {}
for i = 1, $steps do steps["s" .. i] = { run = { "/bin/true" } } end
return require("pienv").recipe { steps = steps }
END
cat >recipes/called.lua <<END
local steps = {}
for i = 1, $steps do steps["s" .. i] = { run = function(s) s:run { "/bin/true" } end } end
return require("pienv").recipe { steps = steps }
END
cat >recipes/declared.lua <<END
local steps = {}
for i = 1, $steps do
  steps["s" .. i] = { inputs = { "in/" .. i }, outputs = { "out/" .. i },
    run = function(s) assert(s.fs.copy("in/" .. i, "out/" .. i, { sync = false })) end }
end
return require("pienv").recipe { steps = steps }
END
{
  printf 'rule true\n  command = /bin/true\n'
  for i in $(seq $steps); do echo "build x$i: true"; done
} >spawn.ninja
{
  # shellcheck disable=SC2016 # ninja's variables
  printf 'rule copy\n  command = cp $in $out\n'
  for i in $(seq $steps); do echo "build by-ninja/$i: copy in/$i"; done
} >declared.ninja
printf 'all: %s\nx%%:\n\t@/bin/true\n' "$(seq -f 'x%g' $steps | tr '\n' ' ')" >spawn.make
{
  printf 'all: %s\n' "$(seq -f 'by-make/%g' $steps | tr '\n' ' ')"
  # shellcheck disable=SC2016 # make's variables
  for i in $(seq $steps); do printf 'by-make/%s: in/%s\n\t@cp $< $@\n' "$i" "$i"; done
} >declared.make
mkdir by-make
for i in $(seq $steps); do echo "$i" >"in/$i"; done

spawn=("$PIENV" -q -j 2 spawn)
limit=1.15 why=0020-up-to-date-steps pair "10,000 × \`/bin/true\`" "a loop of \`posix_spawn\`" 3 "${spawn[@]}" -- "$PIENV_BUILD/bench_floor" $steps
pair "10,000 × \`/bin/true\`, by functions" "a loop of \`posix_spawn\`" 3 "$PIENV" -q -j 2 called -- "$PIENV_BUILD/bench_floor" $steps
pair "10,000 × \`/bin/true\`" make 1 "${spawn[@]}" -- make -rs -j 2 -f spawn.make all
pair "10,000 × \`/bin/true\`" ninja 1 "${spawn[@]}" -- ninja -f spawn.ninja -j 2
ours=$(peak "${spawn[@]}")
theirs=$(peak ninja -f spawn.ninja -j 2)
limit=10 why=0020-up-to-date-steps fact "memory above ninja's" "$(mib "$((ours - theirs))")" MiB

"$PIENV" -q declared && ninja -f declared.ninja >"$work/log" && make -rs -f declared.make all
sleep 2.5
"$PIENV" -q declared # what was too new to rely on is read once more
limit=1 why=0020-up-to-date-steps pair "10,000 steps up to date" ninja 9 "$PIENV" -q declared -- ninja -f declared.ninja
pair "10,000 steps up to date" make 9 "$PIENV" -q declared -- make -rs -f declared.make all
cd "$root" && rm -rf "$work/steps"
