#include "controller/report/describe.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/text.h"

/* A {key} stands for its value; a part in [] is left out if one of its keys was
 * not observed. */
static const char *const templates[EVIDENCE_KIND_COUNT] = {
    [EVIDENCE_PHASE] = "{phase}[: {text}]",
    [EVIDENCE_HOST] = "kernel {kernel}[, agent {version}]",
    [EVIDENCE_LIMIT] = "[{observer}: ]{text}",
    [EVIDENCE_RESOLVED] = "{name}[ resolves to {address}][ ({path}, line "
                          "{position})][: {text}]",
    [EVIDENCE_ATTEMPT_START] =
        "attempt {attempt} starts[ from {source} port {source_port}][ to "
        "{destination} port {destination_port}][, sequence {sequence}]",
    [EVIDENCE_ATTEMPT_END] =
        "attempt {attempt}: {outcome}[ after {connect_us} us][, errno "
        "{errno}][, ICMP type {icmp_type} code {icmp_code} from {offender}][, "
        "{received} octets came][, {followed} followed within {open_us} us]",
    [EVIDENCE_PACKET] =
        "{packet} {direction} on {interface}: {source} port {source_port} > "
        "{destination} port {destination_port}[, ttl {ttl}][, attempt "
        "{attempt}][, ICMP type {icmp_type} code {icmp_code} from "
        "{offender}][, for another host ({other_host})]",
    [EVIDENCE_CAPTURE] = "capture {phase}[ on {interfaces}][: {received} "
                         "packets, {lost} lost]",
    [EVIDENCE_ARP] = "neighbour questions {direction} for {address} on "
                     "{interface}: {count}[, {answered} answered][, from "
                     "{link_address}]",
    [EVIDENCE_RULE] =
        "{packet} of attempt {attempt} at {stage}: table "
        "[{family} ]{table}, chain {chain}[ (by {path})][, rule {rule}][ "
        "(handle {handle})][, set {set}][, element {element}]: {verdict}",
    [EVIDENCE_FORESEEN] =
        "{packet} at {stage}, by the rules as they stand: table {family} "
        "{table}, chain {chain}[ (by {path})][, rule {rule}][ (handle "
        "{handle})][, set {set}][, element {element}]: {target}[ by the policy "
        "{policy}]",
    [EVIDENCE_QUESTION_RULE] =
        "the question for the link address of {address} (answers: {answered}) "
        "going {direction}, by the rules as they stand: table {family} {table}, "
        "chain {chain}[ (by {path})][, rule {rule}][ (handle {handle})]: "
        "{target}[ by the policy {policy}]",
    [EVIDENCE_INPUT_RULE] =
        "{count} chains see the SYN on its way in[: {verdict}][, by table "
        "{family} {table}, chain {chain}][ (by {path})][, rule {rule}][ "
        "(handle {handle})][, set {set}][, element {element}][, by the policy "
        "{policy}]",
    [EVIDENCE_RULE_TRACE] = "rule trace {phase}[, {tables} nftables tables in "
                            "use][, changed {count} times][, last by "
                            "{process}][ (pid {pid})]",
    [EVIDENCE_RULE_COUNTER] = "{backend} {family} table {table}, chain "
                              "{chain}: {rule}: {before} to {after} packets",
    [EVIDENCE_RULE_COUNTERS] = "{backend} {family}: {tables} tables in use",
    [EVIDENCE_LISTENER] =
        "{phase}: [{process} ][(pid {pid}) ]listens on {address} port "
        "{port}[, device {interface}][, namespace {namespace}][, unit "
        "{unit}][, {queue} wait in its queue, backlog {queue_limit}]",
    [EVIDENCE_LISTENERS] = "{phase}: {count} listeners hold the port",
    [EVIDENCE_CONNECTION] = "{phase}: attempt {attempt}: socket {state}[ of "
                            "{process}][ (pid {pid})][, {retransmits} "
                            "retransmissions][, {waited_ms} ms unaccepted]",
    [EVIDENCE_UNACCEPTED] =
        "attempt {attempt}: not accepted within {waited_ms} ms so far",
    [EVIDENCE_PORTS] = "local ports {range_low} to {range_high}, {count} in "
                       "use towards this destination",
    [EVIDENCE_PORT_HOLDER] = "[{process} ][(pid {pid}) ]holds {count} of the "
                             "ports[, no process: {state}]",
    [EVIDENCE_PORT_TAKEN] =
        "{process} (pid {pid}) has {address} port {port}/{protocol}, without "
        "listening[, for its connection with {destination}][ port "
        "{destination_port}]",
    [EVIDENCE_CONTAINER] =
        "container {name} ({container}) is {state}[ (status {exit_status})][, "
        "publishes port {port}][ on {address}][, port {destination_port} is its "
        "own][: {text}]",
    [EVIDENCE_ROUTE] = "{phase}: route to {destination}: {route_type}[ via "
                       "{gateway}][ dev {interface}][ src "
                       "{preferred_source}][ table {table_id}][, by the policy "
                       "rule {rule}][, for the mark {mark}][, for what comes "
                       "from {from_interface}]",
    [EVIDENCE_LIFELINE] = "way of {used_by} to {destination}: {route_type}[ "
                          "via {gateway}][ dev {interface}][ src "
                          "{preferred_source}][ table {table_id}][, by the "
                          "policy rule {rule}]",
    [EVIDENCE_ROUTE_OTHER] =
        "other route to {destination}: {address}/{prefix}[ "
        "via {gateway}] dev {interface}",
    [EVIDENCE_ROUTE_LEG] = "next hop {index}:[ via "
                           "{gateway}] dev {interface}",
    [EVIDENCE_NEIGHBOUR] = "{phase}: neighbour {address} on {interface}: "
                           "{neighbour_state}[ {link_address}]",
    [EVIDENCE_LINK] = "{phase}: link {interface}: up {up}, carrier "
                      "{carrier}[, XDP program {xdp}]",
    [EVIDENCE_ADDRESS] = "{address}/{prefix} on {interface}",
    [EVIDENCE_ADDRESSES] = "{count} addresses",
    [EVIDENCE_COUNTER] = "{name}: {before} to {after}",
    [EVIDENCE_COUNTERS] = "counters read before and after",
    [EVIDENCE_SYSCTL] = "{name} = {value}",
    [EVIDENCE_NOT_INSTALLED] = "not installed: {text}",
    [EVIDENCE_SELF_TEST] = "self-test to {address} port {port}: {outcome}[, "
                           "errno {errno}]",
    [EVIDENCE_HELD_BY] = "{address}: held by {name}[ until {age_s} s ago]",
    [EVIDENCE_HOP] = "ttl {ttl}[: {offender}][ after {rtt_us} us][, ICMP type "
                     "{icmp_type} code {icmp_code}]",
    [EVIDENCE_RESIDUE] = "{count} things of ours remain",
    [EVIDENCE_REFUSED] = "refused: {text}",
    [EVIDENCE_AGENT_LOST] = "{text}",
    [EVIDENCE_CLOCK] = "clock offset {offset_ns} ns, uncertain by "
                       "{uncertainty_ns} ns",
    [EVIDENCE_DROP] = "kernel drops {packet} of attempt {attempt}: {reason} "
                      "in {function}",
    [EVIDENCE_DROPS] = "drop events watched",
    [EVIDENCE_TRIAL] =
        "trial {trial} {direction} on {interface}: [{packet}: ]{source}[ port "
        "{source_port}] > {destination}[ port {destination_port}], ttl {ttl}",
    [EVIDENCE_WALK] = "walk along attempt {attempt}: up to {ttl} hops, {count} "
                      "packets",
    [EVIDENCE_UNIT] = "unit {name}: {load_state}, {active_state} "
                      "({sub_state})[ for {age_s} s][, result {result}][, exit "
                      "status {exit_status}][, {enabled}][, {restarts} "
                      "restarts][: {text}]",
    [EVIDENCE_UNITS] = "systemd was asked for {count} units",
    [EVIDENCE_ELSEWHERE] = "[{process} ][(pid {pid}) ]listens on {address} "
                           "port {port}[, unit {unit}]",
    [EVIDENCE_ONWARD] = "route onward to {address}: {route_type}[ via "
                        "{gateway}][ dev {interface}]",
    [EVIDENCE_STRANGER] =
        "{packet} {direction} on {interface} from {source} port {source_port} "
        "to {destination} port {destination_port}, sequence {sequence}[, "
        "acknowledges {acknowledgement}]: no attempt's numbers",
    [EVIDENCE_TRACKING] = "{phase}: connection tracking holds {count} of "
                          "{limit} entries",
    [EVIDENCE_TRACKED] =
        "{phase}: tracked: {source} port {source_port} to {destination} port "
        "{destination_port}, answered by {reply_source} port "
        "{reply_source_port} to {reply_destination} port "
        "{reply_destination_port}[, {state}]: {status}",
    [EVIDENCE_PROGRAM] = "at {hook}[ of {interface}]: [{kind} ][preference "
                         "{preference} ][handle {handle} ][program {program} "
                         "][{name}][, on {cgroup}][, link {link}][, pinned at "
                         "{pinned}][, held by {process} (pid {pid})]",
    [EVIDENCE_PROGRAMS] = "{count} found at {hook}[ of {interface}]",
    [EVIDENCE_QDISC] = "qdisc {kind} of {interface}: {before} packets "
                       "dropped before, {after} after",
    [EVIDENCE_IPSEC_POLICY] = "IPsec policy {index} for {direction}: {rule}, "
                              "{action}, {count} protections demanded",
    [EVIDENCE_IPSEC_POLICIES] = "{count} IPsec policies select the packets "
                                "going {direction}",
    [EVIDENCE_NFQUEUE] = "a program reads queue {index}",
    [EVIDENCE_NFQUEUES] = "{count} queues are read by programs",
    [EVIDENCE_FRONT_END] =
        "{front_end}[ is {state}][, default zone {firewall_zone}]["
        ", jails {jails}][, saved settings allow the port "
        "({configured})][, saved settings open the port of {protocol}]",
    [EVIDENCE_HALF_OPEN] = "{count} half-open connections to port {port}",
};

void describe_value(const struct evidence *evidence, enum evidence_key key,
                    char *buffer, size_t size)
{
    char address_text[ADDRESS_TEXT_SIZE];
    const struct evidence_key_info *info = &evidence_keys[key];
    struct address address;

    buffer[0] = '\0';
    if (!evidence_has(evidence, key))
        return;
    switch (info->type) {
    case VALUE_NUMBER:
        text_format(buffer, size, "%" PRId64,
                    evidence_number(evidence, key, 0));
        break;
    case VALUE_WORD:
        text_format(buffer, size, "%s",
                    word_name(info->words, evidence_word(evidence, key)));
        break;
    case VALUE_TEXT:
        text_format(buffer, size, "%s", evidence_text(evidence, key, ""));
        break;
    case VALUE_ADDRESS:
        address = evidence_address(evidence, key);
        text_format(buffer, size, "%s", address_print(&address, address_text));
        break;
    }
}

struct sink
{
    char *buffer;
    size_t size;
    size_t used;
};

static void sink_put(struct sink *sink, const char *text, size_t length)
{
    if (length > sink->size - 1 - sink->used)
        length = sink->size - 1 - sink->used;
    memcpy(sink->buffer + sink->used, text, length);
    sink->used += length;
    sink->buffer[sink->used] = '\0';
}

/* Expands text up to end; false if a key was not observed. */
static bool expand(const struct evidence *evidence, const char *text,
                   const char *end, struct sink *sink)
{
    bool complete = true;

    while (text < end) {
        const char *close =
            *text == '{' ? memchr(text, '}', (size_t)(end - text)) : NULL;
        char name[32];
        char value[512];
        int key;

        if (close == NULL) {
            sink_put(sink, text++, 1);
            continue;
        }
        text_format(name, sizeof(name), "%.*s", (int)(close - text - 1),
                    text + 1);
        key = evidence_key_value(name);
        complete = complete && key >= 0 &&
                   evidence_has(evidence, (enum evidence_key)key);
        if (key >= 0) {
            describe_value(evidence, (enum evidence_key)key, value,
                           sizeof(value));
            sink_put(sink, value, strlen(value));
        }
        text = close + 1;
    }
    return complete;
}

void describe_evidence(const struct evidence *evidence, char *buffer,
                       size_t size)
{
    struct sink sink = {buffer, size, 0};
    const char *text = templates[evidence->kind];

    buffer[0] = '\0';
    while (text != NULL && *text != '\0') {
        bool optional = *text == '[';
        const char *end = strchr(text, optional ? ']' : '[');
        size_t mark = sink.used;

        if (end == NULL)
            end = text + strlen(text);
        if (!expand(evidence, text + optional, end, &sink) && optional) {
            sink.used = mark;
            buffer[mark] = '\0';
        }
        text = optional && *end != '\0' ? end + 1 : end;
    }
}
