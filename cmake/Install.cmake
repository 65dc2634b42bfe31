# What `cmake --install` puts beside the program: the manual page and the completions, which the program itself prints.
# They are made at that moment, so they are those of the program that is installed.
install(TARGETS pienv RUNTIME DESTINATION bin)

install(CODE "set(program \"$<TARGET_FILE:pienv>\")\nset(made \"${CMAKE_BINARY_DIR}/share\")\nset(source \"${CMAKE_SOURCE_DIR}\")\nset(version ${PROJECT_VERSION})")
install(CODE [[
  function(print file)
    execute_process(COMMAND ${program} ${ARGN} OUTPUT_FILE ${made}/${file} COMMAND_ERROR_IS_FATAL ANY)
  endfunction()
  function(compress file)
    execute_process(COMMAND gzip -9nf ${made}/${file} COMMAND_ERROR_IS_FATAL ANY)
  endfunction()
  file(MAKE_DIRECTORY ${made})
  print(pienv.1 help --man)
  print(pienv completions bash)
  print(_pienv completions zsh)
  file(READ ${source}/LICENSE license)
  file(WRITE ${made}/copyright "pienv\n\n${license}")
  file(WRITE ${made}/changelog "pienv (${version}) stable; urgency=medium

  * Release ${version}.

 -- pienv maintainers <pienv@users.noreply.github.com>  Sat, 28 Nov 2026 00:00:00 +0000
")
  compress(pienv.1)
  compress(changelog)
  set(share ${CMAKE_INSTALL_PREFIX}/share)
  # Debian's zsh looks there for what packages bring along.
  if(CMAKE_INSTALL_PREFIX MATCHES "/usr$")
    set(zsh ${share}/zsh/vendor-completions)
    # One program without dependencies is what pienv wants to be (docs/adr/0002-static-link.md).
    file(WRITE ${made}/overrides/pienv "pienv: embedded-library mbedtls *\npienv: embedded-library zlib *\n")
    file(INSTALL DESTINATION ${share}/lintian/overrides TYPE FILE FILES ${made}/overrides/pienv)
  else()
    set(zsh ${share}/zsh/site-functions)
  endif()
  file(INSTALL DESTINATION ${share}/man/man1 TYPE FILE FILES ${made}/pienv.1.gz)
  file(INSTALL DESTINATION ${share}/bash-completion/completions TYPE FILE FILES ${made}/pienv)
  file(INSTALL DESTINATION ${zsh} TYPE FILE FILES ${made}/_pienv)
  file(INSTALL DESTINATION ${share}/doc/pienv TYPE FILE FILES ${made}/copyright ${made}/changelog.gz)
]])
