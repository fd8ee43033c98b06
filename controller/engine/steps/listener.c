/* Who listens on the port, where, and how long its queue is. */
#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/steps/parts.h"
#include "controller/engine/view/led.h"

#define MAX_TAKERS 16

/* What is wrong with a listener that takes SYNs for this address. */
static const char *fault_of(enum cause cause)
{
    static const struct
    {
        enum cause cause;
        const char *text;
    } faults[] = {
        {CAUSE_NOT_LISTENING, "not there when the SYN came"},
        {CAUSE_ACCEPT_QUEUE_FULL, "it does not accept fast enough"},
        {CAUSE_SYN_QUEUE_FULL, "too many half-open connections"},
        {CAUSE_LISTENER_STOPPED, "it does not take the connection"},
        {CAUSE_TCP_SIGNATURE_REQUIRED, "it demands TCP signatures"},
        {CAUSE_SOCKET_FILTER_DROP, "a filter on its socket discards the SYN"},
        {CAUSE_MIN_TTL, "it demands a higher TTL"},
        {CAUSE_WRONG_LISTENER, "not the service that was asked for"},
        {CAUSE_CLOSED_BY_APPLICATION, "it closes the connection at once"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        if (faults[i].cause == cause)
            return faults[i].text;
    return "it did not take the SYN";
}

/* "nginx (pid 7) on 0.0.0.0 port 80" */
static void add_listener(struct step *step, const struct evidence *listener)
{
    char who[96];
    char address[ADDRESS_TEXT_SIZE];
    struct address bound = evidence_address(listener, KEY_ADDRESS);

    process_name(listener, who, sizeof(who));
    step_add(step, "%s on %s port %lld", who, address_print(&bound, address),
             (long long)evidence_number(listener, KEY_PORT, 0));
    if (evidence_has(listener, KEY_INTERFACE))
        step_add(step, " of the device %s",
                 evidence_text(listener, KEY_INTERFACE, "?"));
    if (evidence_has(listener, KEY_NAMESPACE))
        step_add(step, " in the namespace %s",
                 evidence_text(listener, KEY_NAMESPACE, "?"));
    step_cite(step, listener);
}

/* The last that is known of its queue: of the listener that was there before,
 * the second reading. */
static const struct evidence *latest(const struct view *view,
                                     const struct evidence *listener)
{
    const struct evidence *after[MAX_TAKERS];
    size_t count = facts_takers(view, PHASE_AFTER, after, MAX_TAKERS);

    for (size_t i = 0; i < count; i++)
        if (evidence_number(after[i], KEY_INODE, -1) ==
            evidence_number(listener, KEY_INODE, -2))
            return after[i];
    return listener;
}

static void say_taken(const struct step_file *file, struct step *step)
{
    const struct evidence *takers[MAX_TAKERS] = {
        file->known->because[F(DESTINATION, LISTENER_TAKES)]};
    size_t count = facts_takers(file->view, PHASE_BEFORE, takers, MAX_TAKERS);
    const struct evidence *now = latest(file->view, takers[0]);
    const struct finding *next = step_obstacle(file, STEP_LISTENER);

    step_say(step, STEP_OK, "%s", "");
    add_listener(step, takers[0]);
    if (count > 1)
        step_add(step, " and %zu more", count - 1);
    step_add(step, ", %lld wait in its queue, backlog %lld",
             (long long)evidence_number(now, KEY_QUEUE, 0),
             (long long)evidence_number(now, KEY_QUEUE_LIMIT, 0));
    step_cite(step, now);
    if (!step_is_about(file, STEP_LISTENER) && next == NULL)
        return;
    step->state = STEP_BAD;
    step_add(step, ": %s",
             fault_of(step_is_about(file, STEP_LISTENER)
                          ? file->judgement->verdict.cause
                          : next->cause));
}

/* It listens, but not where the SYN comes.  False if nothing does. */
static bool say_beside(const struct step_file *file, struct step *step)
{
    static const enum fact misfits[] = {
        FACT_LISTENER_LOOPBACK, FACT_LISTENER_OTHER_ADDRESS,
        FACT_LISTENER_OTHER_FAMILY, FACT_LISTENER_OTHER_DEVICE,
        FACT_LISTENER_OTHER_NAMESPACE};
    bool any = false;

    for (size_t i = 0; i < ARRAY_SIZE(misfits); i++) {
        fact_ref fact = fact_at(ROLE_DESTINATION, misfits[i]);

        if (!fact_is(file->known, fact, YES))
            continue;
        if (any)
            step_add(step, ", ");
        else
            step_say(step, STEP_BAD, "%s", "");
        add_listener(step, file->known->because[fact]);
        any = true;
    }
    if (any)
        step_add(step, ", not where the SYN comes");
    return any;
}

/* The caller knows another port. */
static void add_led(const struct step_file *file, struct step *step)
{
    unsigned called = view_called_port(file->view);

    if (fact_is(file->known, F(DESTINATION, REDIRECTED_HERE), YES) &&
        led_port(file->view) != called)
        step_add(step, ", where %s's own rule leads what comes for port %u",
                 file->destination, called);
}

static void say_missing(const struct step_file *file, struct step *step)
{
    const struct evidence *scan =
        file->known->because[F(DESTINATION, LISTENER_TAKES)];

    if (step_is_connected(file)) {
        step_say(step, STEP_UNKNOWN,
                 "none is listed on port %u of %s, and yet the connection "
                 "opened: another one took it",
                 led_port(file->view), file->destination);
        return;
    }
    if (!say_beside(file, step))
        step_say(step, STEP_BAD, "nothing listens on port %u of %s",
                 led_port(file->view), file->destination);
    add_led(file, step);
    step_cite(step, scan);
}

/* Of what the SYN was passed on to, not of the host's own. */
static bool say_target(const struct step_file *file, struct step *step)
{
    const struct finding *verdict = &file->judgement->verdict;
    const char *target = finding_text(verdict, "target");

    if (target == NULL || !step_is_about(file, STEP_LISTENER))
        return false;
    if (verdict->cause == CAUSE_LISTENING_ON_LOOPBACK) {
        step_say(step, STEP_BAD, "%s", "");
        add_listener(step,
                     file->known->because[F(DESTINATION, TARGET_ON_LOOPBACK)]);
        step_add(step, ", not where the SYN comes");
        return true;
    }
    step_say(step, STEP_BAD,
             "nothing listens on port %lld of %s, to which %s passes the SYN "
             "on",
             (long long)finding_number(verdict, "target_port"), target,
             file->destination);
    step_cite(step, file->known->because[F(DESTINATION, TARGET_REFUSED)]);
    return true;
}

/* The host's own listeners are asked neither for what is passed on, nor for
 * what another one takes before. */
static bool is_passed_on(const struct step_file *file)
{
    return (fact_is(file->known, F(DESTINATION, HANDED_ON), YES) &&
            !step_is_about(file, STEP_LISTENER)) ||
           file->judgement->verdict.cause == CAUSE_FORWARDING_DISABLED;
}

void step_listener(const struct step_file *file, struct step *step)
{
    fact_ref takes = F(DESTINATION, LISTENER_TAKES);

    if (say_target(file, step))
        return;
    if (is_passed_on(file)) {
        step_say(step, STEP_UNKNOWN,
                 "%s is to translate the SYN or pass it on: its own listeners "
                 "are not asked",
                 file->destination);
        step_cite(step, file->known->because[F(DESTINATION, HANDED_ON)]);
    } else if (fact_is(file->known, takes, YES)) {
        say_taken(file, step);
    } else if (fact_is(file->known, takes, NO)) {
        say_missing(file, step);
    } else if (step_is_about(file, STEP_LISTENER)) {
        step_say(step, STEP_BAD, "%s", file->judgement->verdict.summary);
        for (size_t i = 0; i < file->judgement->verdict.evidence_count &&
                           step->evidence_count < STEP_MAX_EVIDENCE;
             i++)
            step->evidence[step->evidence_count++] =
                file->judgement->verdict.evidence[i];
    } else {
        step_not_known(file, step, "its sockets could not be listed");
    }
}
