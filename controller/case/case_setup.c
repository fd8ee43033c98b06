/* How a case begins: the request is checked, the two hosts are found, the name
 * is resolved, and both ends get their orders. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "controller/case/case_internal.h"
#include "controller/case/pick_address.h"

#define STATUS_USAGE  2
#define STATUS_FAILED 3

static bool is_dns_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("-._", *c) == NULL)
            return false;
    return *name != '\0';
}

/* As whom, where and from which port and device to probe. */
static void check_manner(struct trace_case *trace)
{
    const struct message_trace_request *request = &trace->request;

    if (request->as_user[0] != '\0' && !user_name_is_valid(request->as_user))
        case_refuse(trace, STATUS_USAGE, "'%s' is no name of a user",
                    request->as_user);
    else if (request->inside[0] != '\0' &&
             !inside_name_is_valid(request->inside))
        case_refuse(trace, STATUS_USAGE,
                    "'%s' is no name of a namespace or container",
                    request->inside);
    else if (request->device[0] != '\0' &&
             !device_name_is_valid(request->device))
        case_refuse(trace, STATUS_USAGE, "'%s' is no name of a device",
                    request->device);
    else if (request->from_port != 0 && request->count > 1)
        case_refuse(trace, STATUS_USAGE,
                    "several attempts from port %u would disturb each other: "
                    "make one",
                    request->from_port);
}

static bool check_request(struct trace_case *trace)
{
    const struct message_trace_request *request = &trace->request;
    const struct address *from = &request->from;

    if (request->protocol != 0 && request->protocol != 6)
        case_refuse(trace, STATUS_USAGE,
                    "protocol %u cannot be traced: only tcp can",
                    request->protocol);
    else if (request->port == 0)
        case_refuse(trace, STATUS_USAGE, "port 0 cannot be traced");
    else if (request->family != 0 && request->family != 4 &&
             request->family != 6)
        case_refuse(trace, STATUS_USAGE, "address family %u is none",
                    request->family);
    else if (request->count > ORDER_MAX_ATTEMPTS)
        case_refuse(trace, STATUS_USAGE, "%u attempts: at most %d are allowed",
                    request->count, ORDER_MAX_ATTEMPTS);
    else if (address_is_set(from) && request->family != 0 &&
             from->family != request->family)
        case_refuse(trace, STATUS_USAGE,
                    "the source address is not one of IPv%u", request->family);
    else if (request->service[0] != '\0' &&
             !service_name_is_valid(request->service))
        case_refuse(trace, STATUS_USAGE, "'%s' cannot be a service's name",
                    request->service);
    if (trace->phase != CASE_DONE)
        check_manner(trace);
    return trace->phase != CASE_DONE;
}

static void set_times(struct trace_case *trace, int64_t now_ns)
{
    uint32_t wanted = trace->request.timeout_ms;

    if (wanted == 0)
        wanted =
            CASE_DEFAULT_TIMEOUT_MS + trace->request.count * CASE_SPACING_MS;
    if (wanted < CASE_MIN_TIMEOUT_MS)
        wanted = CASE_MIN_TIMEOUT_MS;
    if (wanted > ORDER_MAX_DEADLINE_MS)
        wanted = ORDER_MAX_DEADLINE_MS;
    trace->start_ns = now_ns;
    if (trace->leg == 0)
        trace->whole_end_ns = now_ns + (int64_t)wanted * NS_PER_MS;
    case_share_time(trace, now_ns);
}

static void set_subject(struct trace_case *trace)
{
    const struct message_trace_request *request = &trace->request;
    struct subject *subject = &trace->subject;

    snprintf(subject->source_host, sizeof(subject->source_host), "%s",
             trace->source.name);
    snprintf(subject->named_as, sizeof(subject->named_as), "%s",
             request->destination);
    subject->source = request->from;
    subject->port = request->port;
    subject->attempts =
        (uint8_t)(request->count > 0 ? request->count : CASE_ATTEMPTS);
    if (request->from_port != 0)
        subject->attempts = 1;
    subject->from_port = request->from_port;
    snprintf(subject->as_user, sizeof(subject->as_user), "%s",
             request->as_user);
    snprintf(subject->inside, sizeof(subject->inside), "%s", request->inside);
    snprintf(subject->device, sizeof(subject->device), "%s", request->device);
    subject->exact_count = request->count > 0;
    subject->expected_elsewhere = request->to[0] != '\0';
    snprintf(subject->service, sizeof(subject->service), "%s",
             request->service);
}

static void refuse_unknown(struct trace_case *trace, const char *name)
{
    char known[MESSAGE_TEXT_SIZE];

    case_list_known(trace, name, known, sizeof(known));
    case_refuse(trace, STATUS_FAILED, "no agent named '%s': %s", name, known);
}

/* Whose packets a trace would see is not known then. */
static bool is_one_host(struct trace_case *trace, const struct case_host *host)
{
    char here[ADDRESS_TEXT_SIZE], there[ADDRESS_TEXT_SIZE];

    if (!address_is_set(&host->rival))
        return true;
    case_refuse(trace, STATUS_FAILED,
                "two hosts hold the identity of the agent '%s', and take its "
                "connection from each other: from %s and from %s; stop the "
                "agent of the one that was copied, and let it join under a "
                "name of its own",
                host->name, address_print(&host->control, here),
                address_print(&host->rival, there));
    return false;
}

static bool find_source(struct trace_case *trace)
{
    struct case_host host;
    const char *name = trace->request.source;

    if (!trace->world.find_host(trace->world.owner, name, &host)) {
        refuse_unknown(trace, name);
        return false;
    }
    snprintf(trace->source.name, sizeof(trace->source.name), "%s", host.name);
    if (!host.is_connected)
        case_refuse(trace, STATUS_FAILED,
                    "the agent '%s' is not connected (last seen %s): look at "
                    "its probe-agent there",
                    host.name, host.last_seen);
    return host.is_connected && is_one_host(trace, &host);
}

/* The agent that should receive, by name: --to, else the name given as the
 * destination.  One that is away makes the trace one-ended. */
static bool find_named(struct trace_case *trace, int64_t now_ns)
{
    bool is_asked_for = trace->request.to[0] != '\0';
    const char *name =
        is_asked_for ? trace->request.to : trace->request.destination;
    struct case_host host;
    bool found = trace->world.find_host(trace->world.owner, name, &host);

    if (!found && is_asked_for) {
        refuse_unknown(trace, name);
        return false;
    }
    if (found && !is_one_host(trace, &host))
        return false;
    if (found && !is_asked_for) {
        trace->subject.primary4 = host.inventory.primary4;
        trace->subject.primary6 = host.inventory.primary6;
    }
    if (found && host.is_connected)
        snprintf(trace->destination.name, sizeof(trace->destination.name), "%s",
                 host.name);
    else if (found) {
        snprintf(trace->subject.absent_host, sizeof(trace->subject.absent_host),
                 "%s", host.name);
        snprintf(trace->subject.absent_seen, sizeof(trace->subject.absent_seen),
                 "%s", host.last_seen);
        case_add_limit(trace, now_ns,
                       "%s: its agent is not connected (last seen %s), only "
                       "%s's side was looked at",
                       name, host.last_seen, trace->source.name);
    }
    return true;
}

static uint32_t milliseconds_left(const struct trace_case *trace,
                                  int64_t now_ns)
{
    int64_t left = (trace->end_ns - now_ns) / NS_PER_MS;

    return left < 1 ? 1 : (uint32_t)left;
}

static void set_manner(const struct trace_case *trace, struct order *order)
{
    const struct message_trace_request *request = &trace->request;

    snprintf(order->as_user, sizeof(order->as_user), "%s", request->as_user);
    snprintf(order->inside, sizeof(order->inside), "%s", request->inside);
    snprintf(order->device, sizeof(order->device), "%s", request->device);
}

static void send_order(struct trace_case *trace, enum role role, int64_t now_ns)
{
    struct case_action *action = case_add_action(trace, CASE_SEND_ORDER);
    struct case_end *end = case_end_of(trace, role);
    const struct case_end *peer = case_end_of(
        trace, role == ROLE_SOURCE ? ROLE_DESTINATION : ROLE_SOURCE);
    struct order *order = &action->order;

    action->role = role;
    end->is_ordered = true;
    snprintf(order->trace_id, sizeof(order->trace_id), "%s", end->trace_id);
    snprintf(order->peer, sizeof(order->peer), "%s", peer->name);
    order->role = (uint8_t)role;
    order->family = trace->request.family;
    order->exact_count = trace->subject.exact_count;
    order->attempts = trace->subject.attempts;
    order->port = trace->subject.port;
    order->isn_base = trace->subject.isn_base;
    order->spacing_ms = CASE_SPACING_MS;
    order->deadline_ms = milliseconds_left(trace, now_ns);
    order->destination = trace->subject.destination;
    order->source = trace->request.from;
    /* The destination looks whether an old connection holds it. */
    order->from_port = trace->request.from_port;
    if (role == ROLE_DESTINATION)
        snprintf(order->service, sizeof(order->service), "%s",
                 trace->request.service);
    if (role == ROLE_SOURCE)
        set_manner(trace, order);
    if (role == ROLE_SOURCE && !address_is_set(&order->destination)) {
        snprintf(order->name, sizeof(order->name), "%s",
                 trace->request.destination);
        order->told = trace->told;
    }
}

static void send_arm(struct trace_case *trace)
{
    struct case_action *action = case_add_action(trace, CASE_SEND_COMMAND);

    action->role = ROLE_SOURCE;
    action->command.kind = COMMAND_ARM;
    action->command.own_address = trace->subject.source;
    action->command.peer_address = trace->subject.destination;
}

/* A named host that has just lost the address is another matter than a name
 * that never was right. */
static bool has_held(const struct trace_case *trace)
{
    const struct address *address = &trace->subject.destination;
    struct case_host host;

    if (!trace->world.find_host(trace->world.owner, trace->destination.name,
                                &host))
        return false;
    for (size_t i = 0; i < CASE_MAX_LOST; i++)
        if (address_equal(&host.lost[i], address))
            return true;
    for (size_t i = 0; i < host.inventory.count; i++)
        if (address_equal(&host.inventory.addresses[i], address))
            return true;
    return false;
}

/* Whose agent is the destination, if nobody said so: who owns the address, or, if
 * nobody does, who gave it up just now. */
static void find_destination(struct trace_case *trace, int64_t now_ns)
{
    const struct address *address = &trace->subject.destination;
    char *name = trace->destination.name;

    /* Every host holds the loopback addresses: the source means its own. */
    if (name[0] == '\0' && address_is_loopback(address))
        snprintf(name, HOST_NAME_SIZE, "%s", trace->source.name);
    else if (name[0] == '\0' &&
             !trace->world.find_owner(trace->world.owner, address,
                                      trace->source.name, name))
        trace->subject.destination_former =
            case_find_former(trace, address, now_ns, name);
    snprintf(trace->subject.destination_host,
             sizeof(trace->subject.destination_host), "%s", name);
    trace->subject.destination_held = name[0] != '\0' && has_held(trace);
}

/* The destination's address is known: both ends arm, side by side. */
void case_arm(struct trace_case *trace, int64_t now_ns)
{
    char text[ADDRESS_TEXT_SIZE];
    struct case_end *destination = &trace->destination;

    address_print(&trace->subject.destination, text);
    if (address_is_set(&trace->request.from) &&
        trace->request.from.family != trace->subject.destination.family) {
        case_refuse(trace, STATUS_USAGE,
                    "the source address and the destination %s are of "
                    "different families",
                    text);
        return;
    }
    find_destination(trace, now_ns);
    trace->phase = CASE_ARMING;
    trace->until_ns = now_ns + (int64_t)CASE_ARM_MS * NS_PER_MS;
    if (destination->name[0] == '\0') {
        case_say(trace, "arming %s", trace->source.name);
        case_add_limit(trace, now_ns,
                       "no connected agent, or more than one, owns %s", text);
        if (trace->request.service[0] != '\0')
            case_add_limit(trace, now_ns,
                           "whether %s holds the port was not looked at: no "
                           "agent is there",
                           trace->request.service);
    } else {
        case_say(trace, "arming %s and %s (%s)", trace->source.name,
                 destination->name, text);
        send_order(trace, ROLE_DESTINATION, now_ns);
    }
    /* An order that knows the destination arms by itself. */
    if (trace->source.is_ordered)
        send_arm(trace);
    else
        send_order(trace, ROLE_SOURCE, now_ns);
}

static void resolve(struct trace_case *trace, int64_t now_ns)
{
    struct case_action *action;

    trace->phase = CASE_RESOLVING;
    case_say(trace, "resolving %s on %s", trace->request.destination,
             trace->source.name);
    if (trace->subject.named_is_agent) {
        action = case_add_action(trace, CASE_ASK_INVENTORY);
        snprintf(action->text, sizeof(action->text), "%s",
                 trace->destination.name);
    }
    trace->until_ns = case_resolve_until(trace, now_ns);
    send_order(trace, ROLE_SOURCE, now_ns);
}

/* What was asked for and is not there yet; false if it cannot be. */
static bool note_unused(struct trace_case *trace, int64_t now_ns)
{
    const struct message_trace_request *request = &trace->request;
    bool is_host = request->vantage[0] != '\0' &&
                   strcmp(request->vantage, "auto") != 0 &&
                   strcmp(request->vantage, "none") != 0;
    struct case_host host;

    if (is_host &&
        !trace->world.find_host(trace->world.owner, request->vantage, &host)) {
        refuse_unknown(trace, request->vantage);
        return false;
    }
    if (request->payload)
        case_add_limit(trace, now_ns,
                       "no payload was sent: this version sends none");
    return true;
}

/* Is what was asked for a name, an address, neither? */
static bool check_destination(struct trace_case *trace, struct address *numeric)
{
    const char *name = trace->request.destination;
    bool is_numeric = address_parse(name, numeric) == 0;

    if (!is_numeric && !is_dns_name(name))
        case_refuse(trace, STATUS_USAGE,
                    "'%s' is neither an agent's name, an address nor a DNS "
                    "name",
                    name);
    else if (is_numeric && trace->request.family != 0 &&
             trace->request.family != numeric->family)
        case_refuse(trace, STATUS_USAGE, "%s is not an address of IPv%u", name,
                    trace->request.family);
    return trace->phase != CASE_DONE;
}

void case_start(struct trace_case *trace, int64_t now_ns)
{
    struct address numeric = {0};
    struct case_host host;

    set_times(trace, now_ns);
    if (!check_request(trace) || !find_source(trace))
        return;
    set_subject(trace);
    if (!check_destination(trace, &numeric))
        return;
    trace->subject.named_is_agent =
        !address_is_set(&numeric) &&
        trace->world.find_host(trace->world.owner, trace->request.destination,
                               &host);
    if (trace->subject.named_is_agent)
        trace->told = pick_address(&host.inventory, trace->request.family);
    if (!find_named(trace, now_ns) || !note_unused(trace, now_ns))
        return;
    snprintf(trace->subject.destination_host,
             sizeof(trace->subject.destination_host), "%s",
             trace->destination.name);
    if (trace->leg > 0)
        numeric = trace->resolved[trace->leg];
    if (!address_is_set(&numeric)) {
        resolve(trace, now_ns);
        return;
    }
    trace->subject.destination = numeric;
    case_arm(trace, now_ns);
}
