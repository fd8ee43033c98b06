#include "controller/engine/one_end.h"

#include <stdarg.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/answerer.h"
#include "controller/engine/view/answers.h"
#include "controller/engine/view/hops.h"

#define PLACE_SIZE   128
#define LATE_WORD_US 3200000

enum met /* by the SYN, as the source sees it */
{
    MET_OTHER, /* nothing that is told here */
    MET_SILENCE,
    MET_RESET,
};

struct place_words /* where it stops, and what it is called */
{
    char address[ADDRESS_TEXT_SIZE]; /* of the destination */
    char source[HOST_NAME_SIZE];
    unsigned port;
};

static struct place_words words_of(const struct view *view)
{
    struct place_words words = {.port = view->subject->port};
    char buffer[HOST_NAME_SIZE];

    address_print(&view->subject->destination, words.address);
    text_format(words.source, sizeof(words.source), "%s",
                explain_host(view, ROLE_SOURCE, buffer));
    return words;
}

static bool nobody_could_tell(const struct known *known)
{
    return !fact_is(known, F(DESTINATION, AGENT), YES) ||
           fact_is(known, F(DESTINATION, ANSWERER_UNTOLD), YES);
}

static enum met what_met(const struct known *known)
{
    static const fact_ref answers[] = {F(SOURCE, RST), F(SOURCE, ICMP),
                                       F(SOURCE, ARRIVED), NO_FACT};

    if (!nobody_could_tell(known) || !fact_is(known, F(SOURCE, SENT), YES) ||
        fact_is(known, F(SOURCE, CONNECTED), YES) ||
        fact_is(known, F(DESTINATION, ARRIVED), YES))
        return MET_OTHER;
    if (fact_is(known, F(SOURCE, RST), YES))
        return MET_RESET;
    return facts_all(known, answers, NO) ? MET_SILENCE : MET_OTHER;
}

bool one_end_asks_for_walk(const struct known *known)
{
    return what_met(known) != MET_OTHER;
}

/* --- why nobody at the destination could --- */

static void say_who_is_away(const struct view *view, struct finding *verdict)
{
    const struct subject *subject = view->subject;

    if (subject->absent_host[0] != '\0')
        finding_say(verdict,
                    "%s's agent is not connected to the controller (last seen "
                    "%s); ",
                    subject->absent_host,
                    subject->absent_seen[0] == '\0' ? "at no known time"
                                                    : subject->absent_seen);
    else if (subject->destination_host[0] == '\0')
        finding_say(verdict, "%s",
                    subject->named_is_agent
                        ? "the destination's agent took no part (see what was "
                          "not looked at); "
                        : "");
    else if (view->destination.capture_armed == NULL)
        finding_say(verdict,
                    "%s's agent fell silent: nothing came of it since the "
                    "trace began (a firewall that was loaded there just now "
                    "may not know its connection yet: trace again in 10 s; or "
                    "the fault cuts it off too); ",
                    subject->destination_host);
    else
        finding_say(verdict, "%s's agent fell silent during the trace; ",
                    subject->destination_host);
}

static void add(struct finding *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct finding *verdict, const char *format, ...)
{
    size_t used = strlen(verdict->summary);
    va_list arguments;

    va_start(arguments, format);
    text_format_list(verdict->summary + used, sizeof(verdict->summary) - used,
                     format, arguments);
    va_end(arguments);
}

static void print_hop(const struct evidence *hop, char *text, size_t size)
{
    struct address offender = evidence_address(hop, KEY_OFFENDER);
    char address[ADDRESS_TEXT_SIZE];

    text_format(text, size, "%s (hop %lld)", address_print(&offender, address),
                (long long)evidence_number(hop, KEY_TTL, 0));
}

/* --- silence --- */

static bool was_walked(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_PHASE &&
            view->items[i]->role == ROLE_SOURCE &&
            evidence_word(view->items[i], KEY_PHASE) == PHASE_WALKED)
            return true;
    return false;
}

/* The next hop's address; empty where it is not known. */
static void print_gateway(const struct view *view,
                          char text[static ADDRESS_TEXT_SIZE])
{
    const struct evidence *route = view->source.route;
    struct address gateway;

    text[0] = '\0';
    if (route == NULL || !evidence_has(route, KEY_GATEWAY))
        return;
    gateway = evidence_address(route, KEY_GATEWAY);
    address_print(&gateway, text);
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
    add(verdict,
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
    add(verdict,
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

    print_gateway(view, gateway);
    if (gateway[0] == '\0' || !was_walked(view)) {
        add(verdict,
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
    add(verdict,
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
    char last[ADDRESS_TEXT_SIZE + 48] = "";
    char place[PLACE_SIZE];
    char text[ADDRESS_TEXT_SIZE + 24];

    text_format(place, sizeof(place), "a filter at %s or on the way to it",
                words->address);
    if (hop != NULL) {
        print_hop(hop, text, sizeof(text));
        text_format(last, sizeof(last), ", at or behind %s", text);
        finding_cite(verdict, hop);
    }
    finding_add_text(verdict, "place", place);
    finding_add_text(verdict, "answers_on", answers);
    add(verdict,
        "no answer: the SYN left %s, and %s, which answers on %s, keeps silent "
        "on port %u: a filter by port drops it, on the way%s or on the host "
        "itself",
        words->source, words->address, answers, words->port, last);
}

static void say_silence(const struct view *view,
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
        add(verdict,
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

static void refused_at_the_end(const char *how, const struct place_words *words,
                               struct finding *verdict)
{
    verdict->role = ROLE_DESTINATION;
    verdict->stage = STAGE_SOCKET;
    finding_add_text(verdict, "place", words->address);
    add(verdict,
        "%s refuses the SYN with a reset (%s): nothing listens on port %u "
        "there, or a firewall there or just before it rejects it, which look "
        "alike from one end",
        words->address, how, words->port);
}

/* Whoever holds the address called is no farther away than that. */
static void say_is_gateway(const struct view *view,
                           const struct place_words *words,
                           struct finding *verdict)
{
    char gateway[ADDRESS_TEXT_SIZE];
    char place[PLACE_SIZE];

    print_gateway(view, gateway);
    text_format(place, sizeof(place), "at the gateway %s", gateway);
    finding_add_text(verdict, "gateway", gateway);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, view->source.neighbour);
    add(verdict,
        "the gateway %s itself refuses the SYN with a reset: it holds the "
        "address %s, or redirects this port to itself; nothing listens on the "
        "port there, or its firewall rejects it",
        gateway, words->address);
}

static void say_other_link(const struct view *view,
                           const struct evidence *reset,
                           const struct place_words *words,
                           struct finding *verdict)
{
    const char *link = evidence_text(reset, KEY_LINK_ADDRESS, "?");

    finding_add_text(verdict, "link_address", link);
    finding_cite(verdict, view->source.neighbour);
    add(verdict,
        "a reset came back in the name of %s with the link address %s, and "
        "%s's neighbour entry for it is %s: another device on this network "
        "answers for it, or it has two",
        words->address, link, words->source,
        evidence_text(view->source.neighbour, KEY_LINK_ADDRESS, "?"));
}

static void say_nearer(const struct answerer *answerer,
                       const struct place_words *words, struct finding *verdict)
{
    char hop[ADDRESS_TEXT_SIZE + 24];
    char place[PLACE_SIZE];

    print_hop(answerer->before, hop, sizeof(hop));
    text_format(place, sizeof(place), "at %s, or at %s", hop, words->address);
    finding_add_text(verdict, "suspect", hop);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, answerer->before);
    add(verdict,
        "a reset came back from %s (TTL %lld) by one router less than the way "
        "there has: %s rejects the SYN in its place, or the host itself "
        "refuses it and answers by a shorter way",
        words->address, (long long)answerer->ttl, hop);
}

static void say_reset(const struct view *view, const struct evidence *reset,
                      const struct place_words *words, struct finding *verdict)
{
    struct answerer answerer = answerer_find(view, reset);
    char how[PLACE_SIZE];

    finding_cite(verdict, reset);
    finding_cite(verdict, answerer.copy);
    finding_add_number(verdict, "ttl", answerer.ttl);
    switch (answerer.place) {
    case ANSWERER_NEIGHBOUR:
        text_format(how, sizeof(how),
                    "on %s's own network, from the link address %s",
                    words->source, evidence_text(reset, KEY_LINK_ADDRESS, "?"));
        refused_at_the_end(how, words, verdict);
        return;
    case ANSWERER_FITS:
        text_format(how, sizeof(how),
                    "TTL %lld, at hop %lld, where the way ends",
                    (long long)answerer.ttl,
                    (long long)evidence_number(answerer.copy, KEY_TTL, 0));
        refused_at_the_end(how, words, verdict);
        return;
    case ANSWERER_IS_GATEWAY: say_is_gateway(view, words, verdict); return;
    case ANSWERER_OTHER_LINK:
        say_other_link(view, reset, words, verdict);
        return;
    case ANSWERER_NEARER: say_nearer(&answerer, words, verdict); return;
    case ANSWERER_GATEWAY: /* which has a row */
    case ANSWERER_ODD:
    case ANSWERER_UNKNOWN: break;
    }
    add(verdict,
        "a reset came back from %s (TTL %lld, so by way of %d %s): nothing "
        "listens on port %u there, or a firewall on the way or there rejects "
        "it, and how far away that is the walk does not tell",
        words->address, (long long)answerer.ttl, answerer.routers,
        answerer.routers == 1 ? "router" : "routers", words->port);
}

void one_end_add(const struct view *view, const struct known *known,
                 const char *joint, struct finding *verdict)
{
    enum met met = what_met(known);
    struct place_words words = words_of(view);

    if (met != MET_OTHER)
        add(verdict, "%s", joint);
    if (met == MET_RESET)
        say_reset(view, known->because[F(SOURCE, RST)], &words, verdict);
    else if (met == MET_SILENCE)
        say_silence(view, &words, verdict);
}

bool one_end_fill(const struct view *view, const struct known *known,
                  struct finding *verdict)
{
    if (what_met(known) == MET_OTHER)
        return false;
    say_who_is_away(view, verdict);
    one_end_add(view, known, "", verdict);
    return true;
}

/* --- the next step --- */

static void step_of_silence(const struct view *view,
                            const struct place_words *words, char *text,
                            size_t size)
{
    const struct evidence *hop = hops_last(view, ROLE_SOURCE);
    char source[ADDRESS_TEXT_SIZE];
    char from[ADDRESS_TEXT_SIZE];

    print_gateway(view, from);
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

static void step_of_reset(const struct view *view, const struct known *known,
                          const struct place_words *words, char *text,
                          size_t size)
{
    struct answerer answerer =
        answerer_find(view, known->because[F(SOURCE, RST)]);
    char who[ADDRESS_TEXT_SIZE + 24];

    if (answerer.place == ANSWERER_IS_GATEWAY) {
        print_gateway(view, who);
        text_format(text, size,
                    "ask whoever runs %s whether %s is one of its addresses, "
                    "and whether it redirects tcp port %u",
                    who, words->address, words->port);
        return;
    }
    if (answerer.place == ANSWERER_NEARER) {
        print_hop(answerer.before, who, sizeof(who));
        text_format(text, size,
                    "ask whoever runs %s whether it rejects tcp port %u to %s; "
                    "if it does not, look on %s whether the service listens "
                    "there (ss -ltn)",
                    who, words->port, words->address, words->address);
        return;
    }
    text_format(text, size,
                "look on %s whether the service listens on port %u, and on "
                "that address (ss -ltn), then for a rule there that rejects "
                "it; an agent there tells which",
                words->address, words->port);
}

bool one_end_advise(const struct view *view, const struct known *known,
                    char *text, size_t size)
{
    enum met met = what_met(known);
    struct place_words words = words_of(view);

    if (met == MET_OTHER || view->subject->absent_host[0] != '\0' ||
        view->subject->destination_host[0] != '\0' ||
        view->subject->named_is_agent)
        return false; /* its agent is to be brought back first */
    if (met == MET_RESET)
        step_of_reset(view, known, &words, text, size);
    else
        step_of_silence(view, &words, text, size);
    return true;
}
