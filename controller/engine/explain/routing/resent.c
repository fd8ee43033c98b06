/* What took a handshake so long: a packet that had to be sent again, or the way. */
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/losses.h"

#define SLOW_CROSSING_NS 50000000

static void append(struct finding *finding, const char *text)
{
    size_t used = strlen(finding->summary);

    text_format(finding->summary + used, sizeof(finding->summary) - used, "%s",
                text);
}

static void say_loss(const struct loss *loss, const struct words *words,
                     struct finding *finding)
{
    const char *packet = loss->packet == PACKET_SYN ? "SYN" : "SYN-ACK";
    char text[256];

    if (loss->at == ROLE_PATH)
        text_format(text, sizeof(text),
                    "; the first %s was lost between %s and %s, and the one "
                    "that was sent again got through",
                    packet, words->source, words->destination);
    else if (loss->at == ROLE_SOURCE)
        text_format(text, sizeof(text),
                    "; the %s left %s only %lld ms after the call: the first "
                    "one was held up or lost there",
                    packet, words->source,
                    (long long)(loss->again->at_ns - loss->first->at_ns) /
                        1000000);
    else
        text_format(text, sizeof(text),
                    "; the first %s reached %s and was lost there, and the one "
                    "that was sent again was answered",
                    packet, words->destination);
    append(finding, text);
    finding_add_text(finding, "lost_packet", packet);
    finding_add_text(finding, "lost_at",
                     loss->at == ROLE_PATH     ? "path"
                     : loss->at == ROLE_SOURCE ? words->source
                                               : words->destination);
    finding_cite(finding, loss->first);
    finding_cite(finding, loss->again);
}

/* How long it was on its way; -1 if that is not known. */
static int64_t crossing(const struct sight *left, const struct sight *came)
{
    return left->first == NULL || came->first == NULL
               ? -1
               : came->first->at_ns - left->first->at_ns;
}

static void say_crossing(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    const struct attempt_view *attempt = file->attempt;
    const struct end_sights *b = &attempt->destination;
    int64_t there =
        crossing(view_left(file->view, attempt, ROLE_SOURCE, PACKET_SYN),
                 &b->packets[PACKET_SYN][DIRECTION_IN]);
    int64_t back = crossing(&b->packets[PACKET_SYN_ACK][DIRECTION_OUT],
                            view_came_back(attempt, PACKET_SYN_ACK));
    char text[160];

    if (there < 0 || back < 0 || there + back < SLOW_CROSSING_NS ||
        view_first(file->view, ROLE_SOURCE, EVIDENCE_CLOCK) == NULL ||
        view_first(file->view, ROLE_DESTINATION, EVIDENCE_CLOCK) == NULL)
        return;
    finding_add_number(finding, "syn_ms", there / 1000000);
    finding_add_number(finding, "syn_ack_ms", back / 1000000);
    text_format(text, sizeof(text),
                "; the way is slow: the SYN took %lld ms to %s, the SYN-ACK "
                "%lld ms back",
                (long long)there / 1000000, words->destination,
                (long long)back / 1000000);
    append(finding, text);
}

void explain_delay(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    unsigned n = (unsigned)(file->attempt - file->view->attempts);
    struct loss loss;

    if (losses_find(file->view, n, &loss))
        say_loss(&loss, words, finding);
    else
        say_crossing(file, words, finding);
}

struct tally /* of lost packets */
{
    unsigned syn, syn_ack;
    unsigned resent; /* attempts that connected all the same */
    int64_t longest_us;
};

static void count_failure(const struct view *view, unsigned n,
                          struct tally *tally)
{
    const struct attempt_view *attempt = &view->attempts[n];
    const struct end_sights *b = &attempt->destination;

    if (b->packets[PACKET_SYN_ACK][DIRECTION_OUT].first != NULL)
        tally->syn_ack +=
            view_came_back(attempt, PACKET_SYN_ACK)->first == NULL;
    else
        tally->syn += b->packets[PACKET_SYN][DIRECTION_IN].first == NULL ||
                      b->drop_event[PACKET_SYN] != NULL;
}

static void count_loss(const struct view *view, unsigned n,
                       struct finding *finding, struct tally *tally)
{
    const struct evidence *end = view->attempts[n].end;
    struct loss loss;
    int64_t took;

    if (!losses_find(view, n, &loss))
        return;
    took = end == NULL ? 0 : evidence_number(end, KEY_CONNECT_US, 0);
    tally->resent++;
    tally->syn += loss.packet == PACKET_SYN;
    tally->syn_ack += loss.packet == PACKET_SYN_ACK;
    if (took > tally->longest_us)
        tally->longest_us = took;
    finding_cite(finding, loss.first);
}

static void say_share(const struct shares *shares, const struct tally *tally,
                      struct finding *finding)
{
    unsigned all = shares->failed_count + shares->connected_count;
    char text[160] = "";

    if (tally->resent > 0)
        text_format(text, sizeof(text),
                    "%s%u of %u opened only when a packet that was lost was "
                    "sent again, after up to %lld ms",
                    shares->failed_count > 0 ? ", and " : "", tally->resent,
                    all, (long long)tally->longest_us / 1000);
    if (shares->failed_count > 0)
        finding_say(finding,
                    "intermittent: %u of %u attempts failed, the others "
                    "connected%s",
                    shares->failed_count, all, text);
    else
        finding_say(finding, "intermittent: of the attempts %s", text);
}

static void say_packets(const struct tally *tally, struct finding *finding)
{
    char text[96] = "";

    if (tally->syn > 0 && tally->syn_ack > 0)
        text_format(text, sizeof(text),
                    "; lost were the SYN of %u, the SYN-ACK of %u", tally->syn,
                    tally->syn_ack);
    else if (tally->syn + tally->syn_ack > 0)
        text_format(text, sizeof(text), "; lost was the %s of %u",
                    tally->syn > 0 ? "SYN" : "SYN-ACK",
                    tally->syn + tally->syn_ack);
    append(finding, text);
    finding_add_number(finding, "lost_syns", tally->syn);
    finding_add_number(finding, "lost_syn_acks", tally->syn_ack);
}

/* The kernel's own word that the destination freed the SYN of this attempt, which
 * was not answered, or only when it was sent again; NULL: none. */
static const struct evidence *freed_there(const struct view *view, unsigned n,
                                          bool failed)
{
    const struct end_sights *b = &view->attempts[n].destination;
    struct loss loss;

    if (failed && b->packets[PACKET_SYN_ACK][DIRECTION_OUT].first != NULL)
        return NULL;
    if (!failed && (!losses_find(view, n, &loss) || loss.packet != PACKET_SYN ||
                    loss.at != ROLE_DESTINATION))
        return NULL;
    return b->drop_event[PACKET_SYN];
}

/* One event of theirs, if each SYN that was lost was freed at the same stage of
 * the destination: then the way has no part in it. */
static const struct evidence *all_freed_there(const struct view *view,
                                              const struct shares *shares)
{
    const struct evidence *found = NULL;
    struct loss loss;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *event;

        if (!shares->failed[n] && !losses_find(view, n, &loss))
            continue;
        event = freed_there(view, n, shares->failed[n]);
        if (event == NULL ||
            (found != NULL && evidence_word(event, KEY_STAGE) !=
                                  evidence_word(found, KEY_STAGE)))
            return NULL;
        found = event;
    }
    return found;
}

/* A rule that stops some packets only is in no attempt's way for good, and
 * iptables-legacy has but counters: the one of them at that stage that dropped
 * anything; NULL if there are several. */
static const struct evidence *only_counter(const struct view *view,
                                           const struct evidence *event)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_RULE_COUNTER ||
            item->role != ROLE_DESTINATION ||
            evidence_word(item, KEY_STAGE) != evidence_word(event, KEY_STAGE) ||
            strcasecmp(evidence_text(item, KEY_TARGET, ""), "drop") != 0 ||
            evidence_has(item, KEY_SPARED) ||
            evidence_rise(item, KEY_BEFORE, KEY_AFTER) <= 0)
            continue;
        if (found != NULL)
            return NULL;
        found = item;
    }
    return found;
}

/* What the fix is made of: the rule, or netfilter's event; NULL: no firewall. */
static const struct evidence *say_freed(const struct view *view,
                                        const struct evidence *event,
                                        const struct evidence *rule,
                                        struct finding *finding)
{
    char host[HOST_NAME_SIZE];
    char place[JUDGEMENT_TEXT_SIZE] = "a rule, set element or chain policy";
    char text[JUDGEMENT_TEXT_SIZE];
    bool filtered =
        strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") == 0;

    finding->role = ROLE_DESTINATION;
    finding->stage = (enum stage)evidence_word(event, KEY_STAGE);
    finding_add_text(finding, "reason", evidence_text(event, KEY_REASON, NULL));
    finding_cite(finding, event);
    if (filtered && rule == NULL &&
        strncmp(evidence_text(event, KEY_FUNCTION, ""), "nft_do_chain", 12) !=
            0)
        rule = only_counter(view, event);
    if (filtered && rule != NULL) {
        finding_name_rule(rule, finding, place, sizeof(place));
        finding_cite(finding, rule);
    }
    text_format(text, sizeof(text), "; %s itself dropped them: %s",
                explain_host(view, ROLE_DESTINATION, host),
                filtered ? place : evidence_text(event, KEY_REASON, "?"));
    append(finding, text);
    if (!filtered)
        return NULL;
    return rule != NULL ? rule : event;
}

const struct evidence *explain_intermittent(const struct view *view,
                                            const struct shares *shares,
                                            struct finding *finding)
{
    const struct evidence *event = all_freed_there(view, shares);
    const struct evidence *decider = NULL;
    struct tally tally = {0};

    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (shares->failed[n])
            count_failure(view, n, &tally);
        else
            count_loss(view, n, finding, &tally);
    finding->packet = tally.syn_ack > tally.syn ? PACKET_SYN_ACK : PACKET_SYN;
    say_share(shares, &tally, finding);
    say_packets(&tally, finding);
    if (event != NULL)
        decider = say_freed(view, event, shares->rule, finding);
    explain_legs(view, shares->failed, finding);
    for (unsigned n = 1; n <= view->attempt_count; n++)
        finding_cite(finding, view->attempts[n].end);
    return decider;
}
