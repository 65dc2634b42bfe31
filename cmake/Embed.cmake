# Makes embedded.c, the stock lua/ and recipes/ as byte arrays (engine/host/embedded.h), when PIENV_EMBED is ON.
# A development build compiles engine/host/stock.c with PIENV_SOURCE_ROOT instead and reads the files from disk.
set(PIENV_EMBEDDED_SOURCE ${CMAKE_BINARY_DIR}/embedded.c)
file(GLOB_RECURSE embedded_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} lua/*.lua recipes/*.lua)
if(NOT PIENV_EMBED)
  set(embedded_files "")
  set_source_files_properties(engine/host/stock.c PROPERTIES
    COMPILE_DEFINITIONS PIENV_SOURCE_ROOT="${CMAKE_SOURCE_DIR}")
endif()
list(SORT embedded_files)
list(JOIN embedded_files "\n" embedded_list)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/embedded.list CONTENT "${embedded_list}\n" @ONLY)
list(TRANSFORM embedded_files PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE embedded_depends)
add_custom_command(
  OUTPUT ${PIENV_EMBEDDED_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DLIST=${CMAKE_BINARY_DIR}/embedded.list
          -DOUT=${PIENV_EMBEDDED_SOURCE} -P ${CMAKE_SOURCE_DIR}/cmake/embed-files.cmake
  DEPENDS ${embedded_depends} ${CMAKE_BINARY_DIR}/embedded.list cmake/embed-files.cmake
  COMMENT "Embedding lua/ and recipes/" VERBATIM)
