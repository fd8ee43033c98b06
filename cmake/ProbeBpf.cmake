# What it takes to make BPF objects.  Without any of it everything else is built
# all the same, and the agent says that it cannot watch drops.
set(PROBE_BPF_FOUND OFF)
if(PROBE_BPF)
  find_program(BPF_CLANG NAMES clang clang-14)
  find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin)
  pkg_check_modules(libbpf IMPORTED_TARGET libbpf>=1.0)
  if(BPF_CLANG AND BPFTOOL AND libbpf_FOUND)
    set(PROBE_BPF_FOUND ON)
  else()
    message(STATUS "No drop events: this takes clang (${BPF_CLANG}), bpftool "
      "(${BPFTOOL}) and libbpf (${libbpf_VERSION})")
  endif()
endif()

# probe_bpf_skeleton(NAME): compiles NAME.bpf.c beside the caller and makes the
# header NAME.skel.h in the build folder, to be listed as a source.  The kernel's
# types are looked up when it is loaded, not here.
function(probe_bpf_skeleton name)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  # For <asm/types.h>, which clang looks for only when it compiles for the host.
  set(multiarch)
  if(CMAKE_LIBRARY_ARCHITECTURE)
    set(multiarch -isystem /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  endif()
  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${BPF_CLANG} -target bpf -g -O2 -Wall -Wextra -Werror
            -I${CMAKE_SOURCE_DIR} ${multiarch} -MD -MF ${object}.d -MT ${skeleton}
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c -o ${object}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c
    DEPFILE ${object}.d
    COMMENT "Building BPF skeleton ${name}.skel.h"
    VERBATIM)
endfunction()
