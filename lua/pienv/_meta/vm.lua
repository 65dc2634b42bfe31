---@meta pienv.vm
-- What Lua may ask of its host. C module: engine/host/vm_module.c, engine/host/vm.h.

---@class pienv.vm
---@field version string of pienv, "0.1.0"
---@field source_root? string the source tree, in a development build, which reads lua/ and recipes/ from there
---@field executable? string how this very program is started again: "/proc/self/exe"
local vm = {}

---Sets the limits of everything that runs in this Lua state; a field left out stays as it is, 0 means no limit. Past the
---memory limit an allocation fails with "not enough memory"; past the time limit running Lua code gets the error
---`{ kind = "timeout", message = "time limit reached" }`.
---@param limits { bytes: integer?, seconds: number? } seconds of wall time from now
function vm.limit(limits) end

---The signal that asks this process to stop, still pending; running Lua code gets it as an error
---`{ kind = "interrupt", signal = "SIGINT", message = "interrupted by SIGINT" }`. "SIGPIPE": whoever read standard output
---or standard error has gone.
---@return "SIGINT"|"SIGTERM"|"SIGHUP"|"SIGPIPE"|nil signal
function vm.interrupted() end

---Like `interrupted`, and forgets the signal, so that the clean-up is not interrupted itself.
---@return "SIGINT"|"SIGTERM"|"SIGHUP"|"SIGPIPE"|nil signal
function vm.take_interrupt() end

---Shields Lua code from interrupts and the time limit until it is called with false: for the task scheduler.
---@param shielded boolean
---@return boolean told an interrupt has been raised in Lua code since the last call
function vm.shield(shielded) end

---Resumes a coroutine and opens the shield meanwhile: for the task scheduler.
---@param thread thread
---@param ... any
---@return boolean told an interrupt has been raised in Lua code since the shield was asked last
---@return boolean? ok nil: it has yielded; false: it has raised
---@return any ... what it yielded, returned or raised
function vm.resume(thread, ...) end

---Makes pienv end by the signal, as its caller expects: as soon as the command line has returned and everything that Lua
---holds (children, temporary files) is released.
---@param signal "SIGINT"|"SIGTERM"|"SIGHUP"|"SIGPIPE"
function vm.reraise(signal) end

---While it is on, SIGTSTP (Ctrl-Z) does not stop this process but asks for it: `stop_asked`. A second one that comes
---before the answer stops it at once.
---@param on boolean
---@return boolean? ok
---@return string? err "handle signal: <reason>"
---@return string? code
function vm.catch_stop(on) end

---Has a SIGTSTP come that `stop` has not answered?
---@return boolean
function vm.stop_asked() end

---Stops this process as SIGTSTP does, until somebody continues it. The time limit moves by as much.
---@return number seconds for which it was stopped; nearly 0 where nobody could continue it, for then the system does not
function vm.stop() end

---Has this process been continued (SIGCONT) since the last call? Asked while `catch_stop` is on.
---@return boolean
function vm.continued() end

---From now on running Lua code is interrupted by signals and the time limit, and stock files are read with the lines
---that errors name: the command line calls it once, behind the short ways, which need neither.
function vm.watch() end

---From now on garbage is collected: before steps run. Until then it is only where Lua holds more than 16 MiB: while a
---recipe is loaded nearly all that is made stays.
function vm.collect() end

---Says that Lua holds nothing that must be released (a child, a temporary file) and the command line returns now: the
---process then ends without taking its state apart.
function vm.settle() end

---The names of the C modules, "pienv.vm" among them.
---@return string[] names
function vm.modules() end

---The content of a stock file.
---@param name string relative to the source tree: "recipes/build.lua"
---@return string? text nil where there is no such file
function vm.stock(name) end

---A stock file as a function that runs it; raises what is wrong with it.
---@param name string
---@param environment table its global variables
---@return function? run nil where there is no such file of Lua
function vm.stock_chunk(name, environment) end

---The names of all stock files, sorted.
---@return string[] names
function vm.stock_names() end

return vm
