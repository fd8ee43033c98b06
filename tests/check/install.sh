#!/bin/sh
# Installed under another prefix, everything is where it belongs, and the
# programs work: a controller, a host that joins, an agent that connects.
# With DESTDIR the agent finds its helpers as well.
set -eu
cmake=$1
build=$2
work=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || :; wait; rm -rf "$work"' EXIT
faults=0

fault() {
    echo "$*"
    faults=1
}

prefix=$work/prefix
"$cmake" --install "$build" --prefix "$prefix" >"$work/log"
for file in bin/probectl sbin/probe-controller sbin/probe-agent \
    libexec/probectl/probe-agent-link libexec/probectl/probe-agent-worker \
    lib/systemd/system/probe-agent.service \
    lib/systemd/system/probe-controller.service lib/sysusers.d/probectl.conf \
    lib/tmpfiles.d/probectl.conf share/bash-completion/completions/probectl \
    share/doc/probectl/examples/agent.conf share/man/man1/probectl.1 \
    share/man/man8/probe-agent.8 share/man/man8/probe-controller.8 \
    share/man/man5/probe-agent.conf.5 share/man/man7/probe-causes.7; do
    [ -s "$prefix/$file" ] || fault "not installed: $file"
done
outside=$(grep -E '^-- (Installing|Up-to-date): ' "$work/log" |
    grep -v ": $prefix/" || :)
[ -z "$outside" ] || fault "outside the prefix: $outside"
for program in agent controller; do
    unit=$prefix/lib/systemd/system/probe-$program.service
    start=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
    [ -x "$start" ] || fault "$unit starts '$start', which is not there"
done

DESTDIR=$work/root "$cmake" --install "$build" >"$work/log"
agent=$(find "$work/root" -name probe-agent -type f)
# the token is no token, but is read by the helper
said=$("$agent" join 127.0.0.1:1 --token wrong --name x \
    --state-dir "$work/x" 2>&1 || :)
case $said in
*helper*) fault "with DESTDIR: $said" ;;
esac

port=$(/usr/bin/python3 -c 'import socket
one = socket.socket()
one.bind(("127.0.0.1", 0))
print(one.getsockname()[1])')
"$prefix/sbin/probe-controller" init --state-dir "$work/c" --san 127.0.0.1 \
    --listen-port "$port" 2>"$work/said"
"$prefix/sbin/probe-controller" run --state-dir "$work/c" \
    --listen "127.0.0.1:$port" 2>>"$work/said" &
pids=$!
export XDG_RUNTIME_DIR="$work" PROBECTL_PROFILE="$work/c/operators/admin"
token=
for try in 1 2 3 4 5 6 7 8 9 10; do
    token=$("$prefix/bin/probectl" token create 2>>"$work/said") && break
    sleep 0.2
done
"$prefix/sbin/probe-agent" join "127.0.0.1:$port" --token "$token" \
    --name here --state-dir "$work/a" 2>>"$work/said" || :
"$prefix/sbin/probe-agent" run --state-dir "$work/a" 2>>"$work/said" &
pids="$pids $!"
connected=
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    connected=$("$prefix/bin/probectl" agents -o json |
        grep '"connected": true') && break
    sleep 0.2
done
[ -n "$connected" ] || fault "the installed agent does not connect:
$(cat "$work/said")"
[ $faults -eq 0 ] && echo 'all is installed where it belongs'
exit $faults
