# The pages of the window: installed from the lock, checked, bundled and put into the program as they are.
# Sets nocturne_page_sources, and with pages the target nocturne_pages that these wait for.
option(NOCTURNE_WINDOW "put the browser pages into the program (needs node and npm)" ON)

set(page_source_files
  address.ts bars.ts bench.ts build.mjs colours.ts design.ts dialogs.ts documents.ts elements.ts
  experiments.ts heat_map.ts icon.svg index.html latest_only.ts line_chart.ts map.ts night.ts
  page.ts program.ts replay.ts server.ts spectra.ts steering.ts style.css tonight.ts transport.ts
  tsconfig.json verdict.ts words.ts)
# What a browser asks for.
set(page_files index.html program.js style.css icon.svg licences.txt)
set(pages_folder ${CMAKE_CURRENT_BINARY_DIR}/window)
set(page_sources ${CMAKE_CURRENT_SOURCE_DIR}/window/pages)

# A file of declarations and a table of what the assembler file holds; both only change with the list of files.
function(write_page_table files)
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(table "")
  foreach(file IN LISTS files)
    string(MAKE_C_IDENTIFIER "nocturne_page_${file}" symbol)
    foreach(form "" "_gzip")
      set(ending "")
      if(form)
        set(ending ".gz")
      endif()
      string(APPEND assembly ".balign 16\n.global ${symbol}${form}\n${symbol}${form}:\n.incbin \"${pages_folder}/${file}${ending}\"\n"
        ".global ${symbol}${form}_end\n${symbol}${form}_end:\n.byte 0\n")
      string(APPEND declarations "extern \"C\" const char ${symbol}${form}[], ${symbol}${form}_end[];\n")
    endforeach()
    string(APPEND table "  page(\"/${file}\", {${symbol}, ${symbol}_end}, {${symbol}_gzip, ${symbol}_gzip_end}),\n")
  endforeach()
  string(APPEND assembly ".global nocturne_page_digest\nnocturne_page_digest:\n.incbin \"${pages_folder}/digest.txt\"\n.byte 0\n"
    ".section .note.GNU-stack,\"\",@progbits\n")
  string(APPEND declarations "extern \"C\" const char nocturne_page_digest[];\n")
  file(CONFIGURE OUTPUT ${pages_folder}/pages.s CONTENT "${assembly}" @ONLY)
  file(CONFIGURE OUTPUT ${pages_folder}/page_declarations.inc CONTENT "${declarations}" @ONLY)
  file(CONFIGURE OUTPUT ${pages_folder}/page_table.inc CONTENT "${table}" @ONLY)
endfunction()

if(NOCTURNE_WINDOW)
  find_program(NOCTURNE_NODE NAMES node nodejs)
  find_program(NOCTURNE_NPM npm)
  if(NOT NOCTURNE_NODE OR NOT NOCTURNE_NPM)
    message(FATAL_ERROR "The browser pages need node (18 or later) and npm, and not both are here. Install them (Debian: "
      "apt-get install nodejs npm), or build without pages: -DNOCTURNE_WINDOW=OFF")
  endif()
  execute_process(COMMAND ${NOCTURNE_NODE} --version OUTPUT_VARIABLE node_version OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^v" "" node_version "${node_version}")
  if(node_version VERSION_LESS 18)
    message(FATAL_ERROR "The browser pages need node 18 or later, and ${NOCTURNE_NODE} is ${node_version}. Install a later one, "
      "or build without pages: -DNOCTURNE_WINDOW=OFF")
  endif()
  enable_language(ASM)
  write_page_table("${page_files}")

  add_custom_command(OUTPUT ${pages_folder}/installed
    DEPENDS ${page_sources}/package.json ${page_sources}/package-lock.json
    COMMAND ${CMAKE_COMMAND} -E copy ${page_sources}/package.json ${page_sources}/package-lock.json ${pages_folder}
    COMMAND ${NOCTURNE_NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${pages_folder}/installed
    WORKING_DIRECTORY ${pages_folder}
    COMMENT "Installing what bundles the pages" VERBATIM)

  list(TRANSFORM page_source_files PREPEND ${page_sources}/)
  set(page_outputs ${pages_folder}/digest.txt)
  foreach(file IN LISTS page_files)
    list(APPEND page_outputs ${pages_folder}/${file} ${pages_folder}/${file}.gz)
  endforeach()
  add_custom_command(OUTPUT ${page_outputs}
    DEPENDS ${page_source_files} ${pages_folder}/installed
    COMMAND ${NOCTURNE_NODE} ${page_sources}/build.mjs ${pages_folder} ${pages_folder}
    COMMENT "Checking and bundling the pages" VERBATIM)

  add_custom_target(nocturne_pages DEPENDS ${page_outputs})

  set_source_files_properties(${pages_folder}/pages.s PROPERTIES OBJECT_DEPENDS "${page_outputs}")
  set(nocturne_page_sources window/assets.cpp ${pages_folder}/pages.s)
  set_source_files_properties(window/assets.cpp PROPERTIES INCLUDE_DIRECTORIES ${pages_folder})
else()
  set(nocturne_page_sources window/no_assets.cpp)
endif()
