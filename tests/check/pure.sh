#!/bin/sh
# The engine is pure: its library asks for no heap, clock, file or network.
#   pure.sh LIBRARY
set -eu
command -v nm >/dev/null || exit 77
asks=$(nm --undefined-only "$1" | awk '{print $2}' | sort -u |
    grep -xE 'malloc|calloc|realloc|free|qsort|strdup|asprintf|vasprintf|time|clock_gettime|gettimeofday|getenv|open|fopen|read|write|socket|connect|uv_.*|sqlite3_.*|mbedtls_.*|pthread_.*' ||
    true)
[ -z "$asks" ] || {
    echo "the engine asks for: $asks"
    exit 1
}
echo 'the engine is pure'
