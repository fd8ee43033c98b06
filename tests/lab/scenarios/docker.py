"""A container of the real Docker that should have the port on which nothing
listens: it has exited, was never started, or does not publish it."""
from scenario import FAIR, SURE, Expect, Scenario

SERVE = (r"#include <arpa/inet.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
         r"int main(int n, char **a) { int one = 1, s = socket(AF_INET6, "
         r"SOCK_STREAM, 0); struct sockaddr_in6 x = {.sin6_family = AF_INET6, "
         r".sin6_port = htons(atoi(a[1]))}; setsockopt(s, SOL_SOCKET, "
         r"SO_REUSEADDR, \&one, sizeof(one)); bind(s, (void *)\&x, sizeof(x)); "
         r"listen(s, 9); for (;;) accept(s, 0, 0); }")


def docker(*commands):
    """dockerd on hostB, with an image whose one program listens on a port."""
    return ("hostB", "sysctl -qw net.ipv4.ip_forward=1 && "
            "python3 -IS @here/front_ends.py dockerd && mkdir /run/image && "
            f"echo '{SERVE}' | sed 's/\\\\n/\\n/g; s/\\\\&/\\&/g' | "
            "gcc -static -o /run/image/serve -x c - && "
            "tar -C /run/image -c . | docker import - box && "
            "iptables -P FORWARD ACCEPT && " + " && ".join(commands))


def absent(*detail, silent=(), **more):
    return Expect("not-listening", "destination", "hostB", "socket", "syn",
                  confidence=SURE, outcome="refused", detail=detail,
                  silent=silent, **more)


RUN = "docker run -d --name web"
STOPPED = "docker stop -t 0 web"
NONE = {"service": ()}

SCENARIOS = [
    Scenario("docker-exited", **NONE, fix=True,
             expect=absent("the likely reason", "container web",
                           "has exited (status 137)",
                           command="docker start web"),
             faults=(docker(f"{RUN} -p 8080:80 box /serve 80", STOPPED),)),
    # It would end so again.
    Scenario("docker-failed", **NONE, families=(4,),
             expect=absent("container web", "has exited (status 1", fixes=(0,),
                           says=("docker logs",)),
             faults=(docker(f"{RUN} -p 8080:80 box /serve 80",
                            "docker rm -f web",
                            f"{RUN} -p 8080:80 box /serve",
                            "until docker ps -a --filter status=exited | grep "
                            "-q web; do sleep 0.05; done"),)),
    Scenario("docker-created", **NONE, families=(4,),
             expect=absent("container web", "was never started", fixes=(0,)),
             faults=(docker("docker create --name web -p 8080:80 box "
                            "/serve 80"),)),
    Scenario("docker-not-published", **NONE, families=(4,),
             expect=absent("perhaps meant", "container web",
                           "publishes no port", fixes=(0,)),
             faults=(docker(f"{RUN} --expose 80 box /serve 80"),)),
    Scenario("docker-not-published-same-port", **NONE, families=(4,),
             expect=Expect(("not-published", "listening-in-other-namespace"),
                           "destination", "hostB", "socket", "syn",
                           confidence=FAIR, fixes=(0,),
                           detail=("container web", "does not publish it")),
             faults=(docker(f"{RUN} --expose 8080 box /serve 8080"),)),
    # It publishes the port, and what listens in it has another one.
    Scenario("docker-listens-on-another-port", **NONE, families=(4,),
             expect=Expect("not-listening", "destination", "hostB", "socket",
                           "syn", confidence=SURE, outcome="refused",
                           fixes=(0,), detail=("203.0.113.66", "80")),
             faults=(docker(f"{RUN} -p 8080:80 box /serve 3000"),)),
    # Others' containers are no reason.
    Scenario("docker-other-exited", **NONE, families=(4,),
             expect=absent(silent=("ontainer web",)),
             faults=(docker(f"{RUN} -p 8081:80 box /serve 80", STOPPED),)),
    Scenario("docker-published", Expect("connected"), **NONE, families=(4,),
             faults=(docker(f"{RUN} -p 8080:80 box /serve 80"),)),
]
