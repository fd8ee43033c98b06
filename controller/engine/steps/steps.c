#include "controller/engine/steps/steps.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/steps/parts.h"

const char *const step_names[STEP_COUNT] = {"self-test", "listener", "firewall",
                                            "source", "captures"};
const char *const step_states[] = {"unknown", "ok", "bad"};

void step_say(struct step *step, enum step_state state, const char *format, ...)
{
    va_list arguments;

    step->state = state;
    va_start(arguments, format);
    text_format_list(step->text, sizeof(step->text), format, arguments);
    va_end(arguments);
}

void step_add(struct step *step, const char *format, ...)
{
    size_t used = strlen(step->text);
    va_list arguments;

    va_start(arguments, format);
    text_format_list(step->text + used, sizeof(step->text) - used, format,
                     arguments);
    va_end(arguments);
}

void step_cite(struct step *step, const struct evidence *evidence)
{
    if (evidence == NULL || step->evidence_count == STEP_MAX_EVIDENCE)
        return;
    for (size_t i = 0; i < step->evidence_count; i++)
        if (step->evidence[i] == evidence->id)
            return;
    step->evidence[step->evidence_count++] = evidence->id;
}

/* Why nobody at the destination could tell; NULL if somebody could. */
static const char *blindness(const struct step_file *file)
{
    const struct subject *subject = file->view->subject;

    if (subject->destination_host[0] == '\0')
        return subject->named_is_agent || subject->absent_host[0] != '\0'
                   ? "its agent took no part"
                   : "no agent watches there";
    if (file->view->destination.refused != NULL)
        return "its agent's policy refused the order";
    if (file->view->lost[ROLE_DESTINATION] != NULL || subject->destination_lost)
        return "its agent went away during the trace";
    if (file->view->destination.capture_armed != NULL &&
        facts_fell_silent(file->view, ROLE_DESTINATION))
        return "its agent fell silent during the trace";
    if (file->view->destination.host == NULL &&
        file->view->destination.capture_armed == NULL)
        return "its agent did not watch in time";
    return NULL;
}

void step_not_known(const struct step_file *file, struct step *step,
                    const char *otherwise)
{
    const char *why = blindness(file);

    step_say(step, STEP_UNKNOWN, "not known of %s: %s", file->destination,
             why == NULL ? otherwise : why);
}

bool step_is_connected(const struct step_file *file)
{
    return file->judgement->verdict.cause == CAUSE_CONNECTED;
}

enum step_kind steps_of_cause(enum cause cause)
{
    static const struct
    {
        enum cause cause;
        enum step_kind kind;
    } about[] = {
        {CAUSE_FIREWALL_DROP, STEP_FIREWALL},
        {CAUSE_FIREWALL_REJECT, STEP_FIREWALL},
        {CAUSE_NFQUEUE_WITHOUT_READER, STEP_FIREWALL},
        {CAUSE_NOT_LISTENING, STEP_LISTENER},
        {CAUSE_LISTENING_ON_LOOPBACK, STEP_LISTENER},
        {CAUSE_LISTENING_ON_OTHER_ADDRESS, STEP_LISTENER},
        {CAUSE_LISTENING_ON_OTHER_FAMILY, STEP_LISTENER},
        {CAUSE_LISTENING_ON_OTHER_DEVICE, STEP_LISTENER},
        {CAUSE_LISTENING_IN_OTHER_NAMESPACE, STEP_LISTENER},
        {CAUSE_ACCEPT_QUEUE_FULL, STEP_LISTENER},
        {CAUSE_SYN_QUEUE_FULL, STEP_LISTENER},
        {CAUSE_LISTENER_STOPPED, STEP_LISTENER},
        {CAUSE_TCP_SIGNATURE_REQUIRED, STEP_LISTENER},
        {CAUSE_SOCKET_FILTER_DROP, STEP_LISTENER},
        {CAUSE_MIN_TTL, STEP_LISTENER},
        {CAUSE_WRONG_LISTENER, STEP_LISTENER},
        {CAUSE_CLOSED_BY_APPLICATION, STEP_LISTENER},
    };

    for (size_t i = 0; i < ARRAY_SIZE(about); i++)
        if (about[i].cause == cause)
            return about[i].kind;
    return STEP_COUNT;
}

bool step_is_about(const struct step_file *file, enum step_kind kind)
{
    return steps_of_cause(file->judgement->verdict.cause) == kind;
}

const struct finding *step_obstacle(const struct step_file *file,
                                    enum step_kind kind)
{
    for (size_t i = 0; i < file->judgement->obstacle_count; i++) {
        const struct finding *obstacle = &file->judgement->obstacles[i];

        if (obstacle->role == ROLE_DESTINATION &&
            steps_of_cause(obstacle->cause) == kind)
            return obstacle;
    }
    return NULL;
}

void steps_fill(const struct view *view, const struct known *known, unsigned n,
                struct judgement *out)
{
    static step_fn *const answer[STEP_COUNT] = {step_self_test, step_listener,
                                                step_firewall, step_source,
                                                step_captures};
    char buffer[HOST_NAME_SIZE];
    struct step_file file = {.view = view,
                             .known = known,
                             .attempt = &view->attempts[n],
                             .n = n,
                             .judgement = out,
                             .source = view->subject->source_host};

    text_format(file.destination, sizeof(file.destination), "%s",
                address_is_set(&view->subject->destination) ||
                        view->subject->destination_host[0] != '\0'
                    ? explain_host(view, ROLE_DESTINATION, buffer)
                    : view->subject->named_as);
    for (size_t i = 0; i < STEP_COUNT; i++)
        answer[i](&file, &out->steps[i]);
}
