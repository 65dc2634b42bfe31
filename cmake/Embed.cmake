# Makes embedded.c, the stock lua/ and recipes/ as text and as compiled chunks (engine/host/embedded.h), when PIENV_EMBED
# is ON. The tool that compiles them is linked with the Lua that will load them; a cross build runs it by
# CMAKE_CROSSCOMPILING_EMULATOR, so that chunks have the form of the target.
# A development build compiles engine/host/stock.c with PIENV_SOURCE_ROOT instead and reads the files from disk.
# What the short way of the cache reads (docs/adr/0014-short-way.md): another file works as well, but costs more.
set(PIENV_BARE lua/pienv/engine.lua lua/pienv/errno.lua lua/pienv/gittree.lua lua/pienv/host.lua lua/pienv/json.lua
    lua/pienv/json/encode.lua lua/pienv/lock.lua lua/pienv/path.lua)
foreach(name defaults edits fast journal key lease manifest note outcome place repository shape store target where)
  list(APPEND PIENV_BARE recipes/cache/${name}.lua)
endforeach()
set(PIENV_EMBEDDED_SOURCE ${CMAKE_BINARY_DIR}/embedded.c)
file(GLOB_RECURSE embedded_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} lua/*.lua recipes/*.lua recipes/*.cjs)
if(NOT PIENV_EMBED)
  set(embedded_files "")
  set_source_files_properties(engine/host/stock.c PROPERTIES
    COMPILE_DEFINITIONS PIENV_SOURCE_ROOT="${CMAKE_SOURCE_DIR}")
endif()
list(SORT embedded_files)
list(JOIN embedded_files "\n" embedded_list)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded.list CONTENT "${embedded_list}\n" @ONLY)
list(TRANSFORM embedded_files PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE embedded_depends)
add_executable(embed EXCLUDE_FROM_ALL cmake/embed.c)
target_link_libraries(embed PRIVATE pienv_options pienv::lua)
add_custom_command(
  OUTPUT ${PIENV_EMBEDDED_SOURCE}
  COMMAND embed ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/embedded.list ${PIENV_EMBEDDED_SOURCE} ${PIENV_BARE}
  DEPENDS embed ${embedded_depends} ${CMAKE_BINARY_DIR}/embedded.list
  COMMENT "Embedding lua/ and recipes/" VERBATIM)
