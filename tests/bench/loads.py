"""What an armed trace costs the host's other traffic: loads from hostA to hostB,
each run in turn without and with a trace of another port armed on both hosts,
so that both see the same machine.
"""
import statistics

from programs import start_service
from wait import wait_until

PORT = 9000
SECONDS = 1
# Counts or drinks what comes, by TCP and UDP.
SINK = f"""
import socket, threading
def drink(peer):
    with peer:
        while peer.recv_into(bytearray(1 << 18)):
            pass
def serve():
    while True:
        drink(listener.accept()[0])
listener = socket.create_server(('0.0.0.0', {PORT}), backlog=1000)
packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
packets.bind(('0.0.0.0', {PORT}))
threading.Thread(target=serve, daemon=True).start()
print('ready', flush=True)
space = bytearray(2048)
while packets.recv_into(space):
    pass
"""
# Each prints its rate.
AROUND = f"""
import socket, time
to, ends = ('198.51.100.10', {PORT}), time.monotonic() + {SECONDS}
"""
STREAM = AROUND + f"""
data, sent = bytes(1 << 18), 0
stream = socket.create_connection(to)
while time.monotonic() < ends:
    stream.sendall(data)
    sent += len(data)
print(sent / {SECONDS} / (1 << 20))
"""
PACKETS = AROUND + f"""
link, sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
link.connect(to)
while time.monotonic() < ends:
    for _ in range(100):
        link.send(b'x' * 64)
    sent += 100
print(sent / {SECONDS})
"""
CALLS = AROUND + f"""
made = 0
while time.monotonic() < ends:
    with socket.create_connection(to):
        made += 1
print(made / {SECONDS})
"""
# Whatever is dropped fires the very tracepoint that the trace listens to, and
# the firewall's tables let the rule trace be armed.
DROP = (f"nft 'table inet bench {{ chain input {{ type filter hook input "
        f"priority 0; udp dport {PORT} drop; }}; }}'")
# label, unit, program, what hostB does with it
LOADS = (("one TCP stream", "MiB/s", STREAM, None),
         ("TCP connections", "1/s", CALLS, None),
         ("UDP packets of 64 bytes", "1/s", PACKETS, None),
         ("the same, dropped by a rule", "1/s", PACKETS, DROP))


def rate(lab, program):
    return float(lab["hostA"].run(["python3", "-S", "-c", program]).stdout)


def armed(lab):
    return lab["hostA"].packet_sockets() and lab["hostB"].packet_sockets()


def rate_beside_trace(lab, program):
    """The same while a trace is armed, from before to behind."""
    trace = lab["ctl"].start(["probectl", "trace", "hostA", "hostB:8080", "-4",
                              "--count", "25", "--timeout", "30"], "trace")
    wait_until(lambda: armed(lab), "an armed trace")
    value = rate(lab, program)
    if not armed(lab):
        raise SystemExit("the trace ended before the load did")
    trace.entry.wait(40)
    return value


def measure(lab, program, pairs):
    rate(lab, program)
    alone, beside = [], []
    for _ in range(pairs):
        alone.append(rate(lab, program))
        beside.append(rate_beside_trace(lab, program))
    changes = statistics.quantiles(
        [b / a * 100 - 100 for a, b in zip(alone, beside)], n=4)
    return statistics.median(alone), statistics.median(beside), changes


def print_loads(lab, pairs):
    start_service(lab, 0, "hostB", "0.0.0.0 8080")
    sink = lab["hostB"].start(["python3", "-S", "-c", SINK], "sink")
    wait_until(lambda: "ready" in sink.text(), "the sink")
    print(f"\n| load of hostA on hostB ({pairs} pairs) | alone | trace armed | "
          "change, median | middle half |\n|---|---:|---:|---:|---|")
    for label, unit, program, fault in LOADS:
        if fault:
            lab["hostB"].shell(fault)
        alone, beside, changes = measure(lab, program, pairs)
        print(f"| {label}, {unit} | {alone:.0f} | {beside:.0f} | "
              f"{changes[1]:+.1f} % | {changes[0]:+.1f} % to "
              f"{changes[2]:+.1f} % |", flush=True)
