/* A reset came back: from how far away, so who may have sent it, and whom to
 * ask. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/one_end_parts.h"
#include "controller/engine/view/answerer.h"

static void refused_at_the_end(const char *how, const struct place_words *words,
                               struct finding *verdict)
{
    verdict->role = ROLE_DESTINATION;
    verdict->stage = STAGE_SOCKET;
    finding_add_text(verdict, "place", words->address);
    finding_say_more(
        verdict,
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

    one_end_print_gateway(view, gateway);
    text_format(place, sizeof(place), "at the gateway %s", gateway);
    finding_add_text(verdict, "gateway", gateway);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, view->source.neighbour);
    finding_say_more(
        verdict,
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
    finding_say_more(
        verdict,
        "a reset came back in the name of %s with the link address %s, and "
        "%s's neighbour entry for it is %s: another device on this network "
        "answers for it, or it has two",
        words->address, link, words->source,
        evidence_text(view->source.neighbour, KEY_LINK_ADDRESS, "?"));
}

static void say_nearer(const struct answerer *answerer,
                       const struct place_words *words, struct finding *verdict)
{
    char hop[HOP_TEXT_SIZE];
    char place[PLACE_SIZE];

    one_end_print_hop(answerer->before, hop);
    text_format(place, sizeof(place), "at %s, or at %s", hop, words->address);
    finding_add_text(verdict, "suspect", hop);
    finding_add_text(verdict, "place", place);
    finding_cite(verdict, answerer->before);
    finding_say_more(
        verdict,
        "a reset came back from %s (TTL %lld) by one router less than the way "
        "there has: %s rejects the SYN in its place, or the host itself "
        "refuses it and answers by a shorter way",
        words->address, (long long)answerer->ttl, hop);
}

void one_end_say_reset(const struct view *view, const struct evidence *reset,
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
    finding_say_more(
        verdict,
        "a reset came back from %s (TTL %lld, so by way of %d %s): nothing "
        "listens on port %u there, or a firewall on the way or there rejects "
        "it, and how far away that is the walk does not tell",
        words->address, (long long)answerer.ttl, answerer.routers,
        answerer.routers == 1 ? "router" : "routers", words->port);
}

void one_end_step_of_reset(const struct view *view,
                           const struct evidence *reset,
                           const struct place_words *words, char *text,
                           size_t size)
{
    struct answerer answerer = answerer_find(view, reset);
    char who[HOP_TEXT_SIZE];

    if (answerer.place == ANSWERER_IS_GATEWAY) {
        one_end_print_gateway(view, who);
        text_format(text, size,
                    "ask whoever runs %s whether %s is one of its addresses, "
                    "and whether it redirects tcp port %u",
                    who, words->address, words->port);
        return;
    }
    if (answerer.place == ANSWERER_NEARER) {
        one_end_print_hop(answerer.before, who);
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
