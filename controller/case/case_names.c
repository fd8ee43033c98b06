/* What becomes of a name: the addresses that the source's resolver gives, the
 * one that an agent told, or none. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "controller/case/case_internal.h"

#define STATUS_FAILED 3
#define MS(count)     ((int64_t)(count)*NS_PER_MS)

void case_list_known(const struct trace_case *trace, const char *name,
                     char *text, size_t size)
{
    char known[MESSAGE_TEXT_SIZE / 2];
    bool is_typo =
        trace->world.list_hosts(trace->world.owner, name, known, sizeof(known));

    if (known[0] == '\0')
        text_format(text, size, "none has joined yet");
    else if (is_typo)
        text_format(text, size, "did you mean '%.*s'? these are known: %s",
                    (int)strcspn(known, ","), known, known);
    else
        text_format(text, size, "these are known: %s", known);
}

/* Which agents might have been meant. */
static void say_known(const struct trace_case *trace, char *text, size_t size)
{
    char known[MESSAGE_TEXT_SIZE];
    const char *name = trace->request.destination;

    case_list_known(trace, name, known, sizeof(known));
    text_format(text, size, "no agent is named %s either: %s", name, known);
}

int64_t case_resolve_until(const struct trace_case *trace, int64_t now_ns)
{
    char known[MESSAGE_TEXT_SIZE / 2];

    if (trace->subject.named_is_agent)
        return now_ns + MS(CASE_RESOLVE_AGENT_MS);
    if (trace->world.list_hosts(trace->world.owner, trace->request.destination,
                                known, sizeof(known)))
        return now_ns + MS(CASE_RESOLVE_TYPO_MS);
    return 0;
}

/* The others that the agent has of that family. */
static void list_others(const struct case_host *host,
                        const struct address *chosen, char *text, size_t size)
{
    char printed[ADDRESS_TEXT_SIZE];
    int used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < host->inventory.count; i++) {
        const struct address *other = &host->inventory.addresses[i];

        if (other->family != chosen->family || address_equal(other, chosen))
            continue;
        used += snprintf(text + used, size - (size_t)used, "%s%s",
                         used == 0 ? "; it also has " : ", ",
                         address_print(other, printed));
        if ((size_t)used >= size - ADDRESS_TEXT_SIZE)
            return;
    }
}

static const char *family_words(const struct trace_case *trace)
{
    return trace->request.family == 6   ? " to an IPv6 address"
           : trace->request.family == 4 ? " to an IPv4 address"
                                        : "";
}

/* Said first in the report: an application has no such second source. */
static void note_told_address(struct trace_case *trace,
                              const struct case_host *host)
{
    const struct address *chosen = &trace->subject.destination;
    bool is_control = address_equal(chosen, &host->control);
    char text[ADDRESS_TEXT_SIZE];
    char others[160];

    list_others(host, chosen, others, sizeof(others));
    text_format(
        trace->subject.note, sizeof(trace->subject.note),
        "%s does not resolve%s on %s (%s), so an application there that uses "
        "the name fails. Traced was %s, which %s's agent told%s%s",
        trace->request.destination, family_words(trace), trace->source.name,
        trace->resolve_error, address_print(chosen, text), host->name,
        is_control ? ", the address of its connection to the controller, "
                     "for it has no other"
                   : "",
        others);
}

/* An agent's name need not resolve: its agent says its address. */
static void fall_back(struct trace_case *trace)
{
    const char *name = trace->request.destination;
    struct case_host host = {0};

    /* What the source was told before it resolved; it arms for no other. */
    if (trace->world.find_host(trace->world.owner, name, &host))
        trace->subject.destination = trace->told;
    if (address_is_set(&trace->subject.destination))
        note_told_address(trace, &host);
    else
        case_refuse(trace, STATUS_FAILED,
                    "%s does not resolve on %s (%s), and its agent gave no "
                    "%saddress: give the address itself",
                    name, trace->source.name, trace->resolve_error,
                    trace->request.family == 4   ? "IPv4 "
                    : trace->request.family == 6 ? "IPv6 "
                                                 : "");
}

void case_choose_resolved(struct trace_case *trace, int64_t now_ns)
{
    if (trace->resolve_error[0] == '\0')
        snprintf(trace->resolve_error, sizeof(trace->resolve_error),
                 "no address of the family");
    if (trace->resolved_count > 0)
        trace->subject.destination = trace->resolved[0];
    else if (trace->subject.named_is_agent)
        fall_back(trace);
    else
        say_known(trace, trace->subject.note, sizeof(trace->subject.note));
    if (trace->phase == CASE_DONE ||
        !address_is_set(&trace->subject.destination))
        return;
    case_share_time(trace, now_ns);
    case_arm(trace, now_ns);
}

void case_resolver_is_late(struct trace_case *trace, int64_t now_ns)
{
    long long waited_ms = (now_ns - trace->start_ns) / NS_PER_MS;
    char known[MESSAGE_TEXT_SIZE];

    snprintf(trace->resolve_error, sizeof(trace->resolve_error),
             "no answer from the resolver within %lld ms", waited_ms);
    if (trace->subject.named_is_agent) {
        case_choose_resolved(trace, now_ns);
        return;
    }
    say_known(trace, known, sizeof(known));
    text_format(trace->subject.note, sizeof(trace->subject.note),
                "the resolver of %s did not answer for %s within %lld ms; %s",
                trace->source.name, trace->request.destination, waited_ms,
                known);
}
