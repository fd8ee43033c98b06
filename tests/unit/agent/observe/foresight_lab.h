/* Rulesets in a network namespace, and what is foreseen of a SYN by them. */
#ifndef TEST_FORESIGHT_LAB_H
#define TEST_FORESIGHT_LAB_H

#include <stdbool.h>
#include <stddef.h>

/* A SYN from 192.0.2.1 (or 2001:db8::1) port 40000 to .2 port 8080, which comes
 * in on vb. */
struct rules_case
{
    const char *name;
    const char *setup;
    const char *foreseen; /* "syn input inet/fw/in drop; ..." */
    const char *decision; /* "accept ip/filter/INPUT"; NULL: not looked at */
    bool v6;
    bool at_source;     /* the SYN goes out */
    bool not_arrived;   /* nobody saw a packet of it */
    const char *route;  /* the device of the way back; NULL: not looked up */
    const char *master; /* of that device */
    const char *peer;   /* NULL: as above */
    bool unsure;        /* rules hang on a device that is not known */
};

#define NFT(body)   "nft -f - <<'EOF'\n" body "\nEOF\n"
#define INPUT(body) NFT("table inet fw {\n" INPUT_CHAIN(body) "}")
#define INPUT_CHAIN(body)                                       \
    "chain in { type filter hook input priority 0;\n" body "\n" \
    "}\n"
#define OUTPUT(body)                                                              \
    NFT("table inet fw {\nchain out { type filter hook output priority 0;\n" body \
        "\n}\n}")
#define IPT(words)  "iptables-nft " words "\n"
#define IPTL(words) "iptables-legacy " words "\n"
#define IN_DROP     "syn input inet/fw/in drop"
#define OUT_DROP    "syn-ack output inet/fw/out drop"

#define DEVICE(hook, device, rule)                          \
    NFT("table netdev d { chain c { type filter hook " hook \
        " device \"" device "\" priority 0;\n" rule "\n}\n}")

/* Each in a namespace of its own; the first stands already (lab_up). */
void foresight_try(const struct rules_case *cases, size_t count, void **state);

#endif
