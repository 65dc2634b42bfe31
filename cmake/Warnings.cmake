# Compiler settings of every target of ours, as one interface target (never global flags).
# Warnings are errors; the set is the one that engine/core/banned.h and the header test assume.
add_library(pienv_options INTERFACE)
target_compile_definitions(pienv_options INTERFACE _GNU_SOURCE)
target_compile_options(pienv_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wvla -Wformat=2 -Wwrite-strings -Werror
  # gcc's optimised builds only: snprintf cuts messages off on purpose, and (void) says that a result is not wanted, which
  # clang understands and clang-tidy therefore checks.
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation;-Wno-unused-result>)

if(PIENV_SANITIZE)
  target_compile_options(pienv_options INTERFACE -fsanitize=${PIENV_SANITIZE} -fno-sanitize-recover=all
                         -fno-omit-frame-pointer -g)
  target_link_options(pienv_options INTERFACE -fsanitize=${PIENV_SANITIZE})
else()
  target_compile_options(pienv_options INTERFACE -fstack-protector-strong
                         $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(pienv_options INTERFACE -Wl,-z,relro,-z,now)
endif()
