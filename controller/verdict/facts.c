#include "controller/verdict/facts.h"

#include <string.h>

#include "controller/verdict/facts_parts.h"

#define FACT_INFO(name, yes, no) {#name, yes, no},

const struct fact_info fact_infos[FACT_COUNT] = {{"NONE", "", ""},
                                                 VERDICT_FACTS(FACT_INFO)};

/* What was seen once is not unseen by somebody who looked elsewhere. */
void facts_say(struct known *known, enum fact fact, bool yes,
               const struct evidence *because)
{
    if (!yes && known->answers[fact] == YES)
        return;
    known->answers[fact] = yes ? YES : NO;
    known->because[fact] = because;
}

bool fact_is(const struct known *known, enum fact fact, enum answer answer)
{
    return known->answers[fact] == answer;
}

bool facts_all(const struct known *known, const uint8_t *facts,
               enum answer answer)
{
    for (; *facts != FACT_NONE; facts++)
        if (known->answers[*facts] != answer)
            return false;
    return true;
}

bool facts_any(const struct known *known, const uint8_t *facts,
               enum answer answer)
{
    for (; *facts != FACT_NONE; facts++)
        if (known->answers[*facts] == answer)
            return true;
    return false;
}

static bool counters_read(const struct view *view, enum role role)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i].kind == EVIDENCE_COUNTERS &&
            view->items[i].role == role)
            return true;
    return false;
}

void facts_derive_counter(struct known *known, const struct view *view,
                          enum role role, const char *name, enum fact fact)
{
    const struct evidence *counter = NULL;

    if (view_counter(view, role, name, &counter) > 0)
        facts_say(known, fact, true, counter);
    else if (counters_read(view, role))
        facts_say(known, fact, false, NULL);
}

static void derive_names(struct known *known, const struct view *view)
{
    if (view->resolved != NULL)
        facts_say(known, FACT_NAME_UNRESOLVED, false, view->resolved);
    else if (view->unresolved != NULL &&
             !address_is_set(&view->subject->destination))
        facts_say(known, FACT_NAME_UNRESOLVED, true, view->unresolved);
}

/* An answer that came in at the source and never left the destination. */
static void derive_forgery(struct known *known)
{
    static const struct
    {
        enum fact arrived;
        enum fact left;
    } answers[] = {{FACT_RST_ARRIVED, FACT_RST_LEFT},
                   {FACT_SYN_ACK_ARRIVED, FACT_SYN_ACK_LEFT}};

    for (size_t i = 0; i < 2; i++)
        if (fact_is(known, answers[i].arrived, YES) &&
            fact_is(known, answers[i].left, NO)) {
            facts_say(known, FACT_ANSWER_FORGED, true,
                      known->because[answers[i].arrived]);
            return;
        }
}

void facts_derive(struct known *known, const struct view *view, unsigned n)
{
    const struct attempt_view *attempt = &view->attempts[n];

    memset(known, 0, sizeof(*known));
    derive_names(known, view);
    facts_derive_packets(known, view, attempt);
    facts_derive_icmp(known, view, attempt);
    facts_derive_errors(known, view, attempt);
    facts_derive_source(known, view, attempt);
    facts_derive_routes(known, view, attempt);
    facts_derive_ways(known, view, attempt);
    facts_derive_arrival_device(known, view, attempt);
    facts_derive_destination(known, view);
    facts_derive_rules(known, view, attempt);
    facts_derive_legacy(known, view, attempt);
    facts_derive_counter(known, view, ROLE_SOURCE, "TcpExt.IPReversePathFilter",
                         FACT_SOURCE_RP_FILTERED);
    facts_derive_counter(known, view, ROLE_DESTINATION,
                         "TcpExt.IPReversePathFilter", FACT_RP_FILTERED);
    facts_derive_listeners(known, view);
    facts_derive_arrival(known, view, attempt);
    facts_derive_numbers(known, view, attempt);
    facts_derive_replies(known, attempt);
    facts_derive_queues(known, view, attempt, n);
    facts_derive_programs(known, view, attempt);
    facts_derive_tracking(known, view, attempt);
    facts_derive_service(known, view, attempt);
    derive_forgery(known);
}
