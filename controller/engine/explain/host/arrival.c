/* Where the packet arrives, and what connects: what is said, and which command mends it. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/holders.h"

#define SLOW_US 200000 /* of a handshake: some program gives up before */
#define SLOW_MS 250    /* for accept() */

static const struct evidence *packet_in(const struct case_file *file,
                                        const struct finding *finding)
{
    const struct end_sights *end = view_sights(file->attempt, finding->role);

    return end->packets[finding->packet][DIRECTION_IN].first;
}

void sentence_address(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *asked =
        file->known->because[F(DESTINATION, ADDRESS_ASKED_FOR)];

    if (explain_not_looked_up(file, words, finding))
        return;
    finding_add_text(finding, "address", words->destination_address);
    if (fact_is(file->known, F(DESTINATION, DAD_FAILED), YES)) {
        finding_add_text(finding, "state", "duplicate");
        finding_say(finding,
                    "%s may not use %s: another host on its link holds it, as "
                    "duplicate address detection found",
                    words->host, words->destination_address);
        return;
    }
    finding_cite(finding, in);
    if (in != NULL) {
        finding_say(finding,
                    "the SYN reached %s, but %s does not own the address %s "
                    "and does not forward it",
                    words->host, words->host, words->destination_address);
        return;
    }
    finding_cite(finding, asked);
    finding_say(finding, "%s does not own the address %s%s%s", words->host,
                words->destination_address,
                file->view->subject->destination_held ? " any more" : "",
                fact_is(file->known, F(DESTINATION, ADDRESS_ASKED_FOR), YES)
                    ? ": its neighbours ask for it and get no answer"
                    : "");
}

/* The address that the host drops, as it stands in the packet. */
static void say_martian(const struct case_file *file, const struct words *words,
                        const struct evidence *in, struct finding *finding)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address source = evidence_address(in, KEY_SOURCE);
    const struct evidence *own =
        facts_own_address(file->view, finding->role, &source);
    const char *device = evidence_text(in, KEY_INTERFACE, "?");

    address_print(&source, text);
    finding_add_text(finding, "source", text);
    finding_add_text(finding, "arrived_on", device);
    finding_cite(finding, in);
    finding_cite(finding, own);
    if (own == NULL) {
        finding_say(finding,
                    "the %s comes to %s on %s with the source address %s, "
                    "which may not come from outside",
                    words->packet, words->host, device, text);
        return;
    }
    finding_add_text(finding, "address", text);
    finding_add_text(finding, "interface",
                     evidence_text(own, KEY_INTERFACE, NULL));
    finding_say(finding,
                "%s itself holds %s, the address of %s, on its device %s: it "
                "%s",
                words->host, text,
                finding->role == ROLE_SOURCE ? words->destination
                                             : words->source,
                evidence_text(own, KEY_INTERFACE, "?"),
                finding->packet == PACKET_SYN ? "takes the SYN for a forged one"
                                              : "sends the answer to itself");
}

/* Neither source nor destination is odd on arrival: a rule made it so. */
static bool is_sent_to_loopback(const struct case_file *file,
                                const struct evidence *in)
{
    struct address source = evidence_address(in, KEY_SOURCE);

    return (fact_is(file->known, F(DESTINATION, LED_TO_LOOPBACK), YES) ||
            (file->decider != NULL &&
             strcmp(evidence_text(file->decider, KEY_REASON, ""),
                    "IP_LOCALNET") == 0)) &&
           !address_is_loopback(&source);
}

const struct evidence *explain_translating_rule(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->role == ROLE_DESTINATION &&
            (item->kind == EVIDENCE_RULE ||
             item->kind == EVIDENCE_RULE_COUNTER) &&
            evidence_word(item, KEY_STAGE) == STAGE_PREROUTING &&
            evidence_has(item, KEY_TRANSLATES) &&
            evidence_word(item, KEY_TRANSLATES) == TRANSLATION_DNAT)
            return item;
    }
    return NULL;
}

static void say_localnet(const struct case_file *file,
                         const struct words *words, const struct evidence *in,
                         struct finding *finding)
{
    const struct evidence *rule = explain_translating_rule(file->view);
    const char *device = evidence_text(in, KEY_INTERFACE, "?");

    bool v6 = file->view->subject->destination.family == 6;

    finding_add_text(finding, "arrived_on", device);
    finding_add_text(finding, "sysctl", v6 ? NULL : "route_localnet");
    finding_cite(finding, in);
    if (rule != NULL) {
        finding_add_text(finding, "table",
                         evidence_text(rule, KEY_TABLE, NULL));
        finding_add_text(finding, "chain",
                         evidence_text(rule, KEY_CHAIN, NULL));
        finding_add_text(finding, "rule", evidence_text(rule, KEY_RULE, NULL));
        finding_cite(finding, rule);
    }
    finding_say(finding,
                "a rule on %s translates the SYN to a loopback address%s%s, "
                "and %s lets none in from outside: %s",
                words->host, rule == NULL ? "" : ": ",
                rule == NULL ? "" : evidence_text(rule, KEY_RULE, "?"), device,
                v6 ? "IPv6 has no setting for that, translate to an address "
                     "of the device"
                   : "route_localnet is off");
}

void sentence_martian(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    const struct evidence *in =
        finding->role == ROLE_DESTINATION
            ? file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first
            : packet_in(file, finding);

    if (in == NULL)
        sentence_by_meaning(file, words, finding);
    else if (is_sent_to_loopback(file, in))
        say_localnet(file, words, in, finding);
    else
        say_martian(file, words, in, finding);
}

/* A way to where nobody listens mends nothing. */
static bool is_led_to_nobody(const struct case_file *file)
{
    return fact_is(file->known, F(DESTINATION, REDIRECTED_HERE), YES) &&
           fact_is(file->known, F(DESTINATION, LISTENER_TAKES), NO);
}

void fix_martian(const struct case_file *file, const struct finding *finding,
                 struct judgement *out)
{
    const struct evidence *in = finding->role == ROLE_DESTINATION
                                    ? view_arrival(file->view, file->attempt)
                                    : packet_in(file, finding);
    struct address source;
    const struct evidence *own;
    struct command_line line;

    if (in == NULL)
        return;
    source = evidence_address(in, KEY_SOURCE);
    own = facts_own_address(file->view, finding->role, &source);
    if (is_sent_to_loopback(file, in)) {
        if ((source.family == 6 || is_led_to_nobody(file)) &&
            fix_led(file, finding, out))
            return;
        if (source.family == 6)
            return; /* no setting lets it in */
        command_start(&line, COMMAND_IN_NETWORK, "sysctl");
        command_fixed(&line, "-w");
        command_sysctl(&line, "net.ipv4.conf",
                       evidence_text(in, KEY_INTERFACE, ""), "route_localnet",
                       1);
        fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot",
                "lets this device take in packets for loopback addresses, and "
                "with them everyone on its link to what listens there alone: "
                "a rule that translates to an address of the device needs no "
                "such thing; to keep it, put it into a file of /etc/sysctl.d",
                &line);
        return;
    }
    if (own == NULL)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_delete_address(&line, &source, evidence_number(own, KEY_PREFIX, 32),
                           evidence_text(own, KEY_INTERFACE, ""));
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "gives up the address that belongs to the peer; what put it there "
            "may do so again",
            &line);
}

/* How the packet's checksum looked to the end that sent it. */
static const char *checksum_sent(const struct case_file *file,
                                 const struct finding *finding)
{
    const struct end_sights *sender = finding->role == ROLE_SOURCE
                                          ? &file->attempt->destination
                                          : &file->attempt->source;
    const struct evidence *out =
        sender->packets[finding->packet][DIRECTION_OUT].first;

    return out == NULL ? "unknown"
                       : evidence_text(out, KEY_CHECKSUM, "unknown");
}

void sentence_checksum(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    static const char *const blames[][2] = {
        {"right", "it left %s with the right one, so that something on the way "
                  "changed it"},
        {"wrong", "it left %s with a wrong one already"},
        {"later", "%s leaves it to its device to fill it in (offload), so that "
                  "this device or something on the way spoils it"},
    };
    const char *sent = checksum_sent(file, finding);
    const char *sender =
        finding->role == ROLE_SOURCE ? words->destination : words->source;
    char blame[160] = "it was not captured when it was sent";

    for (size_t i = 0; i < ARRAY_SIZE(blames); i++)
        if (strcmp(sent, blames[i][0]) == 0) {
            const char *from = strstr(blames[i][1], "%s");

            text_format(blame, sizeof(blame), "%.*s%s%s",
                        (int)(from - blames[i][1]), blames[i][1], sender,
                        from + 2);
        }
    finding_add_text(finding, "checksum_sent", sent);
    finding_cite(finding, packet_in(file, finding));
    finding_say(finding,
                "the %s arrives at %s with a wrong checksum and is dropped: %s",
                words->packet, words->host, blame);
}

void fix_checksum(const struct case_file *file, const struct finding *finding,
                  struct judgement *out)
{
    enum role sender =
        finding->role == ROLE_SOURCE ? ROLE_DESTINATION : ROLE_SOURCE;
    const struct end_sights *end = sender == ROLE_SOURCE
                                       ? &file->attempt->source
                                       : &file->attempt->destination;
    const struct evidence *left =
        end->packets[finding->packet][DIRECTION_OUT].first;
    struct command_line line;

    if (left == NULL || strcmp(checksum_sent(file, finding), "later") != 0)
        return; /* the device is not in it */
    command_start(&line, COMMAND_IN_NETWORK, "ethtool");
    command_fixed(&line, "-K");
    command_device(&line, evidence_text(left, KEY_INTERFACE, ""));
    command_fixed(&line, "tx off");
    fix_add(out, sender, OPENS_NOTHING, "until-reboot",
            "has the kernel compute checksums in place of the device: if they "
            "arrive right then, the device's offload was wrong",
            &line);
}

void sentence_host_down(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char offender[ADDRESS_TEXT_SIZE];
    struct address router = {0};

    if (file->decider != NULL)
        router = evidence_address(file->decider, KEY_OFFENDER);
    finding_add_text(finding, "address", words->destination_address);
    if (!address_is_set(&router)) {
        finding_say(finding,
                    "%s's agent is not connected, and %s does not answer for "
                    "its link address either: the host is down or off the "
                    "network",
                    file->view->subject->absent_host,
                    words->destination_address);
        return;
    }
    address_print(&router, offender);
    finding_add_text(finding, "reported_by", offender);
    finding_say(finding,
                "%s's agent is not connected, and %s, the last router, finds "
                "no host at %s: it is down or off the network",
                file->view->subject->absent_host, offender,
                words->destination_address);
}

void sentence_sequence(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    const struct evidence *syn =
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *sent =
        file->attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;
    const struct evidence *answer = file->decider;

    if (answer == NULL)
        return;
    if (finding->packet == PACKET_ACK) {
        finding_cite(finding, sent);
        finding_add_number(
            finding, "sequence_sent",
            sent == NULL ? 0 : evidence_number(sent, KEY_SEQUENCE, 0));
        finding_add_number(finding, "sequence_received",
                           evidence_number(answer, KEY_SEQUENCE, 0));
        finding_say(finding,
                    "something on the way changes the sequence number of %s's "
                    "SYN-ACK and does not change the ACK back: %s refuses it",
                    words->destination, words->destination);
        return;
    }
    finding_cite(finding, syn);
    finding_add_number(finding, "sequence_sent",
                       syn == NULL ? 0 : evidence_number(syn, KEY_SEQUENCE, 0));
    finding_add_number(finding, "acknowledged",
                       evidence_number(answer, KEY_ACKNOWLEDGEMENT, 0));
    finding_say(finding,
                "something on the way changes the sequence number of %s's SYN "
                "and does not change the answer back: %s refuses the SYN-ACK, "
                "which acknowledges a number that it never sent",
                words->source, words->source);
}

static bool met_old_connection(const struct attempt_view *attempt)
{
    const struct evidence *event = attempt->destination.drop_event[PACKET_SYN];
    const char *reason =
        event == NULL ? "" : evidence_text(event, KEY_REASON, "");

    return strcmp(reason, "TCP_INVALID_SYN") == 0 ||
           strcmp(reason, "TCP_RFC7323_TW_PAWS") == 0;
}

/* What is in order, and still worth knowing when the application fails. */
/* Whoever says something and closes, as daytime does, has served. */
static bool was_served_at_once(const struct attempt_view *attempt)
{
    return attempt->end != NULL &&
           evidence_word(attempt->end, KEY_FOLLOWED) == FOLLOWED_CLOSED;
}

static const char *connected_note(const struct case_file *file)
{
    static const struct
    {
        fact_ref fact;
        const char *note;
    } notes[] = {
        {F(DESTINATION, QUEUE_FULL),
         "; but an accept queue of the port was seen full: other attempts may "
         "be dropped"},
        {F(DESTINATION, ACK_DEFERRED),
         "; a listener there hands connections to its program only when data "
         "comes (TCP_DEFER_ACCEPT): a client that waits for the server to "
         "speak first waits in vain"},
    };

    if (met_old_connection(file->attempt))
        return "; but the first SYN met an old connection with the same "
               "addresses and ports, and only the one that was sent again got "
               "through";
    for (size_t i = 0; i < ARRAY_SIZE(notes); i++)
        if (fact_is(file->known, notes[i].fact, YES))
            return notes[i].note;
    if (was_served_at_once(file->attempt))
        return "; the service says something there and closes the connection "
               "itself, before it is asked anything";
    if (view_counter(file->view, ROLE_DESTINATION, "TcpExt.SyncookiesSent",
                     NULL) > 0)
        return "; the destination sent SYN cookies during the trace: window "
               "scaling and selective acknowledgements may be lost";
    return "";
}

/* What closes it later than that was not seen. */
static void say_watched(const struct evidence *end, struct finding *finding)
{
    int64_t open_ms =
        end == NULL ? 0 : evidence_number(end, KEY_OPEN_US, 0) / 1000;
    char text[96];

    if (open_ms == 0 || evidence_word(end, KEY_FOLLOWED) != FOLLOWED_NOTHING)
        return;
    finding_add_number(finding, "watched_ms", open_ms);
    text_format(text, sizeof(text),
                "; it was watched for %lld ms, and not closed meanwhile",
                (long long)open_ms);
    finding_append(finding, "", text);
}

void sentence_connected(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    const struct attempt_view *attempt = file->attempt;
    char slow[128] = "";
    char left[96] = "";
    int64_t left_ms = explain_unaccepted_ms(file->view);
    int64_t took_us = attempt->end == NULL
                          ? 0
                          : evidence_number(attempt->end, KEY_CONNECT_US, 0);

    finding_cite(finding,
                 attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first);
    finding_cite(finding,
                 attempt->destination.packets[PACKET_ACK][DIRECTION_IN].first);
    if (took_us >= SLOW_US) {
        finding_add_number(finding, "connect_ms", took_us / 1000);
        text_format(slow, sizeof(slow),
                    ", but only after %lld ms: a program that waits less sees "
                    "a timeout",
                    (long long)took_us / 1000);
    }
    if (left_ms >= SLOW_MS) {
        finding_add_number(finding, "unaccepted_ms", left_ms);
        text_format(left, sizeof(left),
                    "; the service is slow: it left a connection unaccepted "
                    "for %lld ms",
                    (long long)left_ms);
    }
    finding_say(finding, "%s connects to %s port %u%s%s%s", words->source,
                words->destination, file->view->subject->port, slow, left,
                connected_note(file));
    say_watched(attempt->end, finding);
    explain_translated(file, finding);
    if (took_us >= SLOW_US)
        explain_delay(file, words, finding);
}

void fix_address(const struct case_file *file, const struct finding *finding,
                 struct judgement *out)
{
    const struct address *called = &file->view->subject->destination;
    const struct evidence *in = view_arrival(file->view, file->attempt);
    struct command_line line;

    if (fix_not_looked_up(file, finding->role, out))
        return;
    if (in == NULL &&
        fact_is(file->known, F(DESTINATION, ADDRESS_ASKED_FOR), YES))
        in = file->known->because[F(DESTINATION, ADDRESS_ASKED_FOR)];
    if (in == NULL || holders_second(file->view, finding->role) != NULL)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_fixed(&line, "addr add");
    command_prefix(&line, called, called->family == 6 ? 128 : 32);
    command_fixed(&line, "dev");
    command_device(&line, evidence_text(in, KEY_INTERFACE, ""));
    if (called->family == 6)
        command_fixed(&line, "nodad");
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "gives the host the address that the SYN asks for, and no network "
            "with it, for how long its prefix was is not known: where other "
            "hosts are reached by it, say that prefix in its place; not where "
            "another host has taken it over",
            &line);
}
