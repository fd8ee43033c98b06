"""The service itself: absent, badly bound, stuck, or choosy."""
from .fault import Fault

# All of them serve; the last ones would not keep up with other clients.
GOOD = ("@any 8080", "@any 8080", "@any 8080", "@B 8080",
        "closing @any 8080 --serve --say 220_mail.example_ESMTP",
        "stuck @any 8080 --members 3", "stuck @any 8080 --defer",
        "closing @any 8080 --delay 2", "stuck @any 8080 --accept slowly")
BUSY = GOOD[:-2]


def at_socket(hand, kind, cause, service, make=(), undo=(), **more):
    more.setdefault("at", "syn B listener")
    uses = frozenset({"service of B"}) | more.pop("uses", frozenset())
    return Fault(kind=kind, causes=(cause,), make=hand.text(make),
                 undo=hand.text(undo), service=hand.text(service), uses=uses,
                 **more)


def absent(hand):
    other = hand.pick((), (), (("hostB", "@any 8081"),),
                      (("hostC", "@any 8080"),))
    return at_socket(hand, "nothing listens", "not-listening", other,
                     uses=frozenset({"port 8081"}))


def loopback(hand):
    return at_socket(hand, "listens on loopback", "listening-on-loopback",
                     (("hostB", "@loop 8080"),),
                     names=(hand.words["loop"],))


def other_address(hand):
    return at_socket(
        hand, "listens on another address", "listening-on-other-address",
        (("hostB", "@other 8080"),),
        (("hostB", "@ip addr add @other/@len dev eth0 nodad"),),
        (("hostB", "@ip addr del @other/@len dev eth0"),),
        names=(hand.words["other"],))


def other_family(hand):
    words = ":: 8080 --v6only" if hand.family == 4 else "0.0.0.0 8080"
    return at_socket(hand, "listens on the other family",
                     "listening-on-other-family", (("hostB", words),))


def other_device(hand):
    return at_socket(hand, "listens on another device",
                     "listening-on-other-device",
                     (("hostB", "stuck @any 8080 --device mgmt0"),),
                     names=("mgmt0",))


def other_namespace(hand):
    name = hand.name()
    return at_socket(
        hand, "listens in another namespace", "listening-in-other-namespace",
        (("hostB", f"netns:{name} @any 8080"),),
        (("hostB", f"ip netns add {name} && ip -n {name} link set lo up"),),
        (("hostB", f"ip netns del {name}"),), names=(name,))


def full(hand):
    size = hand.pick(0, 0, 1, 3)
    words = hand.pick(
        f"@any 8080 --backlog {size} --fill",
        f"stuck @any 8080 --backlog {size} --fill {size + 1} --workers 1 "
        "--stop 1")
    return at_socket(hand, f"accept queue of {size} full",
                     "accept-queue-full", (("hostB", words),),
                     at="syn B queue")


def stopped(hand):
    words = hand.pick("stuck @any 8080 --workers 1 --stop 1",
                      "stuck @any 8080 --workers 2 --stop 2",
                      "stuck @any 8080 --accept no")
    return at_socket(hand, words, "listener-stopped", (("hostB", words),),
                     at="data B socket", uses=frozenset({"clients"}))


def closing(hand):
    """A proxy without a server behind it, or one that wants no strangers."""
    words = "closing @any 8080" + hand.pick(
        "", " --fork", " --say=-DENIED_Redis_is_in_protected_mode")
    return at_socket(hand, words, "closed-by-application", (("hostB", words),),
                     at="data B socket", uses=frozenset({"clients"}))


def signed(hand):
    return at_socket(hand, "wants a signature", "tcp-signature-required",
                     (("hostB", "stuck @any 8080 --md5 @A"),),
                     at="syn B signature")


def hops(hand):
    value = hand.pick(64, 128, 255)
    return at_socket(hand, f"wants a TTL of {value}", "min-ttl",
                     (("hostB", f"stuck @any 8080 --min-ttl {value}"),),
                     at="syn B min-ttl")


def filtered(hand):
    return at_socket(hand, "a filter on the socket", "socket-filter-drop",
                     (("hostB", "@any 8080 --filter drop"),),
                     at="syn B socket-filter")


KINDS = ((absent, 3), (loopback, 2), (other_address, 1.5), (other_family, 1.5),
         (other_device, 1), (other_namespace, 1), (full, 2), (stopped, 1.5),
         (closing, 1),
         (signed, 1), (hops, 1), (filtered, 1))
