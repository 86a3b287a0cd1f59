# Compiler and linker settings that every target of this project shares.
add_library(cc_options INTERFACE)
if(NOT CC_FUZZ)  # one compiler decides what deserves a warning
  target_compile_options(cc_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Werror)
endif()
if(CMAKE_UNITY_BUILD)  # there, no file is the main one, whose unnamed types are its own affair
  target_compile_options(cc_options INTERFACE -Wno-subobject-linkage)
endif()
target_compile_options(cc_options INTERFACE -pthread -fno-omit-frame-pointer)
# One set of flags everywhere, so that every target can share one precompiled header.
target_link_libraries(cc_options INTERFACE Threads::Threads fmt::fmt nlohmann_json::nlohmann_json)
target_include_directories(cc_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(cc_options INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)

if(CC_SANITIZE)
  target_compile_options(cc_options INTERFACE -fsanitize=${CC_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(cc_options INTERFACE -fsanitize=${CC_SANITIZE})
  if(CC_SANITIZE MATCHES thread)  # which knows no fences
    target_compile_definitions(cc_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

# mold links an order of magnitude faster than ld; either produces the same program.
find_program(CC_MOLD mold)
if(CC_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
