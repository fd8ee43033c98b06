#include "controller/engine/one_end.h"

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/one_end_parts.h"

enum met /* by the SYN, as the source sees it */
{
    MET_OTHER, /* nothing that is told here */
    MET_SILENCE,
    MET_RESET,
};

static struct place_words words_of(const struct view *view)
{
    struct place_words words = {.port = view->subject->port};
    char buffer[HOST_NAME_SIZE];

    address_print(&view->subject->destination, words.address);
    text_format(words.source, sizeof(words.source), "%s",
                explain_host(view, ROLE_SOURCE, buffer));
    return words;
}

static bool nobody_could_tell(const struct known *known)
{
    return !fact_is(known, F(DESTINATION, AGENT), YES) ||
           fact_is(known, F(DESTINATION, ANSWERER_UNTOLD), YES);
}

static enum met what_met(const struct known *known)
{
    static const fact_ref answers[] = {F(SOURCE, RST), F(SOURCE, ICMP),
                                       F(SOURCE, ARRIVED), NO_FACT};

    if (!nobody_could_tell(known) || !fact_is(known, F(SOURCE, SENT), YES) ||
        fact_is(known, F(SOURCE, CONNECTED), YES) ||
        fact_is(known, F(DESTINATION, ARRIVED), YES))
        return MET_OTHER;
    if (fact_is(known, F(SOURCE, RST), YES))
        return MET_RESET;
    return facts_all(known, answers, NO) ? MET_SILENCE : MET_OTHER;
}

bool one_end_asks_for_walk(const struct known *known)
{
    return what_met(known) != MET_OTHER;
}

void one_end_print_gateway(const struct view *view,
                           char text[static ADDRESS_TEXT_SIZE])
{
    const struct evidence *route = view->source.route;
    struct address gateway;

    text[0] = '\0';
    if (route == NULL || !evidence_has(route, KEY_GATEWAY))
        return;
    gateway = evidence_address(route, KEY_GATEWAY);
    address_print(&gateway, text);
}

void one_end_print_hop(const struct evidence *hop,
                       char text[static HOP_TEXT_SIZE])
{
    struct address offender = evidence_address(hop, KEY_OFFENDER);
    char address[ADDRESS_TEXT_SIZE];

    text_format(text, HOP_TEXT_SIZE, "%s (hop %lld)",
                address_print(&offender, address),
                (long long)evidence_number(hop, KEY_TTL, 0));
}

/* --- why nobody at the destination could --- */

void one_end_print_absence(const struct subject *subject,
                           char text[static ABSENCE_SIZE])
{
    text_format(text, ABSENCE_SIZE,
                "%s's agent is not connected to the controller (last seen %s)",
                subject->absent_host,
                subject->absent_seen[0] == '\0' ? "at no known time"
                                                : subject->absent_seen);
}

static void say_who_is_away(const struct view *view, struct finding *verdict)
{
    const struct subject *subject = view->subject;
    char absence[ABSENCE_SIZE];

    if (subject->absent_host[0] != '\0') {
        one_end_print_absence(subject, absence);
        finding_say(verdict, "%s; ", absence);
    } else if (subject->destination_host[0] == '\0') {
        finding_say(verdict, "%s",
                    subject->named_is_agent
                        ? "the destination's agent took no part (see what was "
                          "not looked at); "
                        : "");
    } else if (view->destination.capture_armed == NULL) {
        finding_say(verdict,
                    "%s's agent fell silent: nothing came of it since the "
                    "trace began (a firewall that was loaded there just now "
                    "may not know its connection yet: trace again in 10 s; or "
                    "the fault cuts it off too); ",
                    subject->destination_host);
    } else {
        finding_say(verdict, "%s's agent fell silent during the trace; ",
                    subject->destination_host);
    }
}

/* --- what is said --- */

void one_end_add(const struct view *view, const struct known *known,
                 const char *joint, struct finding *verdict)
{
    enum met met = what_met(known);
    struct place_words words = words_of(view);

    if (met != MET_OTHER)
        finding_say_more(verdict, "%s", joint);
    if (met == MET_RESET)
        one_end_say_reset(view, known->because[F(SOURCE, RST)], &words,
                          verdict);
    else if (met == MET_SILENCE)
        one_end_say_silence(view, &words, verdict);
}

bool one_end_fill(const struct view *view, const struct known *known,
                  struct finding *verdict)
{
    if (what_met(known) == MET_OTHER)
        return false;
    say_who_is_away(view, verdict);
    one_end_add(view, known, "", verdict);
    return true;
}

bool one_end_advise(const struct view *view, const struct known *known,
                    char *text, size_t size)
{
    enum met met = what_met(known);
    struct place_words words = words_of(view);

    if (met == MET_OTHER || view->subject->absent_host[0] != '\0' ||
        view->subject->destination_host[0] != '\0' ||
        view->subject->named_is_agent)
        return false; /* its agent is to be brought back first */
    if (met == MET_RESET)
        one_end_step_of_reset(view, known->because[F(SOURCE, RST)], &words,
                              text, size);
    else
        one_end_step_of_silence(view, &words, text, size);
    return true;
}
