/* What a case lets out: orders, commands, words for the operator. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "controller/case/case_internal.h"

struct case_action *case_add_action(struct trace_case *trace,
                                    enum case_action_kind kind)
{
    struct case_action *action;

    assert(*trace->action_count < CASE_MAX_ACTIONS);
    action = &trace->actions[(*trace->action_count)++];
    memset(action, 0, sizeof(*action));
    action->kind = kind;
    return action;
}

void case_say(struct trace_case *trace, const char *format, ...)
{
    struct case_action *action = case_add_action(trace, CASE_SAY);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(action->text, sizeof(action->text), format, arguments);
    va_end(arguments);
}

struct case_end *case_end_of(struct trace_case *trace, enum role role)
{
    return role == ROLE_SOURCE    ? &trace->source
           : role == ROLE_VANTAGE ? &trace->vantage
                                  : &trace->destination;
}

bool case_end_is_live(const struct case_end *end)
{
    return end->is_ordered && !end->has_ended && !end->is_disarmed &&
           !end->is_refused;
}

struct command *case_add_command(struct trace_case *trace, enum role role,
                                 enum command_kind kind)
{
    struct case_action *action = case_add_action(trace, CASE_SEND_COMMAND);

    action->role = role;
    action->command.kind = (uint8_t)kind;
    return &action->command;
}

void case_abort_live(struct trace_case *trace)
{
    if (case_end_is_live(&trace->source))
        case_add_command(trace, ROLE_SOURCE, COMMAND_ABORT);
    if (case_end_is_live(&trace->destination))
        case_add_command(trace, ROLE_DESTINATION, COMMAND_ABORT);
    case_end_vantage(trace);
}

void case_refuse(struct trace_case *trace, uint32_t status, const char *format,
                 ...)
{
    struct case_action *action;
    va_list arguments;

    case_abort_live(trace);
    action = case_add_action(trace, CASE_REFUSE);
    action->status = status;
    va_start(arguments, format);
    vsnprintf(action->text, sizeof(action->text), format, arguments);
    va_end(arguments);
    trace->phase = CASE_DONE;
}
