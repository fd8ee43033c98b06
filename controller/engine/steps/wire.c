/* What the source's attempts met, and which packets both captures saw. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/steps/parts.h"

/* --- from the source --- */

static unsigned count_ends(const struct judgement *judgement,
                           enum outcome outcome)
{
    unsigned count = 0;

    for (size_t i = 0; i < judgement->attempt_count; i++)
        count += judgement->attempts[i].has_end &&
                 judgement->attempts[i].outcome == outcome;
    return count;
}

/* "3 attempts: all without an answer", "2 attempts: 1 connected, 1 refused" */
static void add_ends(const struct judgement *judgement, struct step *step)
{
    static const char *const told[OUTCOME_COUNT] = {
        "connected",   "refused",           "without an answer",
        "unreachable", "reset by the peer", "failed",
        "mixed"};
    size_t all = judgement->attempt_count;
    size_t ended = 0;

    for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        unsigned count = count_ends(judgement, outcome);

        if (count == 0)
            continue;
        if (count == all)
            step_add(step, "%s%s", all > 1 ? "all " : "", told[outcome]);
        else
            step_add(step, "%s%u %s", ended > 0 ? ", " : "", count,
                     told[outcome]);
        ended += count;
    }
    if (ended < all)
        step_add(step, "%s%zu not over", ended > 0 ? ", " : "", all - ended);
}

/* What became of those that connected, while the probe left them open. */
static unsigned count_followed(const struct step_file *file,
                               enum followed followed)
{
    const struct judgement *judgement = file->judgement;
    unsigned count = 0;

    for (size_t i = 0; i < judgement->attempt_count; i++) {
        const struct evidence *end =
            file->view->attempts[judgement->attempts[i].n].end;

        count += end != NULL &&
                 evidence_word(end, KEY_OUTCOME) == OUTCOME_CONNECTED &&
                 evidence_has(end, KEY_FOLLOWED) &&
                 evidence_word(end, KEY_FOLLOWED) == (int)followed;
    }
    return count;
}

static void add_followed(const struct step_file *file, struct step *step)
{
    unsigned closed = count_followed(file, FOLLOWED_CLOSED);
    unsigned reset = count_followed(file, FOLLOWED_RESET);

    if (closed + reset == 1 && file->judgement->attempt_count == 1)
        step_add(step, ", and %s at once",
                 closed > 0 ? "closed from the other side" : "reset");
    else if (closed + reset > 0)
        step_add(step, "; at once %u were closed from the other side, %u reset",
                 closed, reset);
    if (closed + reset > 0 && !step_is_connected(file))
        step->state = STEP_BAD;
}

void step_source(const struct step_file *file, struct step *step)
{
    const struct judgement *judgement = file->judgement;
    size_t count = judgement->attempt_count;

    if (count == 0) {
        step_say(step, STEP_UNKNOWN, "%s made no attempt%s", file->source,
                 file->view->unresolved != NULL
                     ? ": its resolver gives no address"
                     : "");
        step_cite(step, file->view->unresolved);
        return;
    }
    step_say(step, judgement->outcome == OUTCOME_CONNECTED ? STEP_OK : STEP_BAD,
             "%zu %s: ", count, count == 1 ? "attempt" : "attempts");
    add_ends(judgement, step);
    add_followed(file, step);
    for (size_t i = 0; i < count; i++)
        step_cite(step, file->view->attempts[judgement->attempts[i].n].end);
    if (step->evidence_count == 0) /* it may still end well */
        step->state = STEP_UNKNOWN;
}

/* --- the captures --- */

static const struct
{
    enum packet packet;
    const char *name;
} listed[] = {{PACKET_SYN, "SYN"}, {PACKET_SYN_ACK, "SYN-ACK"},
              {PACKET_ACK, "ACK"}, {PACKET_FIN, "FIN"},
              {PACKET_RST, "RST"}, {PACKET_ICMP, "ICMP error"}};

#define SIGHTS_MAX 4

/* Each connection ends: its end is told where somebody else made it. */
static bool is_told(const struct step_file *file, enum packet packet)
{
    return packet != PACKET_FIN ||
           fact_is(file->known, F(SOURCE, CLOSED_EARLY), YES);
}

/* What is told of that packet at that end, in the order of time: of what comes
 * from inside also by the host's own namespace around it.  Returns how many. */
static size_t sights_of(const struct step_file *file, enum role role,
                        enum packet packet,
                        const struct evidence *out[SIGHTS_MAX])
{
    const struct attempt_view *attempt = file->attempt;
    size_t count = 0;

    if (!is_told(file, packet))
        return 0;
    for (int i = 0; i < SIGHTS_MAX; i++) {
        enum direction direction = (enum direction)(i % DIRECTION_COUNT);
        const struct sight *sight =
            i < DIRECTION_COUNT
                ? &view_sights(attempt, role)->packets[packet][direction]
                : &attempt->outside[packet][direction];
        size_t at = count;

        if (sight->first == NULL ||
            (i >= DIRECTION_COUNT && role != ROLE_SOURCE))
            continue;
        for (; at > 0 && view_is_earlier(sight->first, out[at - 1]); at--)
            out[at] = out[at - 1];
        out[at] = sight->first;
        count++;
    }
    return count;
}

/* The device that all of them were seen on, NULL if there are several. */
static const char *common_device(const struct step_file *file, enum role role)
{
    const struct evidence *seen[SIGHTS_MAX];
    const char *device = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
        size_t count = sights_of(file, role, listed[i].packet, seen);

        for (size_t k = 0; k < count; k++) {
            const char *own = evidence_text(seen[k], KEY_INTERFACE, "?");

            if (device != NULL && strcmp(device, own) != 0)
                return NULL;
            device = own;
        }
    }
    return device;
}

static unsigned add_sights(const struct step_file *file, enum role role,
                           struct step *step)
{
    static const char *const ways[DIRECTION_COUNT] = {
        [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out"};
    const struct evidence *seen[SIGHTS_MAX];
    bool alike = common_device(file, role) != NULL;
    unsigned told = 0;

    for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
        size_t count = sights_of(file, role, listed[i].packet, seen);

        for (size_t k = 0; k < count; k++) {
            step_add(step, "%s%s %s%s%s", told++ > 0 ? ", " : " ",
                     listed[i].name,
                     ways[evidence_word(seen[k], KEY_DIRECTION)],
                     alike ? "" : " on ",
                     alike ? "" : evidence_text(seen[k], KEY_INTERFACE, "?"));
            step_cite(step, seen[k]);
        }
    }
    return told;
}

static bool says(const struct step_file *file, enum role role, enum fact fact,
                 enum answer answer)
{
    return fact_is(file->known, fact_at(role, fact), answer);
}

/* Did no answer of any kind leave the destination, or come to the source? */
static bool is_unanswered(const struct step_file *file, enum role role)
{
    enum fact answer = role == ROLE_SOURCE ? FACT_ARRIVED : FACT_SENT;

    return says(file, role, answer, NO) && says(file, role, FACT_RST, NO) &&
           says(file, role, FACT_ICMP, NO);
}

/* What did not come, where somebody would have seen it. */
static void add_absent(const struct step_file *file, enum role role,
                       unsigned seen, struct step *step)
{
    const char *joint = seen > 0 ? ", " : " ";

    if (role == ROLE_SOURCE && says(file, role, FACT_SENT, NO))
        step_add(step, "%sno SYN left", joint);
    else if (role == ROLE_DESTINATION && says(file, role, FACT_ARRIVED, NO))
        step_add(step, "%sno SYN", joint);
    else if (is_unanswered(file, role))
        step_add(step, "%sno answer", joint);
    else if (seen == 0)
        step_add(step, " nothing seen, and it may have missed some");
}

static void add_end(const struct step_file *file, enum role role,
                    const char *host, struct step *step)
{
    const char *device = common_device(file, role);

    step_add(step, "%s%s%s:", host, device == NULL ? "" : " ",
             device == NULL ? "" : device);
    if (view_end(file->view, role)->capture_armed == NULL)
        step_add(step, " nobody watched");
    else
        add_absent(file, role, add_sights(file, role, step), step);
}

/* Did the source get the SYN-ACK, and did the destination send it, as far as
 * anybody watched there? */
static bool is_whole(const struct step_file *file)
{
    return says(file, ROLE_SOURCE, FACT_SENT, YES) &&
           says(file, ROLE_SOURCE, FACT_ARRIVED, YES) &&
           !says(file, ROLE_DESTINATION, FACT_ARRIVED, NO) &&
           !says(file, ROLE_DESTINATION, FACT_SENT, NO) &&
           !says(file, ROLE_DESTINATION, FACT_ACK_ARRIVED, NO) &&
           !says(file, ROLE_SOURCE, FACT_RST, YES);
}

/* Something was surely missing, or answered with a no. */
static bool is_broken(const struct step_file *file)
{
    static const fact_ref missing[] = {
        F(SOURCE, SENT),    F(DESTINATION, ARRIVED),     F(DESTINATION, SENT),
        F(SOURCE, ARRIVED), F(DESTINATION, ACK_ARRIVED), NO_FACT};
    static const fact_ref refusals[] = {F(SOURCE, RST), F(DESTINATION, RST),
                                        F(SOURCE, ICMP), F(DESTINATION, ICMP),
                                        NO_FACT};

    return facts_any(file->known, missing, NO) ||
           facts_any(file->known, refusals, YES);
}

void step_captures(const struct step_file *file, struct step *step)
{
    enum step_state state = STEP_UNKNOWN;

    if (is_whole(file))
        state = STEP_OK;
    else if (is_broken(file) && !step_is_connected(file))
        state = STEP_BAD;
    step_say(step, state, "%s", "");
    add_end(file, ROLE_SOURCE, file->source, step);
    if (!facts_is_one_host(file->view) || view_is_inside(file->view)) {
        step_add(step, "; ");
        add_end(file, ROLE_DESTINATION, file->destination, step);
    }
    if (step->evidence_count == 0) { /* they tell that nothing came */
        step_cite(step, file->view->source.capture_after);
        step_cite(step, file->view->destination.capture_after);
    }
    if (step->evidence_count == 0)
        step->state = STEP_UNKNOWN;
}
