# Debian bookworm's packages; each is used by one or two files of ours.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
foreach(dependency IN ITEMS libuv libprotobuf-c libpcap cmocka libmnl libnftnl
    jansson sqlite3 expat libcap-ng)
  pkg_check_modules(${dependency} REQUIRED IMPORTED_TARGET ${dependency})
endforeach()
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)

# mbedTLS 2.28 ships no pkg-config file.
find_path(MBEDTLS_INCLUDE_DIR mbedtls/ssl.h REQUIRED)
find_library(MBEDTLS_LIBRARY mbedtls REQUIRED)
find_library(MBEDX509_LIBRARY mbedx509 REQUIRED)
find_library(MBEDCRYPTO_LIBRARY mbedcrypto REQUIRED)
add_library(mbedtls INTERFACE)
target_include_directories(mbedtls SYSTEM INTERFACE ${MBEDTLS_INCLUDE_DIR})
target_link_libraries(mbedtls INTERFACE
  ${MBEDTLS_LIBRARY} ${MBEDX509_LIBRARY} ${MBEDCRYPTO_LIBRARY})

find_program(PROTOC_C protoc-c REQUIRED)
