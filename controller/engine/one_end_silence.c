/* Nothing came back to the SYN: as far as the walk saw the way, what else answers
 * at the called address, and whom to ask. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/one_end_parts.h"
#include "controller/engine/view/answers.h"
#include "controller/engine/view/hops.h"

#define LATE_WORD_US 3200000

static bool was_walked(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_PHASE &&
            view->items[i]->role == ROLE_SOURCE &&
            evidence_word(view->items[i], KEY_PHASE) == PHASE_WALKED)
            return true;
    return false;
}

static void say_on_link(const struct view *view,
                        const struct place_words *words,
                        struct finding *verdict)
{
    const struct evidence *entry = view->source.neighbour;
    const char *link =
        entry == NULL ? NULL : evidence_text(entry, KEY_LINK_ADDRESS, NULL);

    finding_add_text(verdict, "link_address", link);
    finding_add_text(verdict, "place", words->address);
    finding_cite(verdict, entry);
    finding_say_more(
        verdict,
        "no answer: the SYN left %s for %s, which is on its own network%s%s%s: "
        "its firewall drops the SYN, or its answer goes another way or is "
        "dropped",
        words->source, words->address,
        link == NULL ? "" : " and answers for its link address (",
        link == NULL ? "" : link, link == NULL ? "" : ")");
}

/* A router that asks for the address in vain says so after three seconds. */
static const char *when_nobody_has_it(const struct view *view)
{
    int64_t waited_us = 0;

    for (unsigned n = 1; n <= view->attempt_count; n++) {
        const struct evidence *end = view->attempts[n].end;
        int64_t own_us =
            end == NULL ? 0 : evidence_number(end, KEY_CONNECT_US, 0);

        if (own_us > waited_us)
            waited_us = own_us;
    }
    return waited_us > LATE_WORD_US
               ? ", though no router says that nobody has that address"
               : ", or because nobody has that address (a router would say so "
                 "after 3 s, for which --timeout 15 waits)";
}

static void say_behind(const struct view *view, const struct evidence *hop,
                       const struct place_words *words, struct finding *verdict)
{
    long long ttl = (long long)evidence_number(hop, KEY_TTL, 0);
    struct address offender = evidence_address(hop, KEY_OFFENDER);
    char address[ADDRESS_TEXT_SIZE];
    char place[PLACE_SIZE];

    address_print(&offender, address);
    text_format(place, sizeof(place),
                "at or behind %s (hop %lld), or on the way back", address, ttl);
    finding_add_text(verdict, "last_hop", address);
    finding_add_number(verdict, "hop_number", ttl);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, hop);
    finding_say_more(
        verdict,
        "no answer: the SYN left %s, and %s is the last hop that answers (hop "
        "%lld): at or behind it the SYN is lost, or its answer is: by a filter "
        "on the way or by the firewall of %s%s",
        words->source, address, ttl, words->address, when_nobody_has_it(view));
}

static void say_no_hop(const struct view *view, const struct place_words *words,
                       struct finding *verdict)
{
    char gateway[ADDRESS_TEXT_SIZE];
    char place[PLACE_SIZE];

    one_end_print_gateway(view, gateway);
    if (gateway[0] == '\0' || !was_walked(view)) {
        finding_say_more(
            verdict,
            "no answer: the SYN left %s%s%s; it is lost on the way or at %s, "
            "or its answer is",
            words->source, gateway[0] == '\0' ? "" : " for the gateway ",
            gateway, words->address);
        return;
    }
    text_format(place, sizeof(place),
                "at or behind the gateway %s, or on the way back", gateway);
    finding_add_text(verdict, "gateway", gateway);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, view->source.route);
    finding_say_more(
        verdict,
        "no answer: the SYN left %s for the gateway %s, and no hop answers, "
        "not even that gateway: it does not pass packets on, or it and all "
        "behind it keep silent, and a filter on the way or at %s drops the SYN "
        "or its answer",
        words->source, gateway, words->address);
}

/* The host is there, and the port is what is filtered. */
static void say_port(const char *answers, const struct evidence *hop,
                     const struct place_words *words, struct finding *verdict)
{
    char last[HOP_TEXT_SIZE + 24] = "";
    char place[PLACE_SIZE];
    char text[HOP_TEXT_SIZE];

    text_format(place, sizeof(place), "a filter at %s or on the way to it",
                words->address);
    if (hop != NULL) {
        one_end_print_hop(hop, text);
        text_format(last, sizeof(last), ", at or behind %s", text);
        finding_cite(verdict, hop);
    }
    finding_add_text(verdict, "place", place);
    finding_add_text(verdict, "answers_on", answers);
    finding_say_more(
        verdict,
        "no answer: the SYN left %s, and %s, which answers on %s, keeps silent "
        "on port %u: a filter by port drops it, on the way%s or on the host "
        "itself",
        words->source, words->address, answers, words->port, last);
}

void one_end_say_silence(const struct view *view,
                         const struct place_words *words,
                         struct finding *verdict)
{
    const struct evidence *route = view->source.route;
    const struct evidence *copy = hops_far_answer(view, ROLE_SOURCE);
    const struct evidence *hop = hops_last(view, ROLE_SOURCE);
    char answers[128];
    const struct evidence *other = answers_list(view, answers, sizeof(answers));

    finding_cite(verdict, view->source.capture_after);
    if (other != NULL) {
        finding_cite(verdict, other);
        say_port(answers, hop, words, verdict);
    } else if (copy != NULL) {
        finding_cite(verdict, copy);
        finding_say_more(
            verdict,
            "no answer to the SYN that left %s, but to a bare copy of it: what "
            "stops it looks at more than addresses and port (TCP options, ECN, "
            "what it saw before), or lets some through",
            words->source);
    } else if (hop != NULL) {
        say_behind(view, hop, words, verdict);
    } else if (route != NULL && !evidence_has(route, KEY_GATEWAY)) {
        say_on_link(view, words, verdict);
    } else {
        say_no_hop(view, words, verdict);
    }
}

void one_end_step_of_silence(const struct view *view,
                             const struct place_words *words, char *text,
                             size_t size)
{
    const struct evidence *hop = hops_last(view, ROLE_SOURCE);
    char source[ADDRESS_TEXT_SIZE];
    char from[ADDRESS_TEXT_SIZE];

    one_end_print_gateway(view, from);
    if (hop == NULL && from[0] != '\0' && was_walked(view)) {
        text_format(text, size,
                    "see on %s whether %s is the right gateway (ip route get "
                    "%s) and passes packets on; if it is, have whoever runs %s "
                    "look whether the SYN comes there (tcpdump), or install an "
                    "agent there",
                    words->source, from, words->address, words->address);
        return;
    }
    text_format(
        text, size,
        "have whoever runs %s look for the SYN there (tcpdump -ni any "
        "'host %s and tcp port %u'), or install an agent there: if none "
        "comes, a filter on the way%s, such as a security group, is to "
        "let tcp port %u in from %s; if it comes, its own firewall is",
        words->address, address_print(&view->subject->source, source),
        words->port, hop == NULL ? "" : ", from the last hop on", words->port,
        source);
}
