#include "controller/ctl/trace_args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"

/* Options without a letter. */
enum
{
    KEY_OPTION_COUNT = 256,
    KEY_OPTION_FROM,
    KEY_OPTION_FROM_PORT,
    KEY_OPTION_AS_USER,
    KEY_OPTION_IN,
    KEY_OPTION_DEVICE,
    KEY_OPTION_TO,
    KEY_OPTION_VANTAGE,
    KEY_OPTION_PAYLOAD,
    KEY_OPTION_TIMEOUT,
    KEY_OPTION_NO_SELF_TEST,
    KEY_OPTION_BUNDLE,
    KEY_OPTION_SERVICE,
};

static const struct argp_option options[] = {
    USAGE_OPTION_HELP,
    {NULL, '4', NULL, 0, "use IPv4 only", 0},
    {NULL, '6', NULL, 0, "use IPv6 only", 0},
    {"count", KEY_OPTION_COUNT, "N", 0,
     "make exactly N attempts, 1 to 100 (else up to three, until it is clear)",
     0},
    {"from", KEY_OPTION_FROM, "ADDR", 0,
     "connect from this address of the source", 0},
    {"from-port", KEY_OPTION_FROM_PORT, "PORT", 0,
     "make one attempt, from this port of the source", 0},
    {"as-user", KEY_OPTION_AS_USER, "NAME|UID", 0,
     "connect as this user of the source (root)", 0},
    {"in", KEY_OPTION_IN, "NAMESPACE|CONTAINER", 0,
     "connect in this network namespace of the source: a name under /run/netns, "
     "a container's name or id, pid:N",
     0},
    {"device", KEY_OPTION_DEVICE, "DEV", 0,
     "connect with a socket bound to this device of the source", 0},
    {"to", KEY_OPTION_TO, "HOST", 0,
     "the agent that should be receiving, when the address is not its own", 0},
    {"service", KEY_OPTION_SERVICE, "NAME", 0,
     "the unit, program or container that should hold the port", 0},
    {"vantage", KEY_OPTION_VANTAGE, "auto|none|HOST", 0,
     "a third agent to compare with (auto)", 0},
    {"payload", KEY_OPTION_PAYLOAD, NULL, 0, "not there yet", 0},
    {"timeout", KEY_OPTION_TIMEOUT, "SECONDS", 0,
     "bound for the whole trace, 0.1 to 300 (10)", 0},
    {"no-self-test", KEY_OPTION_NO_SELF_TEST, NULL, 0,
     "the destination does not connect to itself", 0},
    {"bundle", KEY_OPTION_BUNDLE, "FILE", 0,
     "save the evidence in FILE, to be judged again offline", 0},
    {"output", 'o', "text|json", 0, "how to print the report (text)", 0},
    {0},
};

static int set_family(struct trace_args *args, uint8_t family)
{
    uint8_t old = args->request.family;

    if (old != 0 && old != family)
        return err_set(&args->usage.err, -EINVAL,
                       "-4 and -6 exclude each other; give one");
    args->request.family = family;
    return 0;
}

/* Why no single host has this address, NULL if one may. */
static const char *why_no_host(const struct address *address)
{
    static const struct address broadcast = {4, {255, 255, 255, 255}};
    const uint8_t first = address->bytes[0];

    if (address_is_any(address))
        return "the unspecified address, which stands for any";
    if (address_equal(address, &broadcast))
        return "the broadcast address";
    if ((address->family == 4 && first >= 224 && first < 240) ||
        (address->family == 6 && first == 0xff))
        return "a multicast address";
    return NULL;
}

static int set_from(struct trace_args *args, const char *text)
{
    const char *reason;

    if (address_parse(text, &args->request.from) < 0)
        return err_set(&args->usage.err, -EINVAL,
                       "--from '%s' is not an address; write one of the "
                       "source's own, as in 192.0.2.1 or 2001:db8::1",
                       text);
    reason = why_no_host(&args->request.from);
    if (reason != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "--from '%s' is %s; write one of the source's own, or "
                       "leave it out",
                       text, reason);
    return 0;
}

static int set_from_port(struct trace_args *args, const char *text)
{
    unsigned port = 0;
    int status = parse_number("--from-port", text, 1, UINT16_MAX, &port,
                              &args->usage.err);

    args->request.from_port = (uint16_t)port;
    return status;
}

static int set_user(struct trace_args *args, const char *text)
{
    unsigned number;
    int status = 0;

    if (!user_name_is_valid(text))
        return err_set(&args->usage.err, -EINVAL,
                       "--as-user '%s' is neither a user's name nor a number; "
                       "write one that the source knows, as in www-data or 33",
                       text);
    /* -1 stands for "no change" to the kernel: it is no user. */
    if (text[strspn(text, "0123456789")] == '\0')
        status = parse_number("--as-user", text, 0, UINT32_MAX - 1, &number,
                              &args->usage.err);
    if (status < 0)
        return status;
    snprintf(args->request.as_user, sizeof(args->request.as_user), "%s", text);
    return 0;
}

static int set_inside(struct trace_args *args, const char *text)
{
    if (!inside_name_is_valid(text))
        return err_set(&args->usage.err, -EINVAL,
                       "--in '%s' names no network namespace; write a name "
                       "that 'ip netns' lists there, a container's name or id, "
                       "or pid:N",
                       text);
    snprintf(args->request.inside, sizeof(args->request.inside), "%s", text);
    return 0;
}

static int set_device(struct trace_args *args, const char *text)
{
    if (!device_name_is_valid(text))
        return err_set(&args->usage.err, -EINVAL,
                       "--device '%s' is no name of a device; write one that "
                       "'ip link' lists on the source, as in eth0",
                       text);
    snprintf(args->request.device, sizeof(args->request.device), "%s", text);
    return 0;
}

static int set_vantage(struct trace_args *args, const char *text)
{
    if (strcmp(text, "auto") == 0) {
        args->request.vantage[0] = '\0';
        return 0;
    }
    return parse_host_name("--vantage", text, args->request.vantage,
                           &args->usage.err);
}

static int set_service(struct trace_args *args, const char *text)
{
    if (!service_name_is_valid(text))
        return err_set(&args->usage.err, -EINVAL,
                       "--service '%s' cannot be a unit, program or container; "
                       "write letters, digits and ':_.@-', as in nginx or "
                       "web@1.service",
                       text);
    memcpy(args->request.service, text, strlen(text) + 1);
    return 0;
}

static int set_timeout(struct trace_args *args, const char *text)
{
    static const struct duration_rule rule = {
        .what = "--timeout",
        .bare_ms = 1000,
        .min_ms = TRACE_MIN_TIMEOUT_MS,
        .max_ms = TRACE_MAX_TIMEOUT_MS,
    };
    uint64_t ms = 0;
    int status = parse_duration(&rule, text, &ms, &args->usage.err);

    args->timeout_ms = (uint32_t)ms;
    return status;
}

static int set_count(struct trace_args *args, const char *text)
{
    unsigned count = 0;
    int status = parse_number("--count", text, 1, ORDER_MAX_ATTEMPTS, &count,
                              &args->usage.err);

    args->request.count = count;
    return status;
}

static int set_destination(struct trace_args *args, const char *text)
{
    struct message_trace_request *request = &args->request;
    int status = parse_destination(text, &args->destination, &args->usage.err);
    const char *reason;

    if (status < 0)
        return status;
    reason = why_no_host(&args->destination.address);
    if (reason != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "'%s': '%s' is %s, and TCP connects to one host; write "
                       "the address of the one that should answer",
                       text, args->destination.host, reason);
    memcpy(request->destination, args->destination.host,
           sizeof(request->destination));
    request->port = args->destination.port;
    request->protocol = args->destination.protocol;
    return 0;
}

/* Both ends look alike to whoever is in a hurry. */
static int set_source(struct trace_args *args, const char *text)
{
    if (strchr(text, ':') != NULL)
        return err_set(&args->usage.err, -EINVAL,
                       "source '%s': write the name of an agent, without a "
                       "port: probectl trace hostA hostB:8080",
                       text);
    return parse_host_name("source", text, args->request.source,
                           &args->usage.err);
}

static int set_positional(struct trace_args *args, const char *text)
{
    switch (args->positional++) {
    case 0: return set_source(args, text);
    case 1: return set_destination(args, text);
    default:
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is one argument too many; give SRC and DST:PORT",
                       text);
    }
}

static int check_families(struct trace_args *args)
{
    const struct message_trace_request *request = &args->request;
    uint8_t destination = args->destination.address.family;
    uint8_t from = request->from.family;

    if (request->family != 0 && destination != 0 &&
        request->family != destination)
        return err_set(&args->usage.err, -EINVAL,
                       "-%u does not fit the IPv%u address '%s'; leave it out",
                       request->family, destination, request->destination);
    if (from != 0 && request->family != 0 && from != request->family)
        return err_set(&args->usage.err, -EINVAL,
                       "-%u does not fit --from, an IPv%u address; leave one "
                       "out",
                       request->family, from);
    if (from != 0 && destination != 0 && from != destination)
        return err_set(&args->usage.err, -EINVAL,
                       "--from is an IPv%u address, the destination '%s' is "
                       "IPv%u; give two of one family",
                       from, request->destination, destination);
    return 0;
}

/* A link-local address names a host only together with a device; a program that
 * calls [fe80::1%eth0] has its socket bound to it, as with --device. */
static int check_device(struct trace_args *args)
{
    struct message_trace_request *request = &args->request;
    const struct destination *destination = &args->destination;

    if (destination->device[0] != '\0' && request->device[0] != '\0' &&
        strcmp(destination->device, request->device) != 0)
        return err_set(&args->usage.err, -EINVAL,
                       "--device %s and '%s' of the destination differ; give "
                       "one",
                       request->device, destination->device);
    if (destination->device[0] != '\0')
        memcpy(request->device, destination->device, sizeof(request->device));
    if (destination->address.family == 6 &&
        address_is_link_local(&destination->address) &&
        request->device[0] == '\0')
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is a link-local address, which the source cannot "
                       "call without the device that it is meant on (connect() "
                       "says \"Invalid argument\"); write it as in "
                       "[%s%%eth0]:%u, or give --device",
                       destination->host, destination->host,
                       (unsigned)destination->port);
    return 0;
}

/* What only the whole command line can tell. */
static int check_whole(struct trace_args *args)
{
    struct message_trace_request *request = &args->request;
    int status;

    if (args->positional < 2)
        return err_set(&args->usage.err, -EINVAL,
                       "%s is missing; write: probectl trace hostA hostB:8080",
                       args->positional == 0 ? "the source" : "DST:PORT");
    if (request->protocol == PROTOCOL_UDP)
        return err_set(&args->usage.err, -EINVAL,
                       "tracing UDP is not there yet; leave out /udp to trace "
                       "the TCP port");
    if (request->payload)
        return err_set(&args->usage.err, -EINVAL,
                       "--payload is not there yet; leave it out to trace the "
                       "handshake");
    if (request->from_port != 0 && request->count > 1)
        return err_set(&args->usage.err, -EINVAL,
                       "--from-port makes one attempt, as several from one "
                       "port would disturb each other; leave out --count");
    status = check_device(args);
    if (status == 0)
        status = check_families(args);
    /* both ends of one connection */
    if (status == 0 && request->family == 0)
        request->family = request->from.family;
    return status;
}

static int parse_with_value(struct trace_args *args, int key, const char *text)
{
    switch (key) {
    case KEY_OPTION_COUNT: return set_count(args, text);
    case KEY_OPTION_FROM: return set_from(args, text);
    case KEY_OPTION_FROM_PORT: return set_from_port(args, text);
    case KEY_OPTION_AS_USER: return set_user(args, text);
    case KEY_OPTION_IN: return set_inside(args, text);
    case KEY_OPTION_DEVICE: return set_device(args, text);
    case KEY_OPTION_TO:
        return parse_host_name("--to", text, args->request.to,
                               &args->usage.err);
    case KEY_OPTION_SERVICE: return set_service(args, text);
    case KEY_OPTION_VANTAGE: return set_vantage(args, text);
    case KEY_OPTION_TIMEOUT: return set_timeout(args, text);
    case KEY_OPTION_BUNDLE: args->bundle = text; return 0;
    case 'o': return parse_format(text, &args->format, &args->usage.err);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int parse_option(int key, char *text, struct argp_state *state)
{
    struct trace_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case '4': return -set_family(args, 4);
    case '6': return -set_family(args, 6);
    case KEY_OPTION_PAYLOAD: args->request.payload = true; return 0;
    case KEY_OPTION_NO_SELF_TEST: args->request.no_self_test = true; return 0;
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG: return -set_positional(args, text);
    case ARGP_KEY_END: return args->usage.help ? 0 : -check_whole(args);
    default: {
        int status = parse_with_value(args, key, text);

        return status == ARGP_ERR_UNKNOWN ? status : -status;
    }
    }
}

const struct argp trace_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "SRC DST:PORT",
    .doc = "Find out where the connection from the agent SRC to DST:PORT dies, "
           "what kills it, and which command mends it.\v"
           "SRC is an agent's name; DST an agent's name, an address or a DNS "
           "name; an IPv6 address stands in brackets.\n\n"
           "Example:\n"
           "  probectl trace web1 db1:5432\n"
           "  probectl trace web1 [2001:db8::10]:443 --to lb1 -o json\n"
           "  probectl trace web1 db1:5432 --as-user www-data\n"
           "  probectl trace web1 db1:5432 --in app-container\n\n"
           "Exit status: 0 connected, 1 any other verdict, 2 usage or "
           "configuration, 3 the trace could not run, 4 undetermined.",
};

int trace_args_parse(struct trace_args *args, int argc, char **argv)
{
    int status;

    *args = (struct trace_args){0};
    status = usage_parse(&trace_argp, argc, argv, 0, &args->usage);
    /* All attempts asked for must find their time. */
    if (args->timeout_ms == 0)
        args->timeout_ms =
            TRACE_TIMEOUT_MS + args->request.count * TRACE_SPACING_MS;
    return status;
}
