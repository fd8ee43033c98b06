# Flags for our own code only; generated code gets none of them.
add_library(probe_flags INTERFACE)
target_include_directories(probe_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(probe_flags INTERFACE
  _GNU_SOURCE PROBE_VERSION="${PROJECT_VERSION}")
target_compile_options(probe_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla
  -Wswitch-enum -Wnull-dereference -fno-omit-frame-pointer)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(probe_flags INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()
# What only a host can bring about is asserted in builds for developers alone.
target_compile_definitions(probe_flags INTERFACE
  $<$<NOT:$<CONFIG:Release>>:PROBE_STRICT>)
if(PROBE_WERROR)
  target_compile_options(probe_flags INTERFACE -Werror)
endif()
if(PROBE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined
    -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()
if(PROBE_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
if(PROBE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Assertions guard programming errors and stay on in release builds.
foreach(config RELEASE RELWITHDEBINFO MINSIZEREL)
  string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_${config}
    "${CMAKE_C_FLAGS_${config}}")
endforeach()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
    -fstack-protector-strong -fstack-clash-protection
    -ffunction-sections -fdata-sections)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--gc-sections)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_link_options(-Wl,--as-needed)
