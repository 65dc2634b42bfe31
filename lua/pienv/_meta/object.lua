---@meta pienv.object
-- What an ELF file says of itself, read only. C module: engine/bind/bind_object.c, engine/core/object.h.

---@class pienv.object
local object = {}

---@class pienv.object.section
---@field name string
---@field type string "progbits", "symtab", "strtab", "nobits", "note", ..., "type-N" for others
---@field size integer bytes

---@class pienv.object.versions the versions that are needed of one library
---@field library string "libc.so.6"
---@field versions string[] "GLIBC_2.17", ..., in file order

---@class pienv.object.info
---@field format "elf"
---@field class 32|64
---@field endian "little"|"big"
---@field machine string "x86_64", "x86", "aarch64", "arm", "riscv", "ppc64", "s390", "loongarch", ..., "machine-N"
---@field type string "rel", "exec", "dyn", "core", "type-N"
---@field osabi integer 0: System V, 3: GNU, 9: FreeBSD
---@field section_table boolean is there a section header table? With no entries in it the file is stranger than without
---@field sections pienv.object.section[] in file order; the first is the empty section 0
---@field interpreter? string the program interpreter ("/lib64/ld-linux-x86-64.so.2"), of programs
---@field exec_stack boolean does the file ask for an executable stack, or leave it to a default that gives one?
---@field tls_size integer bytes of thread-local storage
---@field dynamic boolean is there a dynamic segment? (what follows is empty without)
---@field soname? string
---@field rpath? string DT_RPATH as it stands ("$ORIGIN/lib:/opt/lib")
---@field runpath? string DT_RUNPATH as it stands
---@field needed string[] needed libraries in file order
---@field versions pienv.object.versions[] in file order
---@field exports string[] names of defined global and weak symbols that others can see, sorted, each once
---@field undefined string[] names of symbols that others must define, sorted, each once; weak ones too
---@field undefined_weak string[] those of `undefined` that may stay undefined
---@field symbol_versions table<string, string> the version that an undefined symbol needs: memcpy = "GLIBC_2.14"
---@field static_tls boolean DF_STATIC_TLS: may fail to load late in a process
---@field textrel boolean relocations change the code
---@field bind_now boolean every symbol is bound when the file is loaded
---@field nodelete boolean the file is never unloaded
---@field pie boolean position-independent program
---@field isa_needed? integer x86 level that the GNU property says is needed: 1 to 4 (x86-64-v1 to v4). Read as glibc's
---loader does, which looks at one segment of notes and ignores what stands in it twice
---@field isa_used? integer the same for what is used
---@field build_id? string hexadecimal

---Describes an ELF file of any class and byte order. What the loader uses is found through the program headers, so that
---a stripped section table hides nothing. The file is mapped: memory does not grow with its size.
---
---Codes beside those of the system: "EFORMAT" (no ELF file, or an empty one), "ETRUNCATED", "ECLASS" and "EENDIAN" (the
---message ends with ": N"), "EOVERFLOW" (a number over 2^53-1; ": N"), "ESECTABLE" (section headers too small),
---"ESECRANGE" (section headers past the end of the file), "ESECNAMEINDEX" (index of the section name table out of
---bounds), "ESECNAMERANGE" (name table past the end), "ESECNAME" (a name outside of it), "EDYNAMIC", "ENOTE", "EFBIG".
---@param path string
---@return pienv.object.info? info
---@return string? err "read <path>: <reason>"
---@return string? code
function object.inspect(path) end

return object
