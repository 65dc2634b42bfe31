---@meta pienv.object
-- What an object file (ELF, Mach-O, PE) says of itself, read only. C module: engine/bind/bind_object.c, engine/core/object.h.

---@class pienv.object
local object = {}

---@class pienv.object.section
---@field name string
---@field type string "progbits", "symtab", "strtab", "nobits", "note", ..., "type-N" for others
---@field size integer bytes

---@class pienv.object.versions the versions that are needed of one library
---@field library string "libc.so.6"
---@field versions string[] "GLIBC_2.17", ..., in file order

---@class pienv.object.import a needed library and what is taken from it
---@field library string
---@field symbols string[] sorted; PE: "#12" for a function that is imported by number
---@field weak boolean Mach-O: the library may be missing
---@field delay boolean PE: it is loaded when one of its functions is first called

---@class pienv.object.signature of Mach-O
---@field size integer bytes
---@field flags integer of the code directory
---@field adhoc boolean bound to nobody
---@field linker_signed boolean made by the linker
---@field identity boolean it holds a certificate's signature
---@field identifier? string

---What every format has stands first. In the description of a fat Mach-O file everything but `slices` is empty.
---@class pienv.object.info
---@field format "elf"|"macho"|"pe"
---@field class? 32|64 nil of a fat file
---@field endian "little"|"big"
---@field machine string in every format "x86_64", "x86", "aarch64", "arm", ...; "arm64e", "x86_64h"; "fat";
--- "machine-N"
---@field type string ELF "rel", "exec", "dyn", "core"; Mach-O "dylib", "bundle", "execute", "object"; PE "dll", "exe"; "fat"
---@field sections pienv.object.section[] in file order; of ELF the first is the empty section 0
---@field soname? string Mach-O: the install name; PE: the name in the export directory
---@field needed string[] needed libraries in file order; without those that PE loads at a first call
---@field exports string[] names of defined global and weak symbols that others can see, sorted, each once
---@field undefined string[] names of symbols that others must define, sorted, each once; weak ones too
---@field undefined_weak string[] those of `undefined` that may stay undefined
---@field build_id? string hexadecimal; Mach-O: the UUID
---@field imports? pienv.object.import[] Mach-O and PE: from which library each symbol comes; what is in none of them is
--- looked for in whatever is loaded
---@field osabi? integer ELF (and all that follows to `android`). 0: System V, 3: GNU, 9: FreeBSD
---@field section_table? boolean is there a section header table? With no entries in it the file is stranger than without
---@field interpreter? string the program interpreter ("/lib64/ld-linux-x86-64.so.2"), of programs
---@field exec_stack? boolean does the file ask for an executable stack, or leave it to a default that gives one?
---@field tls_size? integer bytes of thread-local storage
---@field dynamic? boolean is there a dynamic segment? (needed, versions and symbols are empty without)
---@field rpath? string DT_RPATH as it stands ("$ORIGIN/lib:/opt/lib")
---@field runpath? string DT_RUNPATH as it stands
---@field versions? pienv.object.versions[] in file order
---@field symbol_versions? table<string, string> the version that an undefined symbol needs: memcpy = "GLIBC_2.14"
---@field static_tls? boolean DF_STATIC_TLS: may fail to load late in a process
---@field textrel? boolean relocations change the code
---@field bind_now? boolean every symbol is bound when the file is loaded
---@field nodelete? boolean the file is never unloaded
---@field pie? boolean position-independent program
---@field isa_needed? integer x86 level that the GNU property says is needed: 1 to 4 (x86-64-v1 to v4). Read as glibc's
---loader does, which looks at one segment of notes and ignores what stands in it twice
---@field isa_used? integer the same for what is used
---@field android? integer the lowest API level, of a file with Android's note
---@field platform? string Mach-O (and all that follows): "macos", "ios", "maccatalyst", ..., "platform-N"
---@field os_minimum? string "11.0", "10.15.4"
---@field sdk? string "14.5"
---@field run_paths? string[] LC_RPATH in file order
---@field signature? pienv.object.signature nil: not signed
---@field strings_misaligned? boolean the string pool starts where new loaders of macOS refuse it
---@field slices? pienv.object.slice[] of a fat file

---@class pienv.object.slice: pienv.object.info
---@field offset integer bytes from the start of the fat file
---@field size integer bytes
---@field align integer bytes

---Describes an object file of any class and byte order. What the loader uses is found as the loader finds it, in ELF
---through the program headers, so that a stripped section table hides nothing. Names of Mach-O lack the "_" with which
---those of C begin there. The file is mapped: memory does not grow with its size.
---
---Codes beside those of the system: "EFORMAT" (no such file, or an empty one), "ETRUNCATED"; of ELF "ECLASS" and
---"EENDIAN" (the message ends with ": N"), "EOVERFLOW" (a number over 2^53-1; ": N"), "ESECTABLE" (section headers too
---small), "ESECRANGE" (section headers past the end of the file), "ESECNAMEINDEX" (index of the section name table out of
---bounds), "ESECNAMERANGE" (name table past the end), "ESECNAME" (a name outside of it), "EDYNAMIC", "ENOTE"; "EMACHO",
---"EPE" (something in it leads nowhere), "EFBIG".
---@param path string
---@return pienv.object.info? info
---@return string? err "read <path>: <reason>"
---@return string? code
function object.inspect(path) end

return object
