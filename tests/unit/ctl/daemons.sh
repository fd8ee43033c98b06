#!/bin/sh
# The two daemons as a shell sees them: help, and what is told of a mistake.
set -u
controller=$1 agent=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
faults=0

# expect STATUS TEXT COMMAND...: status, and TEXT in either output
expect() {
    status=$1 text=$2
    shift 2
    "$@" >"$work/out" 2>&1
    got=$?
    if [ $got -ne "$status" ] || ! grep -qF -e "$text" "$work/out"; then
        echo "$*: status $got, not $status, or no '$text':"
        cat "$work/out"
        faults=1
    fi
}

expect 0 'Usage: probe-controller' "$controller" -h
expect 0 'Usage: probe-controller' "$controller" --help
expect 0 'Usage: probe-agent' "$agent" -h
expect 0 'Usage: probe-agent' "$agent" --help
expect 2 'probe-controller init --state-dir' "$controller" run \
    --state-dir "$work/none"
mkdir "$work/state"
expect 2 "'probe-controller init --san NAME' makes" "$controller" run \
    --state-dir "$work/state"
expect 2 "'probe-agent join' makes it" "$agent" run --state-dir "$work/none"
exit $faults
