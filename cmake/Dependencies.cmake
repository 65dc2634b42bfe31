# Finds the libraries and wraps each in an interface target pienv::NAME.
# What each is for, its lowest version and licence: third_party/README.md.
find_package(Threads REQUIRED)

# pienv_library(NAME HEADER lib...): static archives when PIENV_STATIC, shared objects otherwise.
function(pienv_library name)
  cmake_parse_arguments(arg "" "HEADER" "LIBS;HEADER_DIRS" ${ARGN})
  add_library(pienv::${name} INTERFACE IMPORTED)
  foreach(lib IN LISTS arg_LIBS)
    if(PIENV_STATIC)
      find_library(PIENV_LIB_${lib} NAMES lib${lib}.a)
    else()
      find_library(PIENV_LIB_${lib} NAMES ${lib})
    endif()
    if(NOT PIENV_LIB_${lib})
      message(FATAL_ERROR "library '${lib}' not found (needed as ${name}).\n"
                          "Install what third_party/packages.txt lists: ./bootstrap build does it.")
    endif()
    target_link_libraries(pienv::${name} INTERFACE ${PIENV_LIB_${lib}})
  endforeach()
  if(arg_HEADER)
    find_path(PIENV_INCLUDE_${name} NAMES ${arg_HEADER} PATH_SUFFIXES ${arg_HEADER_DIRS} REQUIRED)
    target_include_directories(pienv::${name} SYSTEM INTERFACE ${PIENV_INCLUDE_${name}})
  endif()
endfunction()

pienv_library(lua LIBS lua5.4 HEADER lua.h HEADER_DIRS lua5.4)
target_link_libraries(pienv::lua INTERFACE c m ${CMAKE_DL_LIBS}) # frexp and ldexp are in both: late_libm.c
pienv_library(jansson LIBS jansson HEADER jansson.h)
pienv_library(nettle LIBS nettle HEADER nettle/sha2.h)
pienv_library(mbedcrypto LIBS mbedcrypto HEADER mbedtls/sha256.h)

# libgit2 without its network half, where it is linked statically: docs/adr/0002-static-link.md.
if(PIENV_STATIC)
  pienv_library(git2 LIBS git2 mbedtls mbedx509 mbedcrypto http_parser pcre2-8 z HEADER git2.h)
  add_library(pienv_git2_standins STATIC third_party/libgit2/standins.c)
  target_link_libraries(pienv_git2_standins PRIVATE pienv_options)
  target_link_libraries(pienv::git2 INTERFACE pienv_git2_standins)
  target_link_options(pienv::git2 INTERFACE -Wl,--wrap=git_mbedtls_stream_global_init -Wl,--wrap=open -Wl,--undefined=__wrap_open)
else()
  pienv_library(git2 LIBS git2 HEADER git2.h)
endif()

pienv_library(zlib LIBS z HEADER zlib.h)
pienv_library(libdeflate LIBS deflate HEADER libdeflate.h)
pienv_library(libarchive LIBS archive HEADER archive.h)
if(PIENV_STATIC)
  # libarchive.a refers to the libraries of formats and filters that nothing here reaches; without those sections the
  # references are gone, too. The wrap: engine/core/archive_guard.c. See docs/adr/0012-archive.md.
  target_link_options(pienv::libarchive INTERFACE -Wl,--gc-sections -Wl,--wrap=__archive_errx)
endif()
