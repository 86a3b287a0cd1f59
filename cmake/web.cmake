# The web interface: cc_web(<variable for its built folder> <variable for what the folder is made from>)
#
# npm installs exactly what web/package-lock.json names into web/node_modules, Vite builds into the build tree. Both run
# only when something they read has changed.
function(cc_web folder_out stamp_out)
  find_program(CC_NPM npm)
  if(NOT CC_NPM)
    message(FATAL_ERROR "npm is missing; the web interface is built with it (Debian: apt-get install nodejs npm)")
  endif()
  set(web ${CMAKE_SOURCE_DIR}/web)
  set(folder ${CMAKE_BINARY_DIR}/web)
  set(installed ${web}/node_modules/.package-lock.json)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  file(GLOB settings CONFIGURE_DEPENDS ${web}/*.ts ${web}/*.js ${web}/*.html ${web}/tsconfig.json)

  add_custom_command(OUTPUT ${installed}
    COMMAND ${CC_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    DEPENDS ${web}/package.json ${web}/package-lock.json
    WORKING_DIRECTORY ${web} COMMENT "Installing what the web interface is built with" VERBATIM)
  add_custom_command(OUTPUT ${folder}.stamp
    COMMAND ${CC_NPM} run --silent build -- --outDir ${folder} --emptyOutDir --logLevel warn
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}.stamp
    DEPENDS ${installed} ${sources} ${settings}
    WORKING_DIRECTORY ${web} COMMENT "Building the web interface" VERBATIM)
  set(${folder_out} ${folder} PARENT_SCOPE)
  set(${stamp_out} ${folder}.stamp PARENT_SCOPE)
endfunction()
