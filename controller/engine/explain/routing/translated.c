/* What was translated on the way of a connection that opened all the same: told,
 * since rules, logs and fixes know it under those addresses. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* The SYN came in under another source address than the source's. */
static void say_source(const struct case_file *file, const struct evidence *syn,
                       struct finding *finding)
{
    const struct subject *subject = file->view->subject;
    struct address from = evidence_address(syn, KEY_SOURCE);
    char address[ADDRESS_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE / 2];

    if (!address_is_set(&subject->source) ||
        address_equal(&from, &subject->source))
        return;
    finding_add_text(finding, "arrived_from", address_print(&from, address));
    text_format(text, sizeof(text),
                "source NAT: the SYN comes to the destination from %s",
                address);
    finding_append(finding, "; ", text);
}

/* Or for another address or port than was called. */
static void say_target(const struct case_file *file, const struct evidence *syn,
                       struct finding *finding)
{
    const struct subject *subject = file->view->subject;
    struct address to = evidence_address(syn, KEY_DESTINATION);
    unsigned port =
        (unsigned)evidence_number(syn, KEY_DESTINATION_PORT, subject->port);
    char address[ADDRESS_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE / 2];

    if (address_equal(&to, &subject->destination) && port == subject->port)
        return;
    finding_add_text(finding, "arrived_for", address_print(&to, address));
    finding_add_number(finding, "arrived_port", port);
    text_format(text, sizeof(text),
                "destination NAT: the SYN comes to the destination for %s port "
                "%u",
                address, port);
    finding_append(finding, "; ", text);
}

/* A rule of the destination's own. */
static void say_rule(const struct case_file *file, struct finding *finding)
{
    const struct view *view = file->view;
    int64_t attempt = file->attempt - view->attempts;
    char words[EVIDENCE_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE / 2];

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *rule = view->items[i];

        if (rule->kind != EVIDENCE_RULE || rule->role != ROLE_DESTINATION ||
            !evidence_has(rule, KEY_TRANSLATES) ||
            evidence_word(rule, KEY_PACKET) != PACKET_SYN ||
            evidence_number(rule, KEY_ATTEMPT, 0) != attempt)
            continue;
        finding_rule_words(view, rule, words);
        finding_add_text(finding, "translating_rule",
                         evidence_text(rule, KEY_RULE, NULL));
        text_format(text, sizeof(text),
                    "the destination's own rule translates it: table %s %s, "
                    "chain %s, %s",
                    evidence_text(rule, KEY_FIREWALL_FAMILY, "?"),
                    evidence_text(rule, KEY_TABLE, "?"),
                    evidence_text(rule, KEY_CHAIN, "?"), words);
        finding_append(finding, "; ", text);
        finding_cite(finding, rule);
        return;
    }
}

void explain_translated(const struct case_file *file, struct finding *finding)
{
    const struct evidence *syn =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    if (syn != NULL) {
        say_source(file, syn, finding);
        say_target(file, syn, finding);
    }
    say_rule(file, finding);
}
