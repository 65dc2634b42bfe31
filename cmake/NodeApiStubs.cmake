# Dummies of the Node-API functions, exported by the executable and by nothing else: the loader probe's child
# (engine/core/dlprobe.h) can then load addons that leave these functions to node.
set(stubs ${CMAKE_BINARY_DIR}/node_api_stubs)
set(stub_names ${CMAKE_SOURCE_DIR}/lua/pienv/node_api_names.lua)
add_custom_command(
  OUTPUT ${stubs}.c ${stubs}.list
  COMMAND ${CMAKE_COMMAND} -DNAMES=${stub_names} -DOUT=${CMAKE_BINARY_DIR}
          -P ${CMAKE_SOURCE_DIR}/cmake/node-api-stubs.cmake
  DEPENDS ${stub_names} cmake/node-api-stubs.cmake
  COMMENT "Making the dummies of Node-API" VERBATIM)
target_sources(pienv PRIVATE ${stubs}.c)
target_link_options(pienv PRIVATE -Wl,--dynamic-list=${stubs}.list)
set_target_properties(pienv PROPERTIES LINK_DEPENDS ${stubs}.list)
