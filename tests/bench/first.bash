# shellcheck shell=bash disable=SC2034 # for tests of this group to source
# "${first[@]}" COMMAND: before other programs, where this user may ask for that. Two threads need two processors to show
# what they can do, and other work on the machine takes them.
first=(env)
if chrt -f 1 true 2>/dev/null; then first=(chrt -f 1); fi
