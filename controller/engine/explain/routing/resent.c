/* What took a handshake so long: a packet that had to be sent again, or the way. */
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/facts/losses.h"

#define SLOW_CROSSING_NS 50000000

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
    else if (loss->at == ROLE_SOURCE && loss->packet == PACKET_SYN_ACK)
        text_format(text, sizeof(text),
                    "; the first SYN-ACK came back to %s and was lost there, "
                    "and the one that was sent again was taken",
                    words->source);
    else if (loss->packet == PACKET_SYN_ACK)
        text_format(text, sizeof(text),
                    "; the first SYN-ACK did not leave %s, and the one that "
                    "was sent again got out",
                    words->destination);
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
    finding_append(finding, "", text);
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

    if (there < 0 || back < 0 || there + back < SLOW_CROSSING_NS ||
        view_first(file->view, ROLE_SOURCE, EVIDENCE_CLOCK) == NULL ||
        view_first(file->view, ROLE_DESTINATION, EVIDENCE_CLOCK) == NULL)
        return;
    finding_add_number(finding, "syn_ms", there / 1000000);
    finding_add_number(finding, "syn_ack_ms", back / 1000000);
    finding_say_more(finding,
                     "; the way is slow: the SYN took %lld ms to %s, the "
                     "SYN-ACK %lld ms back",
                     (long long)there / 1000000, words->destination,
                     (long long)back / 1000000);
}

void explain_delay(const struct case_file *file, const struct words *words,
                   struct finding *finding)
{
    unsigned n = (unsigned)(file->attempt - file->view->attempts);
    struct loss loss;

    if (losses_find(file->view, n, &loss)) {
        say_loss(&loss, words, finding);
        explain_ecn_loss(file, &loss, words, finding);
    } else
        say_crossing(file, words, finding);
}

struct tally /* of lost packets */
{
    unsigned syn, syn_ack, ack;
    unsigned unknown; /* no capture tells which of them it was */
    unsigned resent;  /* attempts that connected all the same */
    int64_t longest_us;
};

/* A failure that the far end's capture would not have seen is nobody's. */
static bool was_missed(const struct view *view, unsigned n,
                       const struct loss *loss)
{
    return loss->at == ROLE_PATH &&
           !facts_was_watching(view, view_peer(view_sender(loss->packet)),
                               &view->attempts[n]);
}

static void count_loss(const struct view *view, unsigned n,
                       const struct loss *loss, bool failed,
                       struct finding *finding, struct tally *tally)
{
    const struct evidence *end = view->attempts[n].end;
    int64_t took = end == NULL ? 0 : evidence_number(end, KEY_CONNECT_US, 0);

    tally->syn += loss->packet == PACKET_SYN;
    tally->syn_ack += loss->packet == PACKET_SYN_ACK;
    tally->ack += loss->packet == PACKET_ACK;
    if (failed)
        return;
    finding_cite(finding, loss->first);
    if (loss->packet == PACKET_ACK)
        return; /* nothing awaits it */
    tally->resent++;
    if (took > tally->longest_us)
        tally->longest_us = took;
}

static void say_share(const struct shares *shares, const struct tally *tally,
                      struct finding *finding)
{
    unsigned all = shares->failed_count + shares->connected_count;
    char text[160] = "";
    char acks[128] = "";

    if (tally->ack > 0)
        text_format(acks, sizeof(acks),
                    "%s%u of %u opened though the handshake's ACK was lost, "
                    "which the next packet makes good",
                    shares->failed_count + tally->resent > 0 ? ", and " : "",
                    tally->ack, all);
    if (tally->resent > 0)
        text_format(text, sizeof(text),
                    "%s%u of %u opened only when a packet that was lost was "
                    "sent again, after up to %lld ms",
                    shares->failed_count > 0 ? ", and " : "", tally->resent,
                    all, (long long)tally->longest_us / 1000);
    if (shares->failed_count > 0)
        finding_say(finding,
                    "intermittent: %u of %u attempts failed, the others "
                    "connected%s%s",
                    shares->failed_count, all, text, acks);
    else
        finding_say(finding, "intermittent: of the attempts %s%s", text, acks);
}

static void say_packets(const struct tally *tally, struct finding *finding)
{
    const struct
    {
        const char *name;
        const char *key;
        unsigned count;
    } lost[] = {{"SYN", "lost_syns", tally->syn},
                {"SYN-ACK", "lost_syn_acks", tally->syn_ack},
                {"ACK", "lost_acks", tally->ack}};
    char text[80];
    bool more = false;

    for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
        if (lost[i].count > 0) {
            text_format(text, sizeof(text), "%s the %s of %u",
                        more ? "," : "; lost:", lost[i].name, lost[i].count);
            finding_append(finding, "", text);
            more = true;
        }
        if (lost[i].count > 0 || i < 2)
            finding_add_number(finding, lost[i].key, lost[i].count);
    }
    if (tally->unknown == 0)
        return;
    text_format(text, sizeof(text),
                "; of %u no capture tells which packet was lost",
                tally->unknown);
    finding_append(finding, "", text);
}

static enum packet most_lost(const struct tally *tally)
{
    if (tally->ack > tally->syn && tally->ack > tally->syn_ack)
        return PACKET_ACK;
    return tally->syn_ack > tally->syn ? PACKET_SYN_ACK : PACKET_SYN;
}

/* Where the attempt lost a packet; false: nowhere, or nobody knows. */
static bool find_loss(const struct view *view, const struct shares *shares,
                      unsigned n, struct loss *loss)
{
    const struct attempt_view *attempt = &view->attempts[n];

    if (shares->failed[n])
        return losses_find_end(view, n, loss);
    if (losses_find(view, n, loss))
        return true;
    if (!judge_lost_ack(&shares->opinions[n]))
        return false;
    *loss = (struct loss){
        .packet = PACKET_ACK,
        .at = ROLE_PATH,
        .first = view_left(view, attempt, ROLE_SOURCE, PACKET_ACK)->first};
    return true;
}

/* What one host freed of all attempts that lost any. */
struct freed
{
    const struct evidence *event; /* one of the kernel's own words; NULL: no */
    enum role role;
    enum packet packet;
};

/* If each packet that was lost was freed at the same stage of the same host: then
 * the way has no part in it. */
static struct freed all_freed(const struct view *view,
                              const struct shares *shares)
{
    struct freed found = {0};

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *event = NULL;
        struct loss loss;

        if (!find_loss(view, shares, n, &loss) && !shares->failed[n])
            continue;
        if (loss.at != ROLE_PATH)
            event = view_sights(&view->attempts[n], loss.at)
                        ->drop_event[loss.packet];
        if (event == NULL ||
            (found.event != NULL &&
             (loss.at != found.role || loss.packet != found.packet ||
              evidence_word(event, KEY_STAGE) !=
                  evidence_word(found.event, KEY_STAGE))))
            return (struct freed){0};
        found = (struct freed){event, loss.at, loss.packet};
    }
    return found;
}

/* The rule that was seen to take one of them; NULL: none was. */
static const struct evidence *seen_rule(const struct view *view,
                                        const struct shares *shares,
                                        const struct freed *freed)
{
    fact_ref fact =
        fact_at(freed->role, freed->role == view_sender(freed->packet)
                                 ? FACT_RULE_DROPS_OUT
                                 : FACT_RULE_DROPS_IN);

    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (fact_is(&shares->opinions[n].known, fact, YES))
            return shares->opinions[n].known.because[fact];
    return NULL;
}

/* A rule that stops some packets only is in no attempt's way for good, and
 * iptables-legacy has but counters: the one of them at that stage that dropped
 * anything; NULL if there are several. */
static const struct evidence *only_counter(const struct view *view,
                                           const struct freed *freed)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind != EVIDENCE_RULE_COUNTER ||
            (enum role)item->role != freed->role ||
            evidence_word(item, KEY_STAGE) !=
                evidence_word(freed->event, KEY_STAGE) ||
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

static const struct evidence *find_foreseen(const struct view *view,
                                            const struct finding *finding)
{
    const struct case_file file = {.view = view};

    return explain_with_rule(&file, finding).decider;
}

/* What the fix is made of: the rule, or netfilter's event; NULL: no firewall. */
static const struct evidence *say_freed(const struct view *view,
                                        const struct shares *shares,
                                        const struct freed *freed,
                                        struct finding *finding)
{
    const struct evidence *event = freed->event;
    const struct evidence *rule = seen_rule(view, shares, freed);
    char host[HOST_NAME_SIZE];
    char place[JUDGEMENT_TEXT_SIZE] = "a rule, set element or chain policy";
    char text[JUDGEMENT_TEXT_SIZE];
    const char *foreseen = "";
    bool filtered =
        strcmp(evidence_text(event, KEY_REASON, ""), "NETFILTER_DROP") == 0;

    finding->role = freed->role;
    finding->stage = (enum stage)evidence_word(event, KEY_STAGE);
    finding->packet = freed->packet;
    finding_add_text(finding, "reason", evidence_text(event, KEY_REASON, NULL));
    finding_cite(finding, event);
    if (filtered && rule == NULL &&
        strncmp(evidence_text(event, KEY_FUNCTION, ""), "nft_do_chain", 12) !=
            0)
        rule = only_counter(view, freed);
    if (filtered && rule == NULL) {
        rule = find_foreseen(view, finding);
        foreseen = rule == NULL ? "" : "by the rules as they stand, ";
    }
    if (filtered && rule != NULL) {
        finding_name_rule(view, rule, finding, place, sizeof(place));
        finding_cite(finding, rule);
    }
    text_format(text, sizeof(text), "; %s itself dropped them: %s%s",
                explain_host(view, freed->role, host), foreseen,
                filtered ? place : evidence_text(event, KEY_REASON, "?"));
    finding_append(finding, "", text);
    if (!filtered)
        return NULL;
    return rule != NULL ? rule : event;
}

const struct evidence *explain_intermittent(const struct view *view,
                                            const struct shares *shares,
                                            struct finding *finding)
{
    struct freed freed = all_freed(view, shares);
    const struct evidence *decider = NULL;
    struct tally tally = {0};
    struct loss loss;

    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (find_loss(view, shares, n, &loss)) {
            if (shares->failed[n] && was_missed(view, n, &loss))
                tally.unknown++;
            else
                count_loss(view, n, &loss, shares->failed[n], finding, &tally);
        }
    finding->packet = most_lost(&tally);
    say_share(shares, &tally, finding);
    say_packets(&tally, finding);
    if (freed.event != NULL)
        decider = say_freed(view, shares, &freed, finding);
    else if (shares->failed_count > 0 || tally.syn != tally.resent ||
             !explain_ecn_losses(view, tally.resent, tally.longest_us, finding))
        explain_pattern(view, finding);
    for (unsigned n = 1; n <= view->attempt_count; n++)
        finding_cite(finding, view->attempts[n].end);
    return decider;
}
