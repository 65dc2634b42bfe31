# `cpack --config build/CPackConfig.cmake`: a Debian package and an archive of the installed tree.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME pienv)
set(CPACK_PACKAGE_VENDOR "pienv")
set(CPACK_PACKAGE_CONTACT "pienv maintainers <pienv@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "build orchestration with recipes in Lua")
set(CPACK_PACKAGE_DESCRIPTION
    "Recipes are Lua files that say which steps lead from sources to\ninstalled files. The stock ones build native addons for Node.js, share\nthe results between work trees, embed and probe them. A repository\noverrides by name what it wants to decide for itself.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
include(CPack)
