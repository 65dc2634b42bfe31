---@meta pienv.process
-- Child processes: start, watch, stop, reap. Recipes use s:run and library code pienv.task, which wait without keeping
-- others from running; this is what those are made of. C module: engine/bind/bind_process.c, engine/core/process.h.
--
-- A child leads a process group of its own, has no descriptor but 0, 1 and 2, an empty signal mask, and is killed when
-- pienv dies. A program without "/" is looked for in the PATH of the environment that the child gets.

---@class pienv.process
local process = {}

---@class pienv.process.spec
---@field argv string[] the program and its arguments; never a shell's text
---@field env? table<string, string|false>|pienv.process.environment variables to set, or with false to unset, over this
---process's environment; or a whole one
---@field clear_env? boolean start from an empty environment instead
---@field cwd? string the child's folder; must exist
---@field stdin? string|{ file: string } bytes, or a file; default: the null device
---@field stdout? pienv.process.output default "capture"
---@field stderr? pienv.process.output|"stdout" default "capture"; "stdout": to where stdout goes
---@field watch? boolean of captured outputs also an event for each piece, as it comes; default false
---@field limit? integer bytes kept of each captured output, the LAST ones; default 16 MiB
---@field timeout? number seconds until the group is stopped; default 0: none
---@field grace? number seconds between SIGTERM and SIGKILL when it is stopped; default 2

---@alias pienv.process.output
---| "capture" # kept, comes with the result
---| "lines" # an event for each line
---| "inherit" # pienv's own
---| "null" # nowhere
---| { file: string, append?: boolean } # into a file, which is created, and emptied unless append

---@class pienv.process.result
---@field exit? integer exit code; nil when a signal ended it
---@field signal? string "SIGKILL"; nil when it exited
---@field timed_out boolean the time limit passed and it was stopped, however it ended then
---@field stdout? string when captured: the last `limit` bytes
---@field stderr? string
---@field stdout_dropped? integer when captured: bytes before these that were not kept
---@field stderr_dropped? integer
---@field user number CPU seconds, with those of the descendants that it waited for
---@field system number CPU seconds in the kernel, likewise
---@field wall number seconds from start to exit
---@field max_rss integer bytes of memory at its peak, or of the largest of its descendants; never less than pienv's own

---@class pienv.process.command a process that poll starts
---@field argv string[]
---@field options pienv.process.spec without `argv`: many commands share one

---@class pienv.process.event
---@field handle? pienv.process.handle nil when a command was refused
---@field type "line"|"output"|"exit"|"start"|"refused" a process's exit comes after its last output
---@field command? pienv.process.command of a start, and of one that was refused: it could not be started
---@field pid? integer of a start
---@field at? number when it happened, by time.monotonic; not of texts
---@field err? string of one that was refused, as process.spawn gives it
---@field code? string the same
---@field stream? "stdout"|"stderr" of a line or an output
---@field text? string any bytes; of a line: without its newline
---@field partial? true the line is longer than 64 KiB: the next event of this stream goes on with it
---@field result? pienv.process.result of an exit

---Starts a process. Wrong use raises and names the option or the argument.
---@param spec pienv.process.spec
---@return pienv.process.handle? handle
---@return string? err "run <program>: <reason>", "enter <cwd>: <reason>", "open <file>: <reason>"
---@return string? code "ENOENT", "EACCES", "ENOEXEC", ...
function process.spawn(spec) end

---@class pienv.process.environment userdata

---Makes a whole environment, to be given to many children: that is faster than to make one for each.
---@param env table<string, string|false> as for process.spawn
---@return pienv.process.environment
function process.environment(env) end

---Sleeps until there is news of a process, the time is up, or a signal is pending (pienv.vm.interrupted).
---
---Meanwhile it starts commands: as many as there are slots, then the next one in the place of each that has exited with
---0 and has written nothing. It returns for everything else, when all commands have started, and ten milliseconds after
---the first event, so that many short commands are told of at once. The caller keeps the handles of starts.
---@param seconds? number nil or negative: no limit; then it returns at once when no process runs
---@param commands? pienv.process.command[] to be started, in their order
---@param slots? integer how many of them may start now; default 0
---@return pienv.process.event[]? events in the order of the processes' starts; empty when there is no news
---@return string? err
---@return string? code
function process.poll(seconds, commands, slots) end

---How many cores this process may use, as cpu.cores tells.
---@return integer
function process.cores() end

---@class pienv.process.handle
local handle = {}

---@return integer pid
function handle:pid() end

---Sends a signal to the whole group.
---@param signal? string "SIGTERM" (default), "SIGINT", ...
---@return boolean? ok
---@return string? err "signal process <pid>: <reason>"
---@return string? code "ESRCH" once it was reaped
function handle:kill(signal) end

---Stops the whole group: SIGTERM, after `grace` seconds SIGKILL; called again, SIGKILL at once. Does not wait: the exit
---event tells.
function handle:cancel() end

---Moves the time limit by so many seconds, because the group was suspended meanwhile.
---@param seconds number at least 0
function handle:postpone(seconds) end

---Kills the group unless it has exited, waits for its end, and frees what belongs to it. Collecting the handle does the
---same; so does `local handle <close>`.
function handle:close() end

return process
