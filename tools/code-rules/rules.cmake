# Turns providers.txt into a table (rules_table) and all patterns into images of a database (rules_image), while the
# project is built: the compiler of the pattern library is needed here and nowhere else.
find_library(CC_HS_COMPILER NAMES hs REQUIRED)

set(here ${CMAKE_CURRENT_LIST_DIR})
set(out ${CMAKE_CURRENT_BINARY_DIR})
add_executable(cc_rules_table ${here}/table.cpp)
target_link_libraries(cc_rules_table PRIVATE cc_options)
add_custom_command(OUTPUT ${out}/provider_table.cpp
  COMMAND cc_rules_table ${CMAKE_SOURCE_DIR}/src/code/rules/providers.txt ${out}/provider_table.cpp
  DEPENDS cc_rules_table ${CMAKE_SOURCE_DIR}/src/code/rules/providers.txt
  COMMENT "Reading the provider rules" VERBATIM)
target_sources(cc_code_rules PRIVATE ${out}/provider_table.cpp)

add_executable(cc_rules_image ${here}/image.cpp)
target_include_directories(cc_rules_image PRIVATE ${HS_INCLUDE_DIRS})
target_link_libraries(cc_rules_image PRIVATE cc_code_rules ${CC_HS_COMPILER})
add_custom_command(OUTPUT ${out}/pattern_image.cpp
  COMMAND cc_rules_image ${out}/pattern_image.cpp
  DEPENDS cc_rules_image
  COMMENT "Compiling the patterns" VERBATIM)
add_library(cc_pattern_image STATIC ${out}/pattern_image.cpp)
target_link_libraries(cc_pattern_image PUBLIC cc_code_rules)
