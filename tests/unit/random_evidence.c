#include "tests/unit/random_evidence.h"

#include <stdlib.h>

#include "common/base/array.h"

uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static uint32_t below(uint32_t limit, uint32_t *seed)
{
    return random_next(seed) % limit;
}

/* For texts that may be any: most of them words that some row looks for. */
static const char *const texts[] = {
    "DROP",
    "reject",
    "dnat",
    "eth0",
    "lo",
    "",
    "host",
    "1",
    "0",
    "NETFILTER_DROP",
    "IP_INADDRERRORS",
    "TCP_LISTEN_OVERFLOW",
    "NOT_SPECIFIED",
    "QDISC_DROP",
    "NO_SOCKET",
    "SOCKET_FILTER",
    "nf_hook_slow",
    "nf_queue",
    "ip_error",
    "TcpExt.ListenOverflows",
    "TcpExt.IPReversePathFilter",
    "TcpExt.TCPSYNChallenge",
    "Conntrack.drop",
    "XfrmOutPolBlock",
    "net.ipv4.ip_forward",
    "net.ipv4.tcp_abort_on_overflow",
    "net.ipv4.conf.all.rp_filter",
    "T",
    "web.service",
    "active",
    "failed",
    "loaded",
    "02:00:00:00:00:01",
    "192.0.2.10",
    "-m limit --limit 1/sec -j DROP",
    "tcp dport 8080 drop",
    "input > deep",
    "unreplied",
    "replied dnat",
    "SA",
    /* hostile */
    "'; reboot; '",
    "$(reboot)",
    "`reboot`",
    "a && reboot",
    "eth0 | reboot > /etc/passwd",
    "--help",
    "%s%s%n",
    "\"quoted\" \\",
    "two\nlines",
    "\xe2\x80\xae turned",
    "../../etc/shadow",
};

static const char *const addresses[] = {"192.0.2.10", "198.51.100.10",
                                        "127.0.0.1",  "0.0.0.0",
                                        "::",         "2001:db8:b::10"};

static const int64_t numbers[] = {INT64_MIN, -1, UINT32_MAX, INT64_MAX};

static void put_address(struct evidence *evidence, enum evidence_key key,
                        uint32_t *seed)
{
    struct address address;

    if (address_parse(addresses[below(ARRAY_SIZE(addresses), seed)], &address) <
        0)
        abort();
    evidence_set_address(evidence, key, &address);
}

static void put_text(struct evidence *evidence, enum evidence_key key,
                     uint32_t *seed)
{
    const struct word_list *words =
        evidence_text_words((enum evidence_kind)evidence->kind, key);

    evidence_set_text(evidence, key,
                      words != NULL
                          ? words->names[below((uint32_t)words->count, seed)]
                          : texts[below(ARRAY_SIZE(texts), seed)]);
}

static void put_value(struct evidence *evidence, enum evidence_key key,
                      uint32_t *seed)
{
    const struct evidence_key_info *info = &evidence_keys[key];

    switch (info->type) {
    case VALUE_NUMBER:
        evidence_set_number(evidence, key,
                            below(64, seed) == 0
                                ? numbers[below(ARRAY_SIZE(numbers), seed)]
                                : below(4, seed));
        break;
    case VALUE_WORD:
        evidence_set_word(evidence, key,
                          (int)below((uint32_t)info->words->count, seed));
        break;
    case VALUE_TEXT: put_text(evidence, key, seed); break;
    case VALUE_ADDRESS: put_address(evidence, key, seed); break;
    }
}

void random_evidence(struct evidence *evidence, enum evidence_kind kind,
                     uint32_t *seed)
{
    const struct evidence_kind_info *info = &evidence_kinds[kind];

    evidence_init(evidence, kind, below(1000, seed));
    evidence->role = (uint8_t)below(ROLE_COUNT, seed);
    for (size_t i = 0; i < info->required.count; i++)
        put_value(evidence, (enum evidence_key)info->required.items[i], seed);
    for (size_t i = 0; i < info->optional.count; i++)
        if (below(2, seed) == 0)
            put_value(evidence, (enum evidence_key)info->optional.items[i],
                      seed);
    if (evidence_check(evidence) < 0)
        abort();
}

void random_piece(struct evidence *evidence, uint32_t id, uint32_t *seed)
{
    random_evidence(evidence,
                    (enum evidence_kind)below(EVIDENCE_KIND_COUNT, seed), seed);
    evidence->id = id;
}

void random_order(struct evidence *items, size_t count, uint32_t *seed)
{
    static struct evidence spare;

    for (size_t i = count; i > 1; i--) {
        size_t j = below((uint32_t)i, seed);

        spare = items[i - 1];
        items[i - 1] = items[j];
        items[j] = spare;
    }
}
