# Libraries that are loaded when the first of their functions is called. This executable is started for every step of a
# workflow; most need neither TLS nor NATS nor git, whose libraries, with all that they depend on, cost more than the
# sandbox. Only for libraries in C of which nothing but functions is used, and for x86-64.
#
# cc_lazy(<target of a static library> <library file>...): whoever links the target calls them so.
function(cc_lazy target)
  set(folder ${CMAKE_SOURCE_DIR}/cmake/lazy)
  set(functions ${CMAKE_CURRENT_BINARY_DIR}/${target}_lazy.c)
  add_custom_command(OUTPUT ${functions}
    COMMAND sh ${folder}/functions.sh $<TARGET_FILE:${target}> ${ARGN} > ${functions}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${functions}.new ${functions}
    DEPENDS ${target} ${folder}/functions.sh ${ARGN} COMMENT "Functions that ${target} loads when they are called"
    VERBATIM)
  add_library(${target}_lazy STATIC ${functions} ${folder}/bind.c)
  set_target_properties(${target}_lazy PROPERTIES UNITY_BUILD OFF)  # bind.c is in several
  set_source_files_properties(${functions} PROPERTIES OBJECT_DEPENDS ${folder}/lazy.h)
  target_include_directories(${target}_lazy PRIVATE ${folder})
  target_link_libraries(${target}_lazy PUBLIC ${CMAKE_DL_LIBS})
  target_link_libraries(${target} INTERFACE ${target}_lazy)
endfunction()
