#include "agent/observe/firewall/rule_keys.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"

#define NAME_SIZE 64
#define HEX4      "[0-9a-f][0-9a-f][0-9a-f][0-9a-f]"

enum aspect
{
    ASPECT_LIMITER,
    ASPECT_TRANSLATES,
    ASPECT_STATE,
    ASPECT_QUEUE,
    ASPECT_GOTO,
    ASPECT_SOURCE,
    ASPECT_INTERFACE,
    ASPECT_PATH_FILTER,
    ASPECT_OWNER,
};

struct meaning
{
    const char *before; /* the word before; NULL: any */
    const char *word;
    enum aspect aspect;
    int value;
};

/* clang-format off */

/* Of iptables, and of what nft shows of its extensions: xt match "limit". */
static const struct meaning iptables_meanings[] = {
    {"-m", "limit", ASPECT_LIMITER, LIMITER_RATE},
    {"-m", "hashlimit", ASPECT_LIMITER, LIMITER_RATE},
    {"-m", "recent", ASPECT_LIMITER, LIMITER_RATE},
    {"-m", "connlimit", ASPECT_LIMITER, LIMITER_CONNECTIONS},
    {"-m", "quota", ASPECT_LIMITER, LIMITER_VOLUME},
    {"-m", "statistic", ASPECT_LIMITER, LIMITER_CHANCE},
    {"-m", "time", ASPECT_LIMITER, LIMITER_TIME},
    {"-m", "rpfilter", ASPECT_PATH_FILTER, 1},
    {"-m", "cgroup", ASPECT_OWNER, 1},
    {"-j", "DNAT", ASPECT_TRANSLATES, TRANSLATION_DNAT},
    {"-j", "REDIRECT", ASPECT_TRANSLATES, TRANSLATION_REDIRECT},
    {"-j", "TPROXY", ASPECT_TRANSLATES, TRANSLATION_TPROXY},
    {"-j", "SNAT", ASPECT_TRANSLATES, TRANSLATION_SNAT},
    {"-j", "MASQUERADE", ASPECT_TRANSLATES, TRANSLATION_MASQUERADE},
    {NULL, "--ctstate", ASPECT_STATE, 0},
    {NULL, "--state", ASPECT_STATE, 0},
    {NULL, "--queue-num", ASPECT_QUEUE, 0},
    {NULL, "--queue-balance", ASPECT_QUEUE, 0},
    {NULL, "-g", ASPECT_GOTO, 1},
    {NULL, "-s", ASPECT_SOURCE, 1},
    {NULL, "-i", ASPECT_INTERFACE, 1},
    {NULL, "--uid-owner", ASPECT_OWNER, 1},
    {NULL, "--gid-owner", ASPECT_OWNER, 1},
};

/* Of nft; masq, redir and connlimit are the kernel's names (rule_dump.h). */
static const struct meaning nft_meanings[] = {
    {NULL, "limit", ASPECT_LIMITER, LIMITER_RATE},
    {"ct", "count", ASPECT_LIMITER, LIMITER_CONNECTIONS},
    {NULL, "connlimit", ASPECT_LIMITER, LIMITER_CONNECTIONS},
    {NULL, "quota", ASPECT_LIMITER, LIMITER_VOLUME},
    {NULL, "numgen", ASPECT_LIMITER, LIMITER_CHANCE},
    {"meta", "hour", ASPECT_LIMITER, LIMITER_TIME},
    {"meta", "day", ASPECT_LIMITER, LIMITER_TIME},
    {"meta", "time", ASPECT_LIMITER, LIMITER_TIME},
    {NULL, "dnat", ASPECT_TRANSLATES, TRANSLATION_DNAT},
    {NULL, "redirect", ASPECT_TRANSLATES, TRANSLATION_REDIRECT},
    {NULL, "redir", ASPECT_TRANSLATES, TRANSLATION_REDIRECT},
    {NULL, "tproxy", ASPECT_TRANSLATES, TRANSLATION_TPROXY},
    {"dport", "set", ASPECT_TRANSLATES, TRANSLATION_PORT},
    {NULL, "snat", ASPECT_TRANSLATES, TRANSLATION_SNAT},
    {NULL, "masquerade", ASPECT_TRANSLATES, TRANSLATION_MASQUERADE},
    {NULL, "masq", ASPECT_TRANSLATES, TRANSLATION_MASQUERADE},
    {"ct", "state", ASPECT_STATE, 0},
    {NULL, "queue", ASPECT_QUEUE, 0},
    {NULL, "goto", ASPECT_GOTO, 1},
    {"fib", "saddr", ASPECT_PATH_FILTER, 1},
    {NULL, "saddr", ASPECT_SOURCE, 1},
    {NULL, "iif", ASPECT_INTERFACE, 1},
    {NULL, "iifname", ASPECT_INTERFACE, 1},
    {NULL, "skuid", ASPECT_OWNER, 1},
    {NULL, "skgid", ASPECT_OWNER, 1},
    {"socket", "cgroupv2", ASPECT_OWNER, 1},
    {"meta", "cgroup", ASPECT_OWNER, 1},
};

/* Rules of iptables that front ends put where every chain of that name has
 * rules: surely theirs, or only in their company. */
static const struct
{
    const char *pattern;
    enum front_end owner;
    bool is_sure;
} forms[] = {
    {"-A PREROUTING * ! -i docker0 -j DROP", FRONT_END_DOCKER, true},
    {"-A PREROUTING * ! -i br-" HEX4 HEX4 HEX4 " -j DROP", FRONT_END_DOCKER,
     true},
    {"-A INPUT -j REJECT --reject-with icmp*-prohibited", FRONT_END_FIREWALLD,
     false},
    {"-A FORWARD -j REJECT --reject-with icmp*-prohibited",
     FRONT_END_FIREWALLD, false},
    {"-A INPUT -m conntrack --ctstate INVALID -j DROP", FRONT_END_FIREWALLD,
     false},
    {"-A FORWARD -m conntrack --ctstate INVALID -j DROP", FRONT_END_FIREWALLD,
     false},
    {"-A PREROUTING -m rpfilter --validmark --invert -j DROP",
     FRONT_END_FIREWALLD, false},
};

/* clang-format on */

/* Sets of fail2ban's are named after its jails. */
static const char *const set_prefixes[] = {"addr-set-", "addr6-set-", "f2b-",
                                           "fail2ban-"};

struct scan
{
    struct rule_reader reader;
    struct rule_word before; /* the word before the reader's */
    bool is_iptables;
    int depth;      /* of braces */
    bool in_states; /* what follows are states that are asked for */
    bool in_queue;  /* or says which queue */
    struct rule_keys *keys;
};

static void take_meaning(struct scan *scan, const struct meaning *meaning)
{
    struct rule_keys *keys = scan->keys;

    switch (meaning->aspect) {
    case ASPECT_LIMITER:
        if (keys->limiter < 0)
            keys->limiter = meaning->value;
        break;
    case ASPECT_TRANSLATES: keys->translates = meaning->value; break;
    case ASPECT_STATE:
        keys->state_asked = ASKED_STATE_OTHER;
        scan->in_states = true;
        break;
    case ASPECT_QUEUE:
        keys->queue = RULE_QUEUE_RANGE;
        scan->in_queue = true;
        break;
    case ASPECT_GOTO: keys->goes_to = true; break;
    case ASPECT_SOURCE: keys->asks_source = true; break;
    case ASPECT_INTERFACE: keys->asks_interface = true; break;
    case ASPECT_PATH_FILTER: keys->path_filter = true; break;
    case ASPECT_OWNER: keys->of_owner = true; break;
    default: break;
    }
}

static void look_up(struct scan *scan, const struct meaning *table,
                    size_t count, const struct rule_word *before,
                    const struct rule_word *word)
{
    for (size_t i = 0; i < count; i++)
        if (rule_word_is(word, table[i].word) &&
            (table[i].before == NULL || rule_word_is(before, table[i].before)))
            take_meaning(scan, &table[i]);
}

/* xt match "limit" and xt target "DNAT": as -m limit and -j DNAT. */
static void read_extension(struct scan *scan)
{
    static const struct rule_word match = {"-m", 2, false};
    static const struct rule_word target = {"-j", 2, false};
    struct rule_word name = scan->reader.word;

    if (name.length < 2 || name.at[0] != '"')
        return;
    name.at++;
    name.length -= 2;
    name.is_free = false;
    if (rule_word_is(&scan->before, "match"))
        look_up(scan, iptables_meanings, ARRAY_SIZE(iptables_meanings), &match,
                &name);
    if (rule_word_is(&scan->before, "target"))
        look_up(scan, iptables_meanings, ARRAY_SIZE(iptables_meanings), &target,
                &name);
}

/* The name of a chain; or the status of a connection, which was translated by
 * another rule. */
static bool is_name(const struct rule_word *before)
{
    return rule_word_is(before, "jump") || rule_word_is(before, "goto") ||
           rule_word_is(before, "status") || rule_word_is(before, "-A");
}

static void read_set(struct scan *scan)
{
    const struct rule_word *word = &scan->reader.word;
    char name[NAME_SIZE + FRONT_END_NAME_SIZE];
    bool is_set = scan->is_iptables ? rule_word_is(&scan->before, "--match-set")
                                    : word->at[0] == '@';

    if (!is_set)
        return;
    rule_word_copy(word, name, sizeof(name));
    for (size_t i = 0; i < ARRAY_SIZE(set_prefixes); i++) {
        const char *at = name + !scan->is_iptables;
        size_t length = strlen(set_prefixes[i]);

        if (strncmp(at, set_prefixes[i], length) != 0)
            continue;
        scan->keys->front_end = FRONT_END_FAIL2BAN;
        if (strlen(at + length) < FRONT_END_NAME_SIZE)
            strcpy(scan->keys->jail, at + length);
        return;
    }
}

/* "invalid", "INVALID,NEW", "{ established, related }", "vmap { ... }". */
static void read_state(struct scan *scan)
{
    static const char *const more[] = {"!", "!=", "==", "vmap", "{"};
    const struct rule_word *word = &scan->reader.word;
    char text[NAME_SIZE];

    rule_word_copy(word, text, sizeof(text));
    if (strcasestr(text, "invalid") != NULL)
        scan->keys->state_asked = ASKED_STATE_INVALID;
    scan->in_states = scan->depth > 0;
    for (size_t i = 0; i < ARRAY_SIZE(more); i++)
        scan->in_states |= rule_word_is(word, more[i]);
}

/* The first number; "0-3" and "0:3" are several. */
static void read_queue(struct scan *scan)
{
    char text[NAME_SIZE];
    char *end;
    unsigned long number;

    rule_word_copy(&scan->reader.word, text, sizeof(text));
    number = strtoul(text, &end, 10);
    if (end == text)
        return;
    if (*end == '\0' && number <= UINT16_MAX)
        scan->keys->queue = (int)number;
    scan->in_queue = false;
}

static void read_word(struct scan *scan)
{
    const struct rule_word *word = &scan->reader.word;

    read_set(scan);
    read_extension(scan);
    if (word->is_free || is_name(&scan->before))
        return;
    scan->depth += rule_word_is(word, "{") - rule_word_is(word, "}");
    if (scan->in_states)
        read_state(scan);
    if (scan->in_queue)
        read_queue(scan);
    if (scan->depth > 0)
        return;
    if (scan->is_iptables)
        look_up(scan, iptables_meanings, ARRAY_SIZE(iptables_meanings),
                &scan->before, word);
    else
        look_up(scan, nft_meanings, ARRAY_SIZE(nft_meanings), &scan->before,
                word);
}

/* "-A INPUT -j DROP", or "drop" with nothing but a counter before it. */
static bool catches_all(const char *text)
{
    static const char *const filler[] = {"counter", "packets", "bytes", "-A",
                                         "-j"};
    struct rule_reader reader = {.at = text};
    struct rule_word before = {text, 0, false};

    for (; rule_words_next(&reader); before = reader.word) {
        bool is_filler = rule_word_is(&before, "packets") ||
                         rule_word_is(&before, "bytes") ||
                         rule_word_is(&before, "-A");

        for (size_t i = 0; i < ARRAY_SIZE(filler); i++)
            is_filler |= rule_word_is(&reader.word, filler[i]);
        if (!is_filler && !rule_word_is(&reader.word, "drop") &&
            !rule_word_is(&reader.word, "DROP"))
            return false;
    }
    return rule_word_is(&before, "drop") || rule_word_is(&before, "DROP");
}

static void read_form(const char *text, struct rule_keys *keys)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
        if (fnmatch(forms[i].pattern, text, 0) == 0) {
            if (forms[i].is_sure)
                keys->front_end = forms[i].owner;
            else
                keys->resembles = forms[i].owner;
        }
}

void rule_keys_read(const char *text, struct rule_keys *keys)
{
    struct scan scan = {
        .reader = {.at = text},
        .before = {text, 0, false},
        .is_iptables = text[0] == '-',
        .keys = keys,
    };

    *keys = (struct rule_keys){.limiter = -1,
                               .translates = -1,
                               .state_asked = -1,
                               .queue = RULE_QUEUE_NONE};
    for (; rule_words_next(&scan.reader); scan.before = scan.reader.word)
        read_word(&scan);
    keys->catches_all = catches_all(text);
    if (scan.is_iptables)
        read_form(text, keys);
}

static void put_flag(struct evidence *evidence, enum evidence_key key, bool is)
{
    if (is)
        evidence_set_number(evidence, key, 1);
}

static void put_word(struct evidence *evidence, enum evidence_key key, int word)
{
    if (word >= 0)
        evidence_set_word(evidence, key, word);
}

void rule_keys_put(const struct rule_keys *keys, struct evidence *evidence)
{
    put_word(evidence, KEY_LIMITER, keys->limiter);
    put_word(evidence, KEY_TRANSLATES, keys->translates);
    put_word(evidence, KEY_STATE_ASKED, keys->state_asked);
    if (keys->queue >= 0)
        evidence_set_number(evidence, KEY_QUEUE_NUMBER, keys->queue);
    put_flag(evidence, KEY_GOTO, keys->goes_to);
    put_flag(evidence, KEY_CATCH_ALL, keys->catches_all);
    put_flag(evidence, KEY_ASKS_SOURCE, keys->asks_source);
    put_flag(evidence, KEY_ASKS_INTERFACE, keys->asks_interface);
    put_flag(evidence, KEY_PATH_FILTER, keys->path_filter);
    if (keys->front_end != FRONT_END_NONE)
        put_word(evidence, KEY_FRONT_END, (int)keys->front_end);
    if (keys->resembles != FRONT_END_NONE)
        put_word(evidence, KEY_RESEMBLES, (int)keys->resembles);
    evidence_put_text(evidence, KEY_JAIL, keys->jail);
}
