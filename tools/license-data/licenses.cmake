# Fetches the texts of the SPDX licence list, which package-lock.json names exactly, and makes a table of their words
# while the project is built.
find_program(CC_NPM npm)
if(NOT CC_NPM)
  message(FATAL_ERROR "npm is missing; the licence texts come from it (Debian: apt-get install nodejs npm)")
endif()

set(here ${CMAKE_CURRENT_LIST_DIR})
set(out ${CMAKE_CURRENT_BINARY_DIR}/license-data)
set(CC_LICENSE_LIST ${out}/node_modules/spdx-license-list/licenses)
add_custom_command(OUTPUT ${out}/installed.stamp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
  COMMAND ${CMAKE_COMMAND} -E copy ${here}/package.json ${here}/package-lock.json ${out}
  COMMAND ${CMAKE_COMMAND} -E chdir ${out} ${CC_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${out}/installed.stamp
  DEPENDS ${here}/package.json ${here}/package-lock.json
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} COMMENT "Fetching the licence texts" VERBATIM)

add_executable(cc_license_table ${here}/table.cpp ${CMAKE_SOURCE_DIR}/src/code/licenses/words.cpp)
target_link_libraries(cc_license_table PRIVATE cc_base)
add_custom_command(OUTPUT ${out}/license_table.cpp
  COMMAND cc_license_table ${CC_LICENSE_LIST} ${here}/deprecated.txt ${out}/license_table.cpp
  DEPENDS cc_license_table ${here}/deprecated.txt ${out}/installed.stamp
  COMMENT "Reading the licence texts" VERBATIM)
target_sources(cc_code_licenses PRIVATE ${out}/license_table.cpp)
