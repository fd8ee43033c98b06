#!/bin/sh
# All our sources are as clang-format 14 writes them.
set -eu
source=$1

for name in clang-format-14 clang-format; do
    if command -v $name >/dev/null && $name --version | grep -q 'version 14\.'
    then
        formatter=$name
        break
    fi
done
[ -n "${formatter:-}" ] || exit 77
cd "$source"
find agent common controller proto tests -name '*.[ch]' -print0 |
    xargs -0 "$formatter" --dry-run -Werror
