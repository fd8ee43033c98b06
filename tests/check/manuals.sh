#!/bin/sh
# Every manual page is clean mdoc, and refers to pages that exist; also the one
# that the build makes.
set -eu
made=$1/man
source=$2

command -v mandoc >/dev/null || exit 77
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
for page in "$source"/doc/man/*.[1-9] "$made"/*.[1-9]; do
    mkdir -p "$pages/man${page##*.}"
    cp "$page" "$pages/man${page##*.}/"
done
makewhatis "$pages" 2>/dev/null || :
# references are looked up where the pages are installed
MANPATH=$pages mandoc -Tlint -Wstyle "$pages"/man*/*
echo "$(ls "$pages"/man*/* | wc -l) manual pages are clean"
