"""The service behind the port: systemd's units, and who holds their port.

hostB's process 1 is the real systemd; see systemd_host.py.
"""
from scenario import FAIR, SURE, Expect, Scenario
from scenarios.container import BOX, INSIDE, PUBLISH

PROGRAM = "/usr/bin/python3 -S @here/service.py @any"
# Takes the listening socket from systemd.
ACTIVATED = ("/usr/bin/python3 -S -c 'import socket,time; "
             "s=socket.socket(fileno=3); [s.accept() for _ in iter(int,1)]'")
# Its workers hold the socket too.
FORKING = ("/usr/bin/python3 -S -c 'import os,socket,time; "
           "s=socket.socket(socket.@af); s.bind((\"@any\",8080)); s.listen(); "
           "os.fork(); os.fork(); [s.accept() for _ in iter(int,1)]'")
INSTALL = "[Install]\nWantedBy=multi-user.target\n"
SERVE = f"[Service]\nType=notify\nExecStart={PROGRAM} 8080\n"
WEB = f"# web.service\n{SERVE}"
SHOP = f"# shop.service\n{SERVE}"
SOCKET = "[Socket]\nListenStream=@listen\n"


def systemd(units, *started):
    """hostB with these units; those named are started, well or not."""
    return ("hostB", f"python3 -S @here/systemd_host.py {' '.join(started)} "
            f"<<'END'\n{units}\nEND")


def then(command):
    return ("hostB", command)


def failed(name):
    """Waits until the unit has failed."""
    return then(f"until systemctl -q is-failed {name}; do sleep 0.02; done")


def listening(port=8080):
    return then(f"until ss -Hltn sport = :{port} | grep -q .; "
                "do sleep 0.02; done")


def absent(*detail, **more):
    return Expect("not-listening", "destination", "hostB", "socket", "syn",
                  confidence=SURE, outcome="refused", detail=detail, **more)


def held(*detail, confidence=SURE):
    return Expect("wrong-listener", "destination", "hostB", "socket", "data",
                  confidence=confidence, outcome="connected", detail=detail)


def at_port(name, *more):
    return ("hostA", "hostB:8080", "--service", name, *more)


def unit(name, expect, units, started=(), steps=(), **more):
    """A scenario on a hostB with systemd and nothing else."""
    return Scenario(name, expect, service=more.pop("service", ()),
                    faults=(systemd(units, *started), *steps), **more)


NOTHING_LISTENS = [
    unit("service-cannot-be-executed",
         absent("web.service failed", "203/EXEC"), argv=at_port("web"),
         units="# web.service\n[Service]\nExecStart=/usr/bin/no-such-web\n",
         started=("web.service",), steps=(failed("web.service"),), row="L01"),
    unit("service-ended-with-status",
         absent("web.service failed", "exit status 7"), argv=at_port("web"),
         units="# web.service\n[Service]\nExecStart=/bin/sh -c 'exit 7'\n",
         started=("web.service",), steps=(failed("web.service"),), row="L01"),
    unit("service-named-by-its-command",
         absent("web.service failed", "command line", "other.service"),
         units="# web.service\n[Service]\n"
         "ExecStart=/bin/sh -c 'exit 7' web 8080\n"
         "# other.service\n[Service]\nExecStart=/bin/false 18080\n",
         started=("web.service", "other.service"),
         steps=(failed("web.service"), failed("other.service")), row="L01"),
    unit("service-stopped", absent("web.service is not started"),
         argv=at_port("web.service"), units=WEB + INSTALL,
         started=("web.service",),
         steps=(then("systemctl enable -q web && systemctl stop web"),),
         fix=True, row="L01"),
    unit("service-never-enabled", absent("web.service", "at boot"),
         argv=at_port("web"), units=WEB + INSTALL, fix=True, row="L01"),
    unit("service-killed", absent("web.service failed", "SIGKILL"),
         argv=at_port("web"), units=WEB, started=("web.service",),
         steps=(listening(), then("systemctl kill -s KILL web"),
                failed("web.service")), fix=True, row="L01"),
    unit("service-masked", absent("web.service is masked"),
         argv=at_port("web"), units="# other.service\n[Service]\n"
         "ExecStart=/bin/true\n",
         steps=(then("systemctl mask -q web.service"),), families=(4,),
         row="L01"),
    unit("service-socket-stopped", absent("web.socket is not started"),
         argv=at_port("web"), units="# web.service\n[Service]\n"
         f"ExecStart={ACTIVATED}\n# web.socket\n{SOCKET}", fix=True,
         row="L01"),
    unit("service-condition-not-met", absent("a condition"),
         argv=at_port("web"), units=WEB + "[Unit]\n"
         "ConditionPathExists=/no/such/file\n" + INSTALL,
         steps=(then("systemctl enable -q web && systemctl start web"),),
         families=(4,), row="L01"),
    unit("service-keeps-ending",
         absent("web.service keeps ending", "exit status 1"),
         argv=at_port("web"), units="# web.service\n[Unit]\n"
         "StartLimitIntervalSec=0\n[Service]\nExecStart=/bin/false\n"
         "Restart=always\nRestartSec=2\n", started=("web.service",),
         row="L08"),
    unit("service-comes-and-goes",
         Expect("not-listening", "destination", "hostB", "socket", "syn",
                outcome=("mixed", "refused"), detail=("web.service",)),
         argv=at_port("web", "--count", "12"), units="# web.service\n[Unit]\n"
         "StartLimitIntervalSec=0\n[Service]\n"
         f"ExecStart=/usr/bin/timeout 0.2 {PROGRAM} 8080\n"
         "Restart=always\nRestartSec=400ms\n", started=("web.service",),
         row="L08"),
    unit("service-on-other-port",
         absent("web.service is active", "port 8081 instead"),
         argv=at_port("web"), units="# web.service\n[Service]\n"
         f"ExecStart={PROGRAM} 8081\n", started=("web.service",),
         steps=(listening(8081),),
         row="L05"),
    unit("service-unknown-and-absent", absent("systemd knows no unit"),
         argv=at_port("no-such-thing"), units=WEB, families=(4,), row="L01"),
    Scenario("service-without-systemd", absent("port 8081 instead"),
             argv=at_port("service.py"), service=(("hostB", "@any 8081"),),
             row="L05"),
]

HELD = [
    unit("port-held-by-other-unit",
         held("shop.service", "web.service failed", "ddress already in use"),
         argv=at_port("web"), units=WEB + SHOP, started=("shop.service",),
         steps=(listening(), then("systemctl start web || true"),
                failed("web.service")), fix=True, row="G01"),
    unit("port-held-by-other-unit-and-service-idle",
         held("shop.service", "web.service is not started"),
         argv=at_port("web"), units=WEB + SHOP, started=("shop.service",),
         steps=(listening(),), fix=True, row="G01"),
    unit("port-held-by-hand",
         held("web.service failed", "ddress already in use"),
         argv=at_port("web"), units=WEB,
         service=(("hostB", "@any 8080"),), started=("web.service",),
         steps=(failed("web.service"),), fix=True, row="G01"),
    unit("port-held-by-other-socket",
         held("shop.", "web.service failed"),
         argv=at_port("web"), started=("shop.socket", "web.service"), fix=True,
         units=f"{WEB}# shop.service\n[Service]\nExecStart={ACTIVATED}\n"
         f"# shop.socket\n{SOCKET}", steps=(failed("web.service"),), row="G01"),
    unit("port-held-while-service-is-elsewhere",
         held("shop.service", "port 8081 instead"), argv=at_port("web"),
         started=("shop.service", "web.service"),
         units=f"{SHOP}# web.service\n[Service]\nExecStart={PROGRAM} 8081\n",
         steps=(listening(), listening(8081)), row="G01"),
    # A copy of the service's own program, started by hand, is in its way.
    unit("port-held-by-stray-copy",
         held("service.service failed", "ddress already in use",
              confidence=("likely",)),
         argv=at_port("service"), service=(("hostB", "@any 8080"),),
         units=WEB.replace("web", "service"), started=("service.service",),
         steps=(failed("service.service"),), row="G01"),
]

RIGHT = [
    unit("service-holds-its-port", Expect("connected", detail=("web",)),
         argv=at_port("web"), units=WEB, started=("web.service",),
         steps=(listening(),), near="G01"),
    unit("service-with-workers", Expect("connected"), argv=at_port("web"),
         units=f"# web.service\n[Service]\nExecStart={FORKING}\n",
         started=("web.service",), steps=(listening(),), near="G01"),
    unit("service-by-its-alias", Expect("connected"), argv=at_port("site"),
         units=WEB + "[Install]\nAlias=site.service\n",
         steps=(then("systemctl enable -q web && systemctl start web"),
                listening()), families=(4,), near="G01"),
    unit("service-awaits-its-first-client", Expect("connected"),
         argv=at_port("web"), started=("web.socket",),
         units=f"# web.service\n[Service]\nExecStart={ACTIVATED}\n"
         f"# web.socket\n{SOCKET}", near="G01"),
    unit("service-awaits-by-another-socket", Expect("connected"),
         argv=at_port("web"), started=("door.socket",),
         units=f"# web.service\n[Service]\nExecStart={ACTIVATED}\n"
         f"# door.socket\n{SOCKET}Service=web.service\n", families=(4,),
         near="G01"),
    unit("service-asked-by-its-socket", Expect("connected"),
         argv=at_port("door.socket"), started=("web.service",),
         units=f"# web.service\n[Unit]\nRequires=door.socket\n"
         f"After=door.socket\n[Service]\nExecStart={ACTIVATED}\n"
         f"# door.socket\n{SOCKET}Service=web.service\n", families=(4,),
         near="G01"),
    # The other instance serves the port by design.
    unit("service-instance-failed", Expect("connected", detail=("web@2",)),
         argv=at_port("web@1"), started=("web@2.service", "web@1.service"),
         units=f"# web@.service\n{SERVE}",
         steps=(failed("web@1.service"), listening()), near="G01"),
    unit("service-template", Expect("connected"), argv=at_port("web"),
         started=("web@2.service",),
         units=f"# web@.service\n{SERVE}",
         steps=(listening(),), families=(4,), near="G01"),
    # A unit that started what it wanted, and ended.
    unit("service-that-starts-others", Expect("connected"),
         argv=at_port("web"), started=("web.service",),
         units="# web.service\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
         f"ExecStart=/bin/true\n{SHOP}",
         steps=(then("systemctl start shop"), listening()), families=(4,),
         near="G01"),
    unit("service-unknown", held("web.service", "nothing there is known",
                                 confidence=("likely",)),
         argv=at_port("no-such-thing"), units=WEB, started=("web.service",),
         steps=(listening(),), row="G01"),
    unit("service-failed-and-not-asked-for", Expect("connected"),
         units=WEB + SHOP, started=("shop.service",),
         steps=(listening(), then("systemctl start web || true"),
                failed("web.service")), near="G01"),
    Scenario("service-is-the-program", Expect("connected", confidence=FAIR),
             argv=at_port("service.py"), near="G01"),
    Scenario("service-unknown-without-systemd",
             held("python3", "not by nginx", confidence=("likely",)),
             argv=at_port("nginx"), families=(4,), row="G01"),
    Scenario("service-named-alike",  # as postgres is of postgresql
             Expect("connected", confidence=FAIR), argv=at_port("python"),
             near="G01"),
]

# A container's port is published where the service listens itself.
CAPTURED = [
    unit("port-taken-by-a-container",
         Expect("wrong-listener", "destination", "hostB", "prerouting", "data",
                confidence=FAIR, outcome="connected",
                detail=("203.0.113.66", "dnat", "web.service")),
         argv=at_port("web"), units=WEB, started=("web.service",),
         steps=(listening(), BOX, PUBLISH), service=INSIDE, fix=True,
         families=(4,), row="G01"),
    unit("port-published-for-the-service", Expect("connected"),
         argv=at_port("web"), units="# web.service\n[Service]\nType=oneshot\n"
         "RemainAfterExit=yes\nExecStart=/bin/true\n",
         started=("web.service",), steps=(BOX, PUBLISH), service=INSIDE,
         families=(4,), near="G01"),
]

SCENARIOS = CAPTURED + NOTHING_LISTENS + HELD + RIGHT
