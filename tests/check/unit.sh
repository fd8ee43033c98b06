#!/bin/sh
# What the agent calls beyond @system-service, its unit must let through: the
# kernel refuses the rest, and nobody sees it but on an installed host.
set -eu
cd "$1"
allowed=$(grep '^SystemCallFilter=' deploy/systemd/probe-agent.service.in)
faults=0

for call in bpf mount open_by_handle_at perf_event_open pidfd_getfd pivot_root \
    process_vm_readv ptrace setns umount2; do
    grep -qrE "(SYS_$call\b|\b$call\()" --include='*.c' agent || continue
    case " ${allowed#*=} " in
    *" $call "*) ;;
    *)
        echo "deploy/systemd/probe-agent.service.in: no $call in SystemCallFilter"
        faults=1
        ;;
    esac
done
exit $faults
