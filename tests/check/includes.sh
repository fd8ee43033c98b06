#!/bin/sh
# Who may include whom, and which library stays in which file: the rules of
# HACKING.md, one line each.
set -eu
cd "$1"
faults=0

# refuse WHY PATTERN FILE...: no include of PATTERN in these files
refuse() {
    why=$1
    pattern=$2
    shift 2
    [ $# -gt 0 ] || return 0
    if grep -nE "^ *# *include [<\"]($pattern)" "$@" /dev/null; then
        echo "    ^ $why"
        faults=1
    fi
}

# sources FOLDER... [! NAME...]: C files below, without those named
sources() {
    find "$@" -name '*.[ch]' 2>/dev/null || true
}
except() {
    grep -vE "/($1)\.[ch]$" || true
}

third='uv\.h|mbedtls/|jansson|sqlite3|pcap|libmnl/|libnftnl/|bpf/|protobuf-c/|ini\.h|expat\.h|cap-ng\.h'

refuse 'base is for libc (and inih in conf.c)' \
    "common/(net|pki|trace|segment)|proto/|agent/|controller/" \
    $(sources common/base)
refuse 'base knows no library' "$third" $(sources common/base | except conf)
refuse 'trace is plain structs over base' \
    "common/(net|pki|segment)|proto/|agent/|controller/|$third" \
    $(sources common/trace)
refuse 'segment parses bytes, over base and trace' \
    "common/(net|pki)|proto/|agent/|controller/|$third" \
    $(sources common/segment)
refuse 'net and pki know connections, not what they carry' \
    "proto/|agent/|controller/|jansson|sqlite3|pcap|libmnl/|libnftnl/|bpf/" \
    $(sources common/net common/pki)
refuse 'the codec does not connect' \
    "uv\.h|mbedtls/|agent/|controller/|jansson|sqlite3" $(sources proto)
refuse 'the engine is pure' \
    "$third|time\.h|sys/time\.h|unistd\.h|sys/socket\.h|common/net|common/pki|proto/|agent/|controller/(case|server|store|report|ctl)/" \
    $(sources controller/engine)
refuse 'whoever holds privileges parses nothing from the network' \
    "proto/|common/(net|pki)|mbedtls/|protobuf-c/|controller/" \
    $(sources agent/bpf agent/keeper agent/worker agent/observe agent/probe |
        except 'join[a-z_]*') # joining is a command of its own
# The rooms of agent/observe, and whom each may call on: how a host is asked
# (host) knows no observer, and few of the others know each other.
room() { # ROOM MAY-KNOW...
    room=$1
    shift
    others=$(ls -d agent/observe/*/ | sed 's,agent/observe/,,; s,/,,' |
        grep -vxF -e "$room" $(printf -- '-e %s ' "$@") | paste -sd'|' -)
    refuse "agent/observe/$room knows of the other rooms: $*" \
        "agent/observe/($others)/" $(sources "agent/observe/$room")
}
room host none
room capture host
room firewall host
room ruleset host firewall
room front_ends host
room routing host
room sockets host
room programs host
room tracking host firewall
room drops host capture
refuse 'how a host is asked knows no observer' 'agent/observe/observer\.h' \
    $(sources agent/observe/host)
refuse 'the link holds no capture, netlink or BPF library' \
    "pcap|libmnl/|libnftnl/|bpf/|controller/" $(sources agent/link)
# The rooms of the engine, from below: view, facts, causes, explain; its root
# judges, and knows them all.
refuse 'the view knows evidence alone' \
    'controller/engine/(facts|causes|explain|[a-rt-z][a-z_]*\.h|sum\.h)' \
    $(sources controller/engine/view)
# facts/drops.c alone asks the table which of the kernel's reasons it names
refuse 'facts know the view' \
    'controller/engine/(causes|explain|[a-rt-z][a-z_]*\.h|sum\.h)' \
    $(sources controller/engine/facts | except drops)
refuse 'the table knows facts, and no words' \
    'controller/engine/(explain|[a-z_]*\.h)' $(sources controller/engine/causes)
refuse 'the five answers are made of all the rest' \
    'controller/engine/steps' $(sources controller/engine/view controller/engine/facts \
        controller/engine/causes controller/engine/explain)
refuse 'agent and controller meet in proto' "agent/" $(sources controller)
refuse 'a case knows neither store, daemon nor network' \
    "$third|time\.h|unistd\.h|sys/socket\.h|common/(net|pki)|controller/(store|server|report|ctl)/" \
    $(sources controller/case)
refuse 'the store knows no connections' \
    "uv\.h|proto/|controller/(case|server|report|ctl)/" $(sources controller/store)
refuse 'probectl asks the controller, it is none' "controller/(store|case|server)/|sqlite3" \
    $(sources controller/ctl controller/report)
refuse 'a report is rendered without a connection' \
    "uv\.h|mbedtls/|common/(net|pki)|protobuf-c/" $(sources controller/report)

# one file (or family of files) owns each library
refuse 'libbpf stays in agent/bpf' 'bpf/(libbpf|bpf|btf|bpf_[a-z_]*)\.h>' \
    $(sources agent controller common proto | grep -v '^agent/bpf/')
refuse 'SQL stays in store.c' 'sqlite3' $(sources . | grep -v /build | except 'store[a-z_]*')
refuse 'libcap-ng stays in keeper/capabilities.c' 'cap-ng\.h' \
    $(sources agent controller common proto tests | except 'capabilities')
refuse 'XML stays in firewalld_zone.c' 'expat\.h' \
    $(sources agent controller common proto tests | except 'firewalld_zone')
refuse "the agent reads JSON in docker_state.c alone" 'jansson' \
    $(sources agent | except 'docker_state')
refuse 'generated names stay in proto' 'probe\.pb-c|.*/probe\.pb-c' \
    $(sources agent controller common)
refuse 'mbedTLS stays in common/net/tls*, conn_handshake and common/pki' 'mbedtls/' \
    $(sources agent controller proto common/base common/trace) \
    $(sources common/net | except 'tls[a-z_]*|conn_handshake')
if grep -lE '<bpf/' $(sources agent) /dev/null |
    xargs -r grep -lE '<pcap' /dev/null | grep .; then
    echo '    ^ libpcap and libbpf both define struct bpf_insn'
    faults=1
fi
if grep -nE '(str[a-z]+|fnmatch|sscanf)\(.*KEY_RULE,' $(sources controller common) /dev/null |
    grep -v evidence_set_text; then
    echo '    ^ rules are read by the agent, once (rule_keys.c)'
    faults=1
fi
[ $faults -eq 0 ] && echo 'all includes are where they belong'
exit $faults
