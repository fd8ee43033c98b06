#include "agent/observe/firewall/rule_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/icmp6.h>

#include "agent/observe/firewall/ipset.h"
#include "agent/observe/firewall/rule_answer.h"
#include "agent/observe/firewall/rule_set.h"
#include "agent/observe/firewall/rule_words.h"
#include "common/base/array.h"

#define WORD_SIZE 128

/* One option of a rule, and what stands behind it. */
struct question
{
    struct rule_view *packet;
    const char *module; /* the last "-m" */
    char first[WORD_SIZE];
    char second[WORD_SIZE]; /* where it takes two */
};

static enum tri ask_source(const struct question *question)
{
    return rule_answer_prefix(question->first, &question->packet->tuple.source);
}

static enum tri ask_destination(const struct question *question)
{
    return rule_answer_prefix(question->first,
                              &question->packet->tuple.destination);
}

static enum tri ask_source_range(const struct question *question)
{
    return rule_answer_range(question->first, &question->packet->tuple.source);
}

static enum tri ask_destination_range(const struct question *question)
{
    return rule_answer_range(question->first,
                             &question->packet->tuple.destination);
}

static enum tri ask_source_port(const struct question *question)
{
    return rule_answer_ports(question->first,
                             question->packet->tuple.source_port);
}

static enum tri ask_destination_port(const struct question *question)
{
    return rule_answer_ports(question->first,
                             question->packet->tuple.destination_port);
}

static enum tri ask_either_port(const struct question *question)
{
    return tri_or(ask_source_port(question), ask_destination_port(question));
}

static enum tri ask_protocol(const struct question *question)
{
    static const char *const names[][4] = {
        [RULE_TCP] = {"tcp", "6", "all", "0"},
        [RULE_ARP] = {"all", "0", "all", "0"},
        [RULE_NEIGHBOUR] = {"ipv6-icmp", "icmpv6", "58", "all"},
    };
    const char *const *ours = names[question->packet->protocol];

    for (size_t i = 0; i < ARRAY_SIZE(names[0]); i++)
        if (strcmp(question->first, ours[i]) == 0)
            return TRI_YES;
    return TRI_NO;
}

/* As ip6tables-save writes it: a number, with a code or not. */
static enum tri ask_neighbour_type(const struct question *question)
{
    bool is_answer = question->packet->is_answer;
    char *end;
    long type = strtol(question->first, &end, 10);

    if (question->packet->protocol != RULE_NEIGHBOUR || end == question->first)
        return TRI_MAYBE;
    if (*end != '\0' && strcmp(end, "/0") != 0)
        return TRI_NO;
    return tri_of(type ==
                  (is_answer ? ND_NEIGHBOR_ADVERT : ND_NEIGHBOR_SOLICIT));
}

static enum tri ask_device(const struct question *question,
                           const struct rule_device *device)
{
    enum tri answer = rule_answer_device(question->first, device, '+');

    question->packet->misses_device |= answer == TRI_MAYBE;
    return answer;
}

static enum tri ask_in(const struct question *question)
{
    return ask_device(question, &question->packet->in);
}

static enum tri ask_out(const struct question *question)
{
    return ask_device(question, &question->packet->out);
}

static enum tri ask_state(const struct question *question)
{
    return rule_answer_states(question->first, &question->packet->state);
}

static enum tri ask_mark(const struct question *question)
{
    if (strcmp(question->module, "connmark") == 0)
        return rule_answer_mark(question->first,
                                &question->packet->connection_mark);
    return rule_answer_mark(question->first, &question->packet->mark);
}

static enum tri ask_user(const struct question *question)
{
    if (question->packet->from_socket == TRI_NO)
        return TRI_NO;
    return rule_answer_number(question->first, &question->packet->user);
}

static enum tri ask_flags(const struct question *question)
{
    return rule_answer_flags(question->first, question->second,
                             &question->packet->flags);
}

static enum tri ask_packet_type(const struct question *question)
{
    if (question->packet->protocol != RULE_TCP)
        return TRI_MAYBE;
    return tri_of(strcmp(question->first, "unicast") == 0);
}

static enum tri ask_source_type(const struct question *question)
{
    return rule_answer_type(question->first, question->packet->source_is_local);
}

static enum tri ask_destination_type(const struct question *question)
{
    return rule_answer_type(question->first,
                            question->packet->destination_is_local);
}

static enum tri ask_comment(const struct question *question)
{
    (void)question;
    return TRI_YES;
}

/* What connection tracking holds of a packet that it was told not to follow, it
 * does not tell. */
static enum tri ask_direction(const struct question *question)
{
    const struct rule_number *reply = &question->packet->reply;

    if (!reply->is_known)
        return TRI_MAYBE;
    return tri_of((strcmp(question->first, "REPLY") == 0) ==
                  (reply->value != 0));
}

static enum tri ask_set(const struct question *question)
{
    const struct rule_view *packet = question->packet;
    struct rule_subject subject = {.packet = packet->tuple};
    struct ipset_use use = {0};

    if (!address_is_set(&packet->tuple.source) ||
        !address_is_set(&packet->tuple.destination) ||
        packet->tuple.source_port == 0 || packet->tuple.destination_port == 0)
        return TRI_MAYBE;
    snprintf(use.name, sizeof(use.name), "%s", question->first);
    snprintf(use.directions, sizeof(use.directions), "%.*s",
             (int)sizeof(use.directions) - 1, question->second);
    memcpy(subject.in, packet->in.name, sizeof(subject.in));
    memcpy(subject.out, packet->out.name, sizeof(subject.out));
    return rule_answer_set(&use, &subject);
}

static const struct
{
    const char *option;
    enum tri (*answer)(const struct question *question);
    unsigned words; /* that it takes */
} options[] = {
    {"-s", ask_source, 1},
    {"-d", ask_destination, 1},
    {"-p", ask_protocol, 1},
    {"-i", ask_in, 1},
    {"-o", ask_out, 1},
    {"--sport", ask_source_port, 1},
    {"--sports", ask_source_port, 1},
    {"--dport", ask_destination_port, 1},
    {"--dports", ask_destination_port, 1},
    {"--ports", ask_either_port, 1},
    {"--src-range", ask_source_range, 1},
    {"--dst-range", ask_destination_range, 1},
    {"--ctstate", ask_state, 1},
    {"--state", ask_state, 1},
    {"--ctdir", ask_direction, 1},
    {"--mark", ask_mark, 1},
    {"--uid-owner", ask_user, 1},
    {"--tcp-flags", ask_flags, 2},
    {"--pkt-type", ask_packet_type, 1},
    {"--src-type", ask_source_type, 1},
    {"--dst-type", ask_destination_type, 1},
    {"--match-set", ask_set, 2},
    {"--icmpv6-type", ask_neighbour_type, 1},
    {"--comment", ask_comment, 1},
};

struct reading
{
    struct rule_reader reader;
    struct question question;
    char module[WORD_SIZE];
    bool negated;
};

/* Takes the words of an option.  False at the text's end: it may be cut. */
static bool take_words(struct reading *reading, unsigned count)
{
    char *const words[] = {reading->question.first, reading->question.second};
    struct rule_reader ahead;

    for (unsigned i = 0; i < count; i++) {
        if (!rule_words_next(&reading->reader) ||
            reading->reader.word.length >= WORD_SIZE)
            return false;
        rule_word_copy(&reading->reader.word, words[i], WORD_SIZE);
    }
    ahead = reading->reader;
    return rule_words_next(&ahead) && *reading->reader.at == ' ';
}

static bool is_module_known(const char *name)
{
    static const char *const modules[] = {
        "tcp",     "multiport", "comment", "conntrack", "state",
        "mark",    "connmark",  "owner",   "pkttype",   "addrtype",
        "iprange", "set",       "udp",     "icmp",      "icmp6",
    };

    for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
        if (strcmp(modules[i], name) == 0)
            return true;
    return false;
}

/* A word of the rule's question; the answer, yes where it asks nothing. */
static enum tri answer_word(struct reading *reading)
{
    const struct rule_word word = reading->reader.word;
    bool negated = reading->negated;
    enum tri answer;

    reading->negated = rule_word_is(&word, "!");
    if (reading->negated)
        return TRI_YES;
    if (rule_word_is(&word, "-m")) {
        if (!take_words(reading, 1))
            return TRI_MAYBE;
        strcpy(reading->module, reading->question.first);
        return is_module_known(reading->module) ? TRI_YES : TRI_MAYBE;
    }
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (!rule_word_is(&word, options[i].option))
            continue;
        if (!take_words(reading, options[i].words))
            return TRI_MAYBE;
        answer = options[i].answer(&reading->question);
        return negated ? tri_not(answer) : answer;
    }
    return TRI_MAYBE; /* an option that is not known here, or its words */
}

/* Reads up to "-j" or "-g"; goes_to is set to whether it is "-g". */
static bool read_questions(struct reading *reading, enum tri *matches,
                           bool *goes_to)
{
    while (rule_words_next(&reading->reader)) {
        const struct rule_word *word = &reading->reader.word;

        *goes_to = rule_word_is(word, "-g");
        if (*goes_to || rule_word_is(word, "-j"))
            return true;
        if (rule_word_is(word, "-A")) {
            (void)rule_words_next(&reading->reader);
            continue;
        }
        *matches = tri_and(*matches, answer_word(reading));
    }
    return false;
}

static void change_number(struct rule_number *number, bool is_sure,
                          uint32_t value)
{
    number->is_known = is_sure;
    number->value = value;
}

/* "-j MARK --set-xmark 0x1/0xffffffff": out are the masked bits, then the value
 * goes in. */
static void set_mark(struct reading *reading, bool is_sure,
                     struct rule_number *mark)
{
    uint32_t value;
    uint32_t mask;

    if (!rule_words_next(&reading->reader) ||
        !rule_word_is(&reading->reader.word, "--set-xmark") ||
        !rule_words_next(&reading->reader)) {
        mark->is_known = false;
        return;
    }
    rule_word_copy(&reading->reader.word, reading->question.first, WORD_SIZE);
    is_sure &= rule_answer_read_mark(reading->question.first, &value, &mask);
    if (is_sure && (mark->is_known || mask == UINT32_MAX))
        change_number(mark, true, (mark->value & ~mask) ^ value);
    else
        mark->is_known = false;
}

static void set_tracking(struct reading *reading, bool is_sure,
                         struct rule_view *packet)
{
    if (rule_words_next(&reading->reader) &&
        !rule_word_is(&reading->reader.word, "--notrack"))
        return;
    change_number(&packet->state, is_sure, RULE_STATE_UNTRACKED);
    packet->reply.is_known = false;
}

static bool is_any_of(const char *word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, list[i]) == 0)
            return true;
    return false;
}

/* A target that changes something, and lets the packet go on. */
static bool apply_change(const char *target, struct reading *reading,
                         bool is_sure, struct rule_view *packet)
{
    static const char *const harmless[] = {
        "LOG",         "NFLOG",    "ULOG",    "TRACE",       "TCPMSS",
        "CLASSIFY",    "CHECKSUM", "SET",     "AUDIT",       "DSCP",
        "TOS",         "TTL",      "HL",      "RATEEST",     "LED",
        "TCPOPTSTRIP", "ECN",      "SECMARK", "CONNSECMARK", "IDLETIMER",
    };

    if (strcmp(target, "MARK") == 0)
        set_mark(reading, is_sure, &packet->mark);
    else if (strcmp(target, "CONNMARK") == 0)
        packet->mark.is_known = packet->connection_mark.is_known = false;
    else if (strcmp(target, "CT") == 0 || strcmp(target, "NOTRACK") == 0)
        set_tracking(reading, is_sure, packet);
    else
        return is_any_of(target, harmless, ARRAY_SIZE(harmless));
    return true;
}

static enum rule_act act_of(const char *target)
{
    static const struct
    {
        const char *target;
        enum rule_act act;
    } ends[] = {
        {"ACCEPT", ACT_ACCEPT},
        {"DROP", ACT_DROP},
        {"REJECT", ACT_REJECT},
        {"RETURN", ACT_RETURN},
    };

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (strcmp(ends[i].target, target) == 0)
            return ends[i].act;
    return ACT_UNKNOWN;
}

/* Whatever it is translated to: that is not worked out. */
static bool translate(const char *target, struct rule_view *packet)
{
    static const char *const destinations[] = {"DNAT", "REDIRECT", "NETMAP",
                                               "TPROXY"};
    static const char *const sources[] = {"SNAT", "MASQUERADE", "NETMAP"};
    bool moves_destination =
        is_any_of(target, destinations, ARRAY_SIZE(destinations));
    bool moves_source = is_any_of(target, sources, ARRAY_SIZE(sources));

    if (moves_destination)
        rule_view_move_destination(packet);
    if (moves_source)
        rule_view_move_source(packet);
    return moves_destination || moves_source;
}

void rule_match(const char *text, bool is_sure, rule_chain_fn is_chain,
                void *data, struct rule_view *packet, struct rule_outcome *out)
{
    struct reading reading = {.reader = {.at = text}};
    bool missed = packet->misses_device;
    char target[WORD_SIZE];
    bool goes_to = false;

    reading.question.packet = packet;
    reading.question.module = reading.module;
    *out = (struct rule_outcome){.matches = TRI_YES};
    if (!read_questions(&reading, &out->matches, &goes_to) ||
        out->matches == TRI_NO || !rule_words_next(&reading.reader)) {
        packet->misses_device = missed;
        return;
    }
    rule_word_copy(&reading.reader.word, target, sizeof(target));
    if (is_chain != NULL && is_chain(target, data)) {
        out->act = goes_to ? ACT_GOTO : ACT_JUMP;
        snprintf(out->chain, sizeof(out->chain), "%s", target);
    } else if (translate(target, packet)) {
        out->act = ACT_ACCEPT;
    } else if (!apply_change(target, &reading,
                             is_sure && out->matches == TRI_YES, packet)) {
        out->act = act_of(target);
    }
}

bool rule_match_excludes(const char *text, const struct rule_packet *packet,
                         bool from_elsewhere)
{
    struct rule_view view = {
        .tuple = *packet,
        .in = {.is_not_lo = from_elsewhere},
        .from_socket = TRI_MAYBE,
        .source_is_local = TRI_MAYBE,
        .destination_is_local = TRI_MAYBE,
    };
    struct rule_outcome outcome;

    rule_match(text, false, NULL, NULL, &view, &outcome);
    return outcome.matches == TRI_NO;
}
