#include "common/trace/evidence_schema.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"

/* The keys by the names that the lists of a kind call them by. */
#define SHORT_KEY(name, text, type, words) name = KEY_##name,
enum
{
    EVIDENCE_KEYS(SHORT_KEY)
};

#define KEY_LIST(...)                                                          \
    {                                                                          \
        (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}) \
    }
#define REQ(...) KEY_LIST(__VA_ARGS__)
#define OPT(...) KEY_LIST(NAMESPACE, __VA_ARGS__)

/* What the agent has read in a rule.  GOTO=1: no packet comes back from its
 * target; CATCH_ALL=1: it drops, and asks for nothing; PATH_FILTER=1: it asks
 * for a way back; FRONT_END: it is a program's own, by what it asks; RESEMBLES:
 * it is one's, if the packet passed chains of that one. */
#define READING                                                      \
    LIMITER, TRANSLATES, STATE_ASKED, QUEUE_NUMBER, GOTO, CATCH_ALL, \
        ASKS_SOURCE, ASKS_INTERFACE, FRONT_END, RESEMBLES, JAIL, PATH_FILTER

#define KIND_INFO(name, text, observer, req, opt) {text, observer, req, opt},
#define KEY_INFO(name, text, type, words)         {text, type, words},

const struct evidence_kind_info evidence_kinds[EVIDENCE_KIND_COUNT] = {
    EVIDENCE_KINDS(KIND_INFO)};
const struct evidence_key_info evidence_keys[KEY_COUNT_OF_KEYS] = {
    EVIDENCE_KEYS(KEY_INFO)};

_Static_assert(KEY_COUNT_OF_KEYS <= UINT8_MAX, "keys stand in octets");

/* Texts that an observer takes from a list of its own.  ANY_KIND: wherever the
 * key stands. */
#define ANY_KIND EVIDENCE_KIND_COUNT
#define WORDS(...)                                                             \
    {                                                                          \
        (const char *const[]){__VA_ARGS__},                                    \
            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)) \
    }

static const struct
{
    enum evidence_kind kind;
    enum evidence_key key;
    struct word_list words;
} closed[] = {
    {ANY_KIND, KEY_ROUTE_TYPE,
     WORDS("unicast", "local", "broadcast", "anycast", "multicast", "blackhole",
           "unreachable", "prohibit", "throw", "none")},
    {ANY_KIND, KEY_NEIGHBOUR_STATE,
     WORDS("NONE", "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE",
           "FAILED", "NOARP", "PERMANENT")},
    {ANY_KIND, KEY_FIREWALL_FAMILY,
     WORDS("ip", "ip6", "inet", "arp", "bridge", "netdev", "?")},
    {ANY_KIND, KEY_CHECKSUM, WORDS("right", "wrong", "later")},
    {ANY_KIND, KEY_PORT_FROM, WORDS("listen", "command")},
    {ANY_KIND, KEY_ACTION, WORDS("allow", "block")},
    {ANY_KIND, KEY_HOOK,
     WORDS("xdp", "tc-ingress", "tc-egress", "tcx-ingress", "tcx-egress",
           "cgroup-ingress", "cgroup-egress", "cgroup-connect4",
           "cgroup-connect6", "socket-filter", "netfilter-prerouting",
           "netfilter-input", "netfilter-forward", "netfilter-output",
           "netfilter-postrouting", "seccomp", "qdisc")},
    {EVIDENCE_CONNECTION, KEY_STATE,
     WORDS("ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
           "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
           "CLOSED")},
    {EVIDENCE_TRACKED, KEY_STATE,
     WORDS("NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT",
           "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2")},
    {EVIDENCE_PORT_HOLDER, KEY_STATE, WORDS("TIME_WAIT")},
    {EVIDENCE_CONTAINER, KEY_STATE,
     WORDS("running", "paused", "restarting", "exited", "created", "dead",
           "lost")},
    {EVIDENCE_FRONT_END, KEY_PROTOCOL, WORDS("udp")},
    {EVIDENCE_PORT_TAKEN, KEY_PROTOCOL, WORDS("tcp", "udp")},
    {EVIDENCE_FRONT_END, KEY_STATE, WORDS("running", "silent", "stopped")},
};

/* Both lists begin their entries with the name. */
static int by_name(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

int evidence_kind_value(const char *name)
{
    const struct evidence_kind_info *info =
        bsearch(name, evidence_kinds, EVIDENCE_KIND_COUNT,
                sizeof(evidence_kinds[0]), by_name);

    return info == NULL ? -1 : (int)(info - evidence_kinds);
}

int evidence_key_value(const char *name)
{
    const struct evidence_key_info *info =
        bsearch(name, evidence_keys, KEY_COUNT_OF_KEYS,
                sizeof(evidence_keys[0]), by_name);

    return info == NULL ? -1 : (int)(info - evidence_keys);
}

bool evidence_kind_carries(enum evidence_kind kind, enum evidence_key key)
{
    const struct evidence_kind_info *info = &evidence_kinds[kind];

    return memchr(info->required.items, (int)key, info->required.count) !=
               NULL ||
           memchr(info->optional.items, (int)key, info->optional.count) != NULL;
}

const struct word_list *evidence_text_words(enum evidence_kind kind,
                                            enum evidence_key key)
{
    for (size_t i = 0; i < ARRAY_SIZE(closed); i++)
        if (closed[i].key == key &&
            (closed[i].kind == kind || closed[i].kind == ANY_KIND))
            return &closed[i].words;
    return NULL;
}
