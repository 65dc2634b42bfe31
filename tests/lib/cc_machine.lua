-- A fake machine with a C compiler, for tests of `pienv build`. Read with dofile, because tests are no modules.

local M = {}

---What it predefines, by level.
M.MACROS = {
  ["x86-64-v4"] = "#define __AVX512F__ 1\n",
  ["x86-64-v3"] = "#define __AVX2__ 1\n",
  ["x86-64-v2"] = "#define __SSE3__ 1\n",
}

---A compiler that writes what it is asked for, and strips that do nothing. `answers` replaces an answer by its name:
---"probe", "compile", "link", "llvm-strip", "strip".
---@param answers? table<string, fun(spec: table, fs: table): table>
---@return function process of fake.run
function M.machine(answers)
  return function(spec, fs)
    local command, output = table.concat(spec.argv, " "), nil
    for i, word in ipairs(spec.argv) do
      output = word == "-o" and spec.argv[i + 1] or output
    end
    local kind = command:find("-dM", 1, true) and "probe"
      or command:find(" -c ", 1, true) and "compile"
      or command:find(" -shared ", 1, true) and "link"
      or spec.argv[1]
    local answer = (answers or {})[kind]
    if answer then
      return answer(spec, fs)
    end
    if output then
      fs.write(output, kind == "probe" and M.MACROS[command:match("-march=(%S+)")] or command)
    end
    return { exit = 0 }
  end
end

return M
