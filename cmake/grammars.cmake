# cc_grammars(): the library cc_grammars, made of tree-sitter and the parsers that npm brings as C sources. Debian has
# no grammars, and its tree-sitter (0.20.7) frees what it should not when 65,536 brackets are open.
#
# npm installs exactly what third_party/grammars/package-lock.json names into node_modules beside it. Each parser and
# each scanner becomes one object by way of a file that includes it, tree-sitter by way of code/syntax/tree_sitter.c:
# nothing need be there when CMake configures.
# The sources are others' and huge: no warnings, little optimisation (they are tables), no precompiled header.
function(cc_grammars)
  find_program(CC_NPM npm)
  if(NOT CC_NPM)
    message(FATAL_ERROR "npm is missing; the grammars come with it (Debian: apt-get install nodejs npm)")
  endif()
  set(folder ${CMAKE_SOURCE_DIR}/third_party/grammars)
  set(installed ${folder}/node_modules/.package-lock.json)
  add_custom_command(OUTPUT ${installed}
    COMMAND ${CC_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    DEPENDS ${folder}/package.json ${folder}/package-lock.json ${folder}/.npmrc
    WORKING_DIRECTORY ${folder} COMMENT "Installing the grammars" VERBATIM)

  # <name> or <name without scanner>-, and where its sources are
  set(grammars
    bash=tree-sitter-bash/src c=tree-sitter-c/src- c_sharp=tree-sitter-c-sharp/src cpp=tree-sitter-cpp/src
    go=tree-sitter-go/src- html=tree-sitter-html/src java=tree-sitter-java/src-
    javascript=tree-sitter-javascript/src json=tree-sitter-json/src- php=tree-sitter-php/php/src
    python=tree-sitter-python/src ruby=tree-sitter-ruby/src rust=tree-sitter-rust/src
    tsx=tree-sitter-typescript/tsx/src typescript=tree-sitter-typescript/typescript/src
    yaml=@tree-sitter-grammars/tree-sitter-yaml/src)
  set(core ${folder}/node_modules/tree-sitter/vendor/tree-sitter/lib)
  set(sources ${CMAKE_SOURCE_DIR}/src/code/syntax/tree_sitter.c)
  set_source_files_properties(${sources} PROPERTIES OBJECT_DEPENDS ${installed}
    INCLUDE_DIRECTORIES "${core}/src;${core}/include;${CMAKE_SOURCE_DIR}/src" COMPILE_OPTIONS "-O2;-D_GNU_SOURCE")
  foreach(grammar IN LISTS grammars)
    string(REGEX MATCH "^([a-z_]+)=([^ ]*[a-z])(-?)$" matched ${grammar})
    set(name ${CMAKE_MATCH_1})
    set(place ${folder}/node_modules/${CMAKE_MATCH_2})
    set(parts parser)
    if(NOT CMAKE_MATCH_3)
      list(APPEND parts scanner)
    endif()
    foreach(part IN LISTS parts)
      set(source ${CMAKE_BINARY_DIR}/grammars/${name}_${part}.c)
      set(before "")
      if(part STREQUAL parser)
        set(before "#include \"tree_sitter/parser.h\"\n#include \"${CMAKE_SOURCE_DIR}/src/code/syntax/letters.c\"\n")
      endif()
      file(CONFIGURE OUTPUT ${source} CONTENT "${before}#include \"${place}/${part}.c\"\n")
      set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${installed} INCLUDE_DIRECTORIES ${place})
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  add_library(cc_grammars STATIC ${sources})
  target_compile_options(cc_grammars PRIVATE -w -O2)
  target_include_directories(cc_grammars SYSTEM PUBLIC ${core}/include)
  set_target_properties(cc_grammars PROPERTIES C_STANDARD 11)
  add_custom_target(cc_grammar_sources DEPENDS ${installed})  # its header is there before others include it
  add_dependencies(cc_grammars cc_grammar_sources)
endfunction()
