#include "agent/observe/front_ends/firewalld_zone.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"

/* How deep an element stands in its file. */
#define DEPTH_ROOT 1
#define DEPTH_OWN  2 /* the zone's or service's own, <rule> among them */
#define DEPTH_PART 3 /* what a rule is made of */

/* A rule's is from -this to this. */
#define PRIORITY_MAX 32768

/* In this order the lesser of two is what both together say. */
enum match
{
    MATCH_NO,
    MATCH_MAYBE,
    MATCH_YES,
};

enum action
{
    ACTION_NONE,
    ACTION_REFUSE,
    ACTION_ACCEPT,
};

struct rule
{
    enum match family;
    enum match source;
    enum match destination;
    enum match element; /* port, service, protocol */
    enum match limit;
    unsigned element_count;
    long priority;
    enum action action;
    bool in_action; /* between <accept> and </accept> */
};

struct services /* shared by all files that one zone leads to */
{
    firewalld_service_fn *read;
    void *context;
    unsigned left;
};

struct reading
{
    XML_Parser parser;
    const char *root;
    const struct front_end_flow *flow;
    struct services *services;
    unsigned depth;
    bool in_rule;
    struct rule rule;
    enum match opens;       /* the file's own elements: the port is open */
    enum match included;    /* those of services that a service includes */
    enum match destination; /* a service's: it holds for this address */
    long first;             /* place of the rule that decides, see place_of() */
    bool accepted;          /* what that rule does */
    bool opens_udp;         /* the port of UDP, by an element of the file's */
    bool names_port;        /* a rule tells apart who may reach it */
    bool refuses;           /* a rule refuses somebody, whatever the port */
    const char *fault;
};

static void element_start(void *data, const char *name, const char **attrs);
static void element_end(void *data, const char *name);

static enum match least(enum match a, enum match b)
{
    return a < b ? a : b;
}

static enum match most(enum match a, enum match b)
{
    return a > b ? a : b;
}

static const char *attribute(const char **attrs, const char *name)
{
    for (; attrs[0] != NULL; attrs += 2)
        if (strcmp(attrs[0], name) == 0)
            return attrs[1];
    return NULL;
}

static void fail(struct reading *reading, const char *fault)
{
    if (reading->fault == NULL)
        reading->fault = fault;
    XML_StopParser(reading->parser, XML_FALSE);
}

/* Entities are declared nowhere else. */
static void doctype_start(void *data, const char *name, const char *system,
                          const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    fail(data, "a document type is none of firewalld's");
}

static int parse(struct reading *reading, const char *xml, struct err *err)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    size_t size = strlen(xml);
    int status = 0;

    if (parser == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    reading->parser = parser;
    XML_SetUserData(parser, reading);
    XML_SetElementHandler(parser, element_start, element_end);
    XML_SetStartDoctypeDeclHandler(parser, doctype_start);
    if (size > INT_MAX)
        status = err_set(err, -EINVAL, "%zu bytes are too many", size);
    else if (XML_Parse(parser, xml, (int)size, XML_TRUE) != XML_STATUS_OK)
        status = err_set(err, -EINVAL, "line %lu: %s",
                         (unsigned long)XML_GetCurrentLineNumber(parser),
                         reading->fault != NULL
                             ? reading->fault
                             : XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    return status;
}

static enum match match_port(const struct reading *reading, const char **attrs)
{
    const char *protocol = attribute(attrs, "protocol");
    const char *port = attribute(attrs, "port");

    if (protocol == NULL || port == NULL)
        return MATCH_MAYBE;
    if (strcmp(protocol, "tcp") != 0)
        return MATCH_NO;
    switch (front_end_match_ports(port, '-', reading->flow->port)) {
    case 0: return MATCH_NO;
    case 1: return MATCH_YES;
    default: return MATCH_MAYBE; /* a name, not a number */
    }
}

static bool is_port_of_udp(const struct reading *reading, const char **attrs)
{
    const char *protocol = attribute(attrs, "protocol");
    const char *port = attribute(attrs, "port");

    return protocol != NULL && port != NULL && strcmp(protocol, "udp") == 0 &&
           front_end_match_ports(port, '-', reading->flow->port) > 0;
}

static enum match match_protocol(const char **attrs)
{
    const char *value = attribute(attrs, "value");

    return value != NULL &&
                   (strcmp(value, "tcp") == 0 || strcmp(value, "6") == 0)
               ? MATCH_YES
               : MATCH_NO;
}

static enum match match_prefix(const char *prefix,
                               const struct address *address)
{
    switch (front_end_match_prefix(prefix, address)) {
    case 0: return MATCH_NO;
    case 1: return MATCH_YES;
    default: return MATCH_MAYBE;
    }
}

/* Does this service's file open the port?  Those that it includes, each for the
 * destination of its own. */
static enum match match_service(struct reading *reading, const char *name)
{
    struct reading service = {
        .root = "service",
        .flow = reading->flow,
        .services = reading->services,
        .destination = MATCH_YES,
    };
    CLEAN_FREE char *xml = NULL;

    if (name == NULL || !front_end_is_name(name) ||
        reading->services->left == 0)
        return MATCH_MAYBE;
    reading->services->left--;
    xml = reading->services->read(reading->services->context, name);
    if (xml == NULL || parse(&service, xml, NULL) < 0)
        return MATCH_MAYBE;
    reading->opens_udp |= service.opens_udp && !reading->in_rule;
    return most(least(service.opens, service.destination), service.included);
}

/* <port>, <service>, <protocol>; others say nothing of a TCP port. */
static bool match_element(struct reading *reading, const char *name,
                          const char **attrs, enum match *out)
{
    if (strcmp(name, "port") == 0)
        *out = match_port(reading, attrs);
    else if (strcmp(name, "service") == 0)
        *out = match_service(reading, attribute(attrs, "name"));
    else if (strcmp(name, "protocol") == 0)
        *out = match_protocol(attrs);
    else
        return false;
    return true;
}

/* A service's <destination ipv4="..." ipv6="...">: it is open there alone, and
 * not at all in a family that is left out. */
static void service_destination(struct reading *reading, const char **attrs)
{
    const struct address *address = &reading->flow->destination;
    const char *prefix =
        attribute(attrs, address->family == 6 ? "ipv6" : "ipv4");

    reading->destination =
        prefix == NULL ? MATCH_NO : match_prefix(prefix, address);
}

static void rule_start(struct reading *reading, const char **attrs)
{
    const char *family = attribute(attrs, "family");
    const char *priority = attribute(attrs, "priority");
    const char *own = reading->flow->destination.family == 6 ? "ipv6" : "ipv4";
    char *end = NULL;

    reading->in_rule = true;
    reading->rule = (struct rule){
        .family =
            family == NULL || strcmp(family, own) == 0 ? MATCH_YES : MATCH_NO,
        .source = MATCH_YES,
        .destination = MATCH_YES,
        .element = MATCH_YES,
        .limit = MATCH_YES,
    };
    if (priority == NULL)
        return;
    reading->rule.priority = strtol(priority, &end, 10);
    if (*priority == '\0' || *end != '\0' ||
        reading->rule.priority < -PRIORITY_MAX ||
        reading->rule.priority > PRIORITY_MAX)
        fail(reading, "a rule's priority is no number");
}

/* <source> or <destination> of a rule. */
static enum match match_end(const char **attrs, const struct address *address)
{
    const char *prefix = attribute(attrs, "address");
    const char *invert = attribute(attrs, "invert");
    enum match match =
        prefix == NULL ? MATCH_MAYBE : match_prefix(prefix, address);

    if (match == MATCH_MAYBE || invert == NULL ||
        (strcasecmp(invert, "yes") != 0 && strcasecmp(invert, "true") != 0))
        return match;
    return match == MATCH_YES ? MATCH_NO : MATCH_YES;
}

static void rule_part(struct reading *reading, const char *name,
                      const char **attrs)
{
    struct rule *rule = &reading->rule;

    rule->in_action = false;
    if (strcmp(name, "source") == 0)
        rule->source = match_end(attrs, &reading->flow->source);
    else if (strcmp(name, "destination") == 0)
        rule->destination = match_end(attrs, &reading->flow->destination);
    else if (match_element(reading, name, attrs, &rule->element))
        rule->element_count++;
    else if (strcmp(name, "source-port") == 0) {
        rule->element = MATCH_MAYBE;
        rule->element_count++;
    } else if (strncmp(name, "icmp-", 5) == 0) {
        rule->element = MATCH_NO;
        rule->element_count++;
    } else if (strcmp(name, "accept") == 0) {
        rule->action = ACTION_ACCEPT;
        rule->in_action = true;
    } else if (strcmp(name, "drop") == 0 || strcmp(name, "reject") == 0) {
        rule->action = ACTION_REFUSE;
        rule->in_action = true;
    }
}

/* Of one priority firewalld's rules that refuse come first, then those that
 * accept, and the open ports with these.  Less is earlier. */
static long place_of(long priority, bool accepts)
{
    return priority * 2 + accepts;
}

static void decide(struct reading *reading, long priority, bool accepts)
{
    long place = place_of(priority, accepts);

    if (place < reading->first) {
        reading->first = place;
        reading->accepted = accepts;
    }
}

static void rule_end(struct reading *reading)
{
    const struct rule *rule = &reading->rule;
    bool accepts = rule->action == ACTION_ACCEPT;
    enum match whole =
        least(least(rule->family, rule->source),
              least(rule->destination, least(rule->element, rule->limit)));

    reading->in_rule = false;
    /* firewalld leaves out a rule with two elements. */
    if (rule->action == ACTION_NONE || rule->element_count > 1 ||
        rule->family == MATCH_NO || rule->element == MATCH_NO)
        return;
    if (rule->element_count > 0)
        reading->names_port = true;
    else if (!accepts)
        reading->refuses = true;
    if (whole == MATCH_YES || (whole == MATCH_MAYBE && !accepts))
        decide(reading, rule->priority, accepts);
}

/* An element of the file's own. */
static void own_start(struct reading *reading, const char *name,
                      const char **attrs)
{
    enum match match;

    if (strcmp(name, "port") == 0 && is_port_of_udp(reading, attrs))
        reading->opens_udp = true;
    if (strcmp(name, "rule") == 0)
        rule_start(reading, attrs);
    else if (strcmp(name, "destination") == 0)
        service_destination(reading, attrs);
    else if (strcmp(name, "include") == 0)
        reading->included =
            most(reading->included,
                 match_service(reading, attribute(attrs, "service")));
    else if (match_element(reading, name, attrs, &match))
        reading->opens = most(reading->opens, match);
}

static void element_start(void *data, const char *name, const char **attrs)
{
    struct reading *reading = data;

    reading->depth++;
    if (reading->depth == DEPTH_ROOT && strcmp(name, reading->root) != 0)
        fail(reading, "not the element that such a file begins with");
    else if (reading->depth == DEPTH_OWN)
        own_start(reading, name, attrs);
    else if (reading->depth == DEPTH_PART && reading->in_rule)
        rule_part(reading, name, attrs);
    else if (reading->in_rule && reading->rule.in_action &&
             strcmp(name, "limit") == 0)
        reading->rule.limit = MATCH_MAYBE;
}

static void element_end(void *data, const char *name)
{
    struct reading *reading = data;

    (void)name;
    if (reading->depth == DEPTH_OWN && reading->in_rule)
        rule_end(reading);
    reading->depth--;
}

int firewalld_zone_read(const char *xml, const struct front_end_flow *flow,
                        firewalld_service_fn *service, void *context,
                        struct firewalld_zone *out, struct err *err)
{
    struct services services = {service, context, FIREWALLD_MAX_SERVICES};
    struct reading zone = {
        .root = "zone",
        .flow = flow,
        .services = &services,
        .first = LONG_MAX,
    };
    int status = parse(&zone, xml, err);

    if (status < 0)
        return status;
    if (zone.opens == MATCH_YES)
        decide(&zone, 0, true);
    out->allows = zone.accepted;
    out->opens_udp = zone.opens_udp;
    out->restricts = zone.names_port || (out->allows && zone.refuses);
    return 0;
}
