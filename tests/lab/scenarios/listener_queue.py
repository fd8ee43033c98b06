"""The service is there, and yet: its queues, its process, what its TCP demands,
and what an old connection or a restart does to it."""
from scenario import SURE, Expect, Scenario
from scenarios.services import listening, systemd


def at_socket(cause, packet, **more):
    return Expect(cause, "destination", "hostB", "socket", packet, **more)


def ok(**more):
    return Expect("connected", outcome="connected", **more)


def stuck(words, host="hostB"):
    return ((host, f"stuck {words}"),)


# The ACK is held up behind the SYN, long enough for a queue to fill.
SLOW_LINK = (("hostA", "python3 -S -c 'import socket; socket.socket(socket.@af)"
              ".connect_ex((\"@B\", 9))'"),  # neighbours know each other now
             ("R1", "tc qdisc add dev link root tbf rate 8kbit burst 120 "
              "limit 3000"))
ABORT = ("hostB", "sysctl -w net.ipv4.tcp_abort_on_overflow=1")
FILLED_MEANWHILE = "@any 8080 --accept no --on-syn eth0"

# Nobody answers for these, and nobody says so.
NOBODY = (("R2", "ip route add blackhole 192.0.2.128/25"),
          ("R2", "ip route add blackhole 2001:db8:a::100/120"))
FLOOD = ("hostC", "python3 -S @here/flood.py @nobody @B 8080 24")
NO_COOKIES = ("hostB", "sysctl -w net.ipv4.tcp_syncookies=0")

# What the source answers the old connection with does not reach it, as behind a
# firewall that knows nothing of it either: so it stays.
NO_RESETS = ("R1", "nft add table inet f; nft add chain inet f c '{ type filter "
             "hook forward priority 0; }'; nft add rule inet f c tcp flags rst "
             "drop")
LEAVE = ("hostA", "python3 -S @here/stuck.py @B 8080 --leave 40001")
FROM_PORT = ("hostA", "hostB:8080", "--from-port", "40001")

QUEUE = [
    Scenario("accept-queue-full-once", ok(), near="L09",
             service=stuck("@any 8080 --backlog 1 --fill 2 --overflow 1")),
    Scenario("accept-queue-long-and-moving", ok(), near="L09 L13",
             service=stuck("@any 8080 --backlog 8 --fill 5 --accept slowly")),
    Scenario("accept-queue-full-of-stopped-process",
             at_socket("accept-queue-full", "syn", outcome="timed-out",
                       detail=("is stopped",)), row="L09", fix=True,
             service=stuck("@any 8080 --backlog 0 --fill 1 --workers 1 "
                           "--stop 1")),
    Scenario("accept-queue-limited-by-somaxconn",
             at_socket("accept-queue-full", "syn", outcome="timed-out",
                       detail=("net.core.somaxconn",)), row="L09",
             faults=(("hostB", "sysctl -w net.core.somaxconn=2"),),
             service=(("hostB", "after:stuck @any 8080 --backlog 100 --fill 3 "
                       "--accept no"),)),
    Scenario("accept-queue-filled-during-handshake",
             at_socket("accept-queue-full", "ack", outcome="connected",
                       confidence=SURE, detail=("half-open", "python")),
             row="L10", faults=SLOW_LINK,
             service=stuck(f"{FILLED_MEANWHILE} --backlog 0 --fill 1")),
    Scenario("accept-queue-nearly-filled-during-handshake", ok(),
             near="L10", faults=SLOW_LINK,
             service=stuck("@any 8080 --on-syn eth0 --backlog 4 --fill 2")),
    Scenario("accept-queue-aborts-on-overflow",
             at_socket("accept-queue-full", "ack",  # the reset may be quicker
                       outcome=("connected", "reset", "error"),
                       confidence=SURE, detail=("reset", "python")),
             row="L24", faults=(*SLOW_LINK, ABORT),
             service=stuck(f"{FILLED_MEANWHILE} --backlog 0 --fill 1")),
    Scenario("accept-queue-would-abort-on-overflow", ok(), near="L24",
             faults=(*SLOW_LINK, ABORT),
             service=stuck("@any 8080 --on-syn eth0 --backlog 4 --fill 2")),
    Scenario("process-out-of-files",
             at_socket("accept-queue-full", "syn", outcome="timed-out",
                       detail=("file descriptor", "files_limit", "python")),
             row="L21", fix=True,
             service=stuck("@any 8080 --backlog 1 --fill 2 --files 5")),
    Scenario("process-nearly-out-of-files", ok(), near="L21",
             service=stuck("@any 8080 --files 12")),
    Scenario("reuseport-one-member-full",
             at_socket("accept-queue-full", "syn", outcome=("mixed",
                                                             "timed-out"),
                       detail=("python", "attempts", "share the port")),
             row="L15", argv=("hostA", "hostB:8080", "--count", "12"),
             service=stuck("@any 8080 --members 2 --serving 1 --backlog 0 "
                           "--overflow 12")),
    Scenario("reuseport-one-member-stuck",
             at_socket("listener-stopped", "data", outcome="connected",
                       detail=("share the port",)),
             row="L15", argv=("hostA", "hostB:8080", "--count", "12"),
             service=stuck("@any 8080 --members 2 --serving 1")),
    Scenario("reuseport-all-serve", ok(), near="L15",
             argv=("hostA", "hostB:8080", "--count", "6"),
             service=stuck("@any 8080 --members 3")),
]

FREEZE = ("echo 1 > /sys/fs/cgroup/{0}/cgroup.freeze && "
          "until grep -q 'frozen 1' /sys/fs/cgroup/{0}/cgroup.events; "
          "do sleep 0.02; done")
PROCESS = [
    Scenario("listener-stopped",
             at_socket("listener-stopped", "data", outcome="connected",
                       confidence=SURE, detail=("python", "stopped", "T")),
             row="L13", fix=True,
             service=stuck("@any 8080 --workers 1 --stop 1")),
    # The service's own group, and another one.
    Scenario("listener-frozen",
             at_socket("listener-stopped", "data", outcome="connected",
                       confidence=SURE, detail=("python", "is frozen"),
                       fixes=(0,)),
             row="L13", service=(("hostB", "@any 8080 --in-cgroup"),),
             faults=(("hostB", FREEZE.format("$LAB_CGROUP")),)),
    Scenario("listener-beside-frozen-group", ok(), near="L13",
             service=(("hostB", "@any 8080"),
                      ("hostB", "@any 8081 --in-cgroup")),
             faults=(("hostB", FREEZE.format("$LAB_CGROUP")),)),
    Scenario("listener-stopped-workers",
             at_socket("listener-stopped", "data", outcome="connected",
                       detail=("python", "stopped")),
             row="L13", fix=True,
             service=stuck("@any 8080 --workers 2 --stop 2")),
    Scenario("listener-stuck",
             at_socket("listener-stopped", "data", outcome="connected",
                       confidence=("likely",), detail=("accepted nothing", "stuck, or slower")),
             row="L13", service=stuck("@any 8080 --accept no")),
    Scenario("listener-hangs",
             at_socket("listener-stopped", "data", outcome="connected",
                       confidence=("likely",), detail=("state D",)),
             row="L13", service=stuck("@any 8080 --hang")),
    Scenario("listener-slow", ok(), near="L13",
             argv=("hostA", "hostB:8080", "--count", "4"),
             service=stuck("@any 8080 --accept slowly")),
    Scenario("listener-very-slow", ok(detail=("is slow", "unaccepted")),
             near="L13", service=stuck("@any 8080 --fill 1 --accept slowly "
                                       "--pause 2.5")),
    Scenario("listener-one-worker-stopped", ok(), near="L13",
             service=stuck("@any 8080 --workers 2 --stop 1")),
    Scenario("listener-stopped-on-other-port", ok(), near="L13",
             service=(*stuck("@any 8081 --workers 1 --stop 1"),
                      ("hostB", "@any 8080"))),
    Scenario("listener-flaps",
             at_socket("not-listening", "syn", outcome="mixed",
                       detail=("attempts",)),
             row="L08", argv=("hostA", "hostB:8080", "--count", "10"),
             service=stuck("@any 8080 --flap 0.25 0.25")),
    Scenario("listener-hands-over", ok(), near="L08",
             argv=("hostA", "hostB:8080", "--count", "4"),
             service=stuck("@any 8080 --hand-over")),
    Scenario("listener-defers-accept", ok(detail=("TCP_DEFER_ACCEPT",)),
             row="L14", service=stuck("@any 8080 --defer")),
]

TCP = [
    Scenario("syn-queue-full",
             at_socket("syn-queue-full", "syn", outcome="timed-out",
                       confidence=("likely",),
                       detail=("half-open", "tcp_syncookies")),
             row="L11", fix=True, faults=(*NOBODY, NO_COOKIES, FLOOD),
             service=(("hostB", "@any 8080 --backlog 4"),)),
    Scenario("syn-queue-full-of-host",
             at_socket("syn-queue-full", "syn", outcome="timed-out",
                       confidence=("likely",), detail=("tcp_syncookies",)),
             row="L11", fix=True,
             faults=(("hostB", "sysctl -w net.ipv4.tcp_max_syn_backlog=8"),
                     *NOBODY, NO_COOKIES, FLOOD)),
    Scenario("syn-queue-full-with-cookies", ok(), near="L11",
             faults=(*NOBODY, FLOOD),
             service=(("hostB", "@any 8080 --backlog 4"),)),
    Scenario("syn-queue-full-on-other-port", ok(), near="L11",
             faults=(*NOBODY, NO_COOKIES, FLOOD),
             argv=("hostA", "hostB:8081"),
             service=(("hostB", "@any 8080 --backlog 4"),
                      ("hostB", "@any 8081 --backlog 4"))),
    Scenario("syn-cookies-always", ok(detail=("cookie",)), row="L12",
             faults=(("hostB", "sysctl -w net.ipv4.tcp_syncookies=2"),)),
    Scenario("signature-required",
             at_socket("tcp-signature-required", "syn", confidence=SURE,
                       outcome="timed-out", detail=("@A", "python")),
             row="L18", service=stuck("@any 8080 --md5 @A")),
    Scenario("signature-required-of-other", ok(), near="L18",
             service=stuck("@any 8080 --md5 @C")),
    Scenario("min-ttl",
             at_socket("min-ttl", "syn", confidence=SURE, outcome="timed-out",
                       detail=("python", "TTL 62")),
             row="L20", service=stuck("@any 8080 --min-ttl 255")),
    Scenario("min-ttl-low-enough", ok(), near="L20",
             service=stuck("@any 8080 --min-ttl 60")),
    Scenario("stale-connection",
             at_socket("stale-connection", "syn", confidence=SURE,
                       outcome="timed-out",
                       detail=("ESTABLISHED", "python", "40001")),
             row="L16", fix=True, faults=(LEAVE, NO_RESETS), argv=FROM_PORT,
             service=stuck("@any 8080")),
    Scenario("stale-connection-of-other-port", ok(), near="L16",
             faults=(LEAVE,), service=stuck("@any 8080"),
             argv=("hostA", "hostB:8080", "--from-port", "40002")),
    Scenario("stale-connection-in-time-wait",
             at_socket("stale-connection", "syn", confidence=SURE,
                       outcome="timed-out", detail=("TIME_WAIT", "40001")),
             row="L17", fix=True,
             faults=(("hostA", f"{LEAVE[1]} --speak --ahead"), NO_RESETS),
             argv=FROM_PORT,
             service=stuck("@any 8080 --close-first")),
    Scenario("time-wait-taken-over", ok(), near="L17",
             faults=(("hostA", "python3 -S @here/stuck.py @B 8080 "
                      "--leave 40001 --speak"),), argv=FROM_PORT,
             service=stuck("@any 8080 --close-first")),
]

# Stuck when it is started first; started again it serves.
STUCK_UNIT = ("# web.service\n[Service]\nExecStart=/bin/sh -c 'exec "
              "/usr/bin/python3 -S @here/stuck.py @any 8080 "
              "$(cat /run/stuck || echo --accept yes)'\n"
              "ExecStartPost=/bin/sh -c 'until ss -Hltn sport = :8080 | grep "
              "-q .; do sleep 0.02; done'\n")


def waiting(count):
    """So many connections wait in the listener's queue."""
    return ("hostB", "until [ $(ss -Hltn sport = :8080 | awk '{ print $2 }') = "
            f"{count} ]; do sleep 0.02; done; rm /run/stuck")


def as_unit(name, expect, words, count=0, **more):
    return Scenario(name, expect, service=(), fix=True, faults=(
        ("hostB", f"echo '{words}' >/run/stuck"),
        systemd(STUCK_UNIT, "web.service"), listening(),
        waiting(count)), **more)


UNITS = [
    as_unit("listener-stuck-in-unit",
            at_socket("listener-stopped", "data", outcome="connected",
                      confidence=("likely",), detail=("accepted nothing",)),
            "--accept no", row="L13"),
    as_unit("accept-queue-full-in-unit",
            at_socket("accept-queue-full", "syn", outcome="timed-out",
                      detail=("python",)),
            "--accept no --backlog 0 --fill 1", count=1, row="L09"),
]

SCENARIOS = QUEUE + PROCESS + TCP + UNITS
