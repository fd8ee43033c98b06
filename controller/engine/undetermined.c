#include "controller/engine/undetermined.h"

#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/one_end.h"

/* The end whose capture lost packets, ROLE_COUNT for none. */
static enum role lossy_end(const struct view *view)
{
    for (enum role role = ROLE_SOURCE; role < ROLE_COUNT; role++) {
        const struct evidence *after =
            role == ROLE_PATH ? NULL : view_end(view, role)->capture_after;

        if (after != NULL && evidence_number(after, KEY_LOST, 0) > 0)
            return role;
    }
    return ROLE_COUNT;
}

/* What keeps that end from capturing at all, in its agent's words; NULL if it
 * captures. */
static const char *blindness_of(const struct view *view, enum role role)
{
    const struct evidence *limit = view_end(view, role)->capture_armed != NULL
                                       ? NULL
                                       : view_limit(view, role, "capture");

    return limit == NULL ? NULL : evidence_text(limit, KEY_TEXT, NULL);
}

/* An agent that is there, and may not look: the first thing to be mended.  The
 * other end tells what it can. */
static bool fill_blind(const struct view *view, const struct known *known,
                       struct finding *verdict)
{
    for (enum role role = ROLE_SOURCE;
         view->attempt_count > 0 && role <= ROLE_DESTINATION; role++) {
        const char *why = role == ROLE_PATH ? NULL : blindness_of(view, role);
        char host[HOST_NAME_SIZE];

        if (why == NULL)
            continue;
        text_format(verdict->summary, sizeof(verdict->summary),
                    "%s's agent may not capture packets there, so what became "
                    "of them is not known: %s; run it as root, or with "
                    "CAP_NET_RAW and CAP_NET_ADMIN",
                    explain_host(view, role, host), why);
        if (role == ROLE_DESTINATION)
            one_end_add(view, known, "; ", verdict);
        return true;
    }
    return false;
}

static const char *missing_sentence(const struct view *view,
                                    enum position position)
{
    const struct subject *subject = view->subject;

    if (view->lost[ROLE_SOURCE] != NULL || subject->source_lost)
        return "the source's agent went away during the trace";
    if (view->lost[ROLE_DESTINATION] != NULL || subject->destination_lost)
        return "the destination's agent went away during the trace";
    if (view->source.refused != NULL || view->destination.refused != NULL)
        return "an agent's policy refused the order";
    if (view->attempt_count == 0)
        return address_is_set(&subject->destination)
                   ? "no attempt was made"
                   : "the source's resolver did not answer in time, so no "
                     "attempt was made";
    if (address_is_link_local(&subject->destination) &&
        subject->destination.family == 6 && subject->device[0] == '\0')
        return "the destination is a link-local address, and the source's own "
               "kernel refuses one without the device that it is meant on: "
               "name it, as in [fe80::1%eth0]:80, or with --device";
    if (view->source.capture_armed != NULL &&
        facts_fell_silent(view, ROLE_SOURCE))
        return "the source's agent fell silent during the trace: what it saw, "
               "and what it did not, is not known";
    if (subject->destination_host[0] == '\0')
        return subject->named_is_agent
                   ? "the destination's agent took no part (see what was not "
                     "looked at), so nobody can say what became of the SYN there"
                   : "no agent watches at the destination, so nobody can say "
                     "what became of the SYN there: install one, or name it "
                     "with --to";
    if (view->destination.capture_armed == NULL)
        return "the destination's agent fell silent: nothing came of it since "
               "the trace began. A firewall that was loaded there just now may "
               "not know its connection to the controller yet (its own packets "
               "establish that anew within 10 s: trace again), or the fault "
               "cuts it off too";
    return positions[position].missing;
}

#define WHY_SIZE ABSENCE_SIZE

/* Who could tell what became of it there, and why nobody does. */
static void say_why(const struct view *view, char why[static WHY_SIZE])
{
    const struct subject *subject = view->subject;

    if (subject->destination_host[0] != '\0')
        text_format(why, WHY_SIZE, "%s's agent fell silent during the trace",
                    subject->destination_host);
    else if (subject->absent_host[0] != '\0')
        one_end_print_absence(subject, why);
    else
        text_format(why, WHY_SIZE, "no agent watches there to tell which");
}

/* Its agent is known, and not there: who answered, or kept silent, nobody can
 * say.  Of what opened that comes first: an address may have two holders. */
static bool fill_untold(const struct view *view, const struct known *known,
                        struct finding *verdict)
{
    const struct subject *subject = view->subject;
    bool open = fact_is(known, F(SOURCE, CONNECTED), YES);
    char source[HOST_NAME_SIZE];
    char address[ADDRESS_TEXT_SIZE];
    char why[WHY_SIZE];

    if (view->attempt_count == 0 ||
        !fact_is(known, F(DESTINATION, ANSWERER_UNTOLD), YES))
        return false;
    say_why(view, why);
    finding_cite(verdict, known->because[F(SOURCE, CONNECTED)]);
    if (open)
        text_format(verdict->summary, sizeof(verdict->summary),
                    "%s connects to %s port %u, but who answered is not "
                    "known: %s",
                    explain_host(view, ROLE_SOURCE, source),
                    address_print(&subject->destination, address),
                    (unsigned)subject->port, why);
    else
        text_format(verdict->summary, sizeof(verdict->summary),
                    "%s: what became of the SYN there is not known", why);
    return true;
}

/* With packets lost to the capture, nothing can be said to be missing. */
static bool fill_lossy(const struct view *view, enum position position,
                       struct finding *verdict)
{
    char buffer[HOST_NAME_SIZE];
    enum role role = lossy_end(view);
    const struct evidence *after;

    if (position != POSITION_UNKNOWN || role == ROLE_COUNT)
        return false;
    after = view_end(view, role)->capture_after;
    finding_cite(verdict, after);
    text_format(verdict->summary, sizeof(verdict->summary),
                "the capture on %s is incomplete: it lost %lld packets, so "
                "what it does not show may have been there; trace again",
                explain_host(view, role, buffer),
                (long long)evidence_number(after, KEY_LOST, 0));
    return true;
}

/* It came under another number, by which no observer there knows it. */
static bool fill_renumbered(const struct view *view, enum position position,
                            struct finding *verdict)
{
    const struct evidence *syn = NULL;
    char buffers[2][HOST_NAME_SIZE];
    const char *source = explain_host(view, ROLE_SOURCE, buffers[0]);
    const char *there = explain_host(view, ROLE_DESTINATION, buffers[1]);

    for (unsigned n = 1; n <= view->attempt_count && syn == NULL; n++)
        syn = facts_find_renumbered(view, &view->attempts[n]);
    if (position != POSITION_UNKNOWN || syn == NULL)
        return false;
    finding_cite(verdict, syn);
    finding_add_number(verdict, "sequence_received",
                       evidence_number(syn, KEY_SEQUENCE, 0));
    text_format(verdict->summary, sizeof(verdict->summary),
                "the SYN left %s and came to %s under another sequence number, "
                "which something on the way changes: what became of it there "
                "is not known, for it is told by its number. If the number is "
                "changed on one way only, that alone is the fault "
                "(sequence-rewritten); else %s itself stops it",
                source, there, there);
    return true;
}

static void fill_missing(const struct view *view, const struct known *known,
                         enum position position, struct finding *verdict)
{
    if (!fill_blind(view, known, verdict) &&
        !one_end_fill(view, known, verdict) &&
        !fill_untold(view, known, verdict) &&
        !fill_renumbered(view, position, verdict) &&
        !fill_lossy(view, position, verdict))
        text_format(verdict->summary, sizeof(verdict->summary), "%s",
                    missing_sentence(view, position));
    if (position == POSITION_HANDED_ON)
        explain_handed_on(view, known, verdict);
}

/* Which packet is due next, where nothing explains the end. */
void undetermined_fill(const struct view *view, const struct known *known,
                       enum position position, struct judgement *out)
{
    struct finding *verdict = &out->verdict;

    verdict->cause = CAUSE_UNDETERMINED;
    verdict->confidence = CONFIDENCE_POSSIBLE;
    if (view->attempt_count == 0)
        position = POSITION_NOT_SENT;
    verdict->role = positions[position].role;
    verdict->stage = positions[position].stage;
    verdict->packet = positions[position].packet;
    text_format(verdict->namespace_name, sizeof(verdict->namespace_name),
                "host");
    fill_missing(view, known, position, verdict);
    explain_holders(view, verdict);
}
