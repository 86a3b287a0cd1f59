# cc_module(NAME <folder below src> DEPS <modules it may include> LIBS <third-party targets>
#           LAZY <library files that are loaded when they are called, see lazy/lazy.cmake>
#           TESTS_APART)  where several tests use the same name for their own things: no unity build for them
#
# Declares one module of the house: a static library of every .cpp in the folder (not below it, and no *_main.cpp, which
# is a program), and one test program of every *_test.cpp. The order of this list is the order of the layers; a module
# may only depend on modules of its own layer or of one below, so an edge that points up stops the configuration.
# tools/tidy holds the #includes against DEPS.
set(CC_LAYER_0 base)
set(CC_LAYER_1 core/schema core/expr core/schedule core/workflow core/run)
set(CC_LAYER_2 store store/sqlite store/memory store/postgres store/artifacts bus bus/nats observe patch egress)
set(CC_LAYER_3 sandbox vault code/source code/syntax code/git code/walk code/match code/rules code/secrets code/report
    code/dataflow code/scan code/imports code/graph code/architecture code/metrics code/review code/headers
    code/licenses code/dependencies code/audit)
set(CC_LAYER_4 agent agent/builtin/security_scanner agent/builtin/notifier agent/builtin/patcher
    agent/builtin/code_reviewer agent/builtin/compliance_checker agent/builtin/architecture_diagrammer
    agent/builtin/repository_auditor agent/builtin)
set(CC_LAYER_5 trigger engine outbox)
set(CC_LAYER_6 server config cli)

function(cc_layer_of module out)
  foreach(layer RANGE 0 6)
    if(module IN_LIST CC_LAYER_${layer})
      set(${out} ${layer} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "module ${module} belongs to no layer: add it to cmake/module.cmake")
endfunction()

function(cc_target_of module out)
  string(REPLACE "/" "_" target ${module})
  set(${out} cc_${target} PARENT_SCOPE)
endfunction()

function(cc_module)
  cmake_parse_arguments(M "TESTS_APART" "NAME" "DEPS;LIBS;LAZY;TEST_DEPS" ${ARGN})
  cc_layer_of(${M_NAME} own_layer)
  cc_target_of(${M_NAME} target)

  set(folder ${CMAKE_SOURCE_DIR}/src/${M_NAME})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  set(dep_targets)
  foreach(dep IN LISTS M_DEPS)
    cc_layer_of(${dep} dep_layer)
    if(dep_layer GREATER own_layer)
      message(FATAL_ERROR "module ${M_NAME} may not depend on ${dep}: includes only point down")
    endif()
    cc_target_of(${dep} dep_target)
    list(APPEND dep_targets ${dep_target})
  endforeach()

  if(NOT sources)  # headers only
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE cc_options ${dep_targets})
  else()
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC cc_options ${dep_targets} PRIVATE ${M_LIBS})
    if(M_NAME STREQUAL base)
      target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.h)
    else()
      target_precompile_headers(${target} REUSE_FROM cc_base)
    endif()
    if(M_LAZY AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
      cc_lazy(${target} ${M_LAZY})
    elseif(M_LAZY)
      target_link_libraries(${target} INTERFACE ${M_LAZY})
    endif()
  endif()

  if(CC_TESTS AND tests)
    add_executable(${target}_test ${tests})
    set(test_deps)
    foreach(dep IN LISTS M_TEST_DEPS)
      cc_target_of(${dep} dep_target)
      list(APPEND test_deps ${dep_target})
    endforeach()
    target_link_libraries(${target}_test PRIVATE ${target} ${test_deps} ${M_LIBS} ${M_LAZY} GTest::gtest_main)
    target_precompile_headers(${target}_test REUSE_FROM cc_base)
    if(M_TESTS_APART)
      set_target_properties(${target}_test PROPERTIES UNITY_BUILD OFF)
    endif()
    add_test(NAME ${M_NAME} COMMAND ${target}_test --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  endif()

  if(CC_FUZZ)
    file(GLOB fuzzers CONFIGURE_DEPENDS ${folder}/*_fuzz.cpp)
    foreach(fuzzer IN LISTS fuzzers)
      cc_fuzzer(${target} ${fuzzer} ${M_TEST_DEPS})
    endforeach()
  endif()
endfunction()

# X_fuzz.cpp of a module becomes the program fuzz_X.
function(cc_fuzzer target source)
  cmake_path(GET source STEM name)
  string(REGEX REPLACE "_fuzz$" "" name ${name})
  add_executable(fuzz_${name} ${source})
  target_link_libraries(fuzz_${name} PRIVATE ${target})
  foreach(dep IN LISTS ARGN)
    cc_target_of(${dep} dep_target)
    target_link_libraries(fuzz_${name} PRIVATE ${dep_target})
  endforeach()
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_precompile_headers(fuzz_${name} REUSE_FROM cc_base)
endfunction()
