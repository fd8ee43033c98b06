/* The name that was called: what is said of it, and which command mends it. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

static const struct address *right_address(const struct subject *subject)
{
    return subject->destination.family == 6 ? &subject->primary6
                                            : &subject->primary4;
}

static void add_right_address(const struct view *view, struct finding *finding)
{
    const struct address *right = right_address(view->subject);
    const struct evidence *resolved = view->resolved;
    char text[JUDGEMENT_TEXT_SIZE];

    if (address_is_set(right))
        finding_add_text(finding, "right_address", address_print(right, text));
    if (resolved == NULL || !evidence_has(resolved, KEY_PATH))
        return;
    finding_cite(finding, resolved);
    text_format(text, sizeof(text), "%s, line %lld",
                evidence_text(resolved, KEY_PATH, ""),
                (long long)evidence_number(resolved, KEY_POSITION, 0));
    finding_add_text(finding, "stands_in", text);
}

/* A line that is this name's alone. */
void fix_names(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    const struct evidence *resolved = file->view->resolved;
    const struct address *right = right_address(file->view->subject);
    struct command_line line;
    struct address old;

    if (resolved == NULL || !address_is_set(right) ||
        evidence_number(resolved, KEY_COUNT, 0) != 1 ||
        strcmp(evidence_text(resolved, KEY_PATH, ""), "/etc/hosts") != 0)
        return;
    old = evidence_address(resolved, KEY_ADDRESS);
    command_edit_hosts(&line, evidence_text(resolved, KEY_NAME, ""), &old,
                       right);
    fix_add(out, finding->role, OPENS_NOTHING, "permanent",
            "gives the name the address that the host uses itself", &line);
}

/* What keeps on the source what goes to the name's address; empty: nothing. */
static void print_stop(const struct case_file *file, const struct words *words,
                       char *text, size_t size)
{
    const struct evidence *stop =
        file->known->because[F(SOURCE, STOPPED_BY_ADDRESS)];
    const char *rule = stop == NULL ? "" : evidence_text(stop, KEY_RULE, "");

    text[0] = '\0';
    if (!fact_is(file->known, F(SOURCE, STOPPED_BY_ADDRESS), YES) ||
        stop == NULL)
        return;
    if (fact_is(file->known, F(SOURCE, HOLDS_PEER), YES))
        text_format(text, size, ": it is one of %s's own addresses",
                    words->source);
    else if (stop->kind != EVIDENCE_ROUTE)
        text_format(text, size,
                    "; a rule for that address stops what goes there on %s "
                    "itself: %s",
                    words->source, rule);
    else if (rule[0] != '\0')
        text_format(text, size,
                    "; the policy rule '%s' stops what goes there on %s itself",
                    rule, words->source);
    else if (fact_is(file->known, F(SOURCE, NEIGHBOUR_FAILED), YES))
        text_format(text, size, "; %s on %s's link %s answers for it",
                    fact_is(file->known, F(SOURCE, ON_LINK), YES)
                        ? "nobody"
                        : "no gateway",
                    words->source, evidence_text(stop, KEY_INTERFACE, "?"));
    else
        text_format(text, size,
                    "; a route of type %s for that address stops what goes "
                    "there on %s itself",
                    evidence_text(stop, KEY_ROUTE_TYPE, "?"), words->source);
}

void sentence_names(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const char *name = file->view->subject->named_as;
    char stop[JUDGEMENT_TEXT_SIZE / 2];

    finding_add_text(finding, "name", name);
    if (finding->cause == CAUSE_NAME_NOT_RESOLVED) {
        const char *answer =
            file->decider == NULL
                ? "no reason given"
                : evidence_text(file->decider, KEY_TEXT, "no reason given");

        finding_add_text(finding, "resolver_says", answer);
        finding_say(finding, "%s's resolver gives no address for %s: %s",
                    words->host, name, answer);
        return;
    }
    finding_add_text(finding, "address", words->destination_address);
    add_right_address(file->view, finding);
    print_stop(file, words, stop, sizeof(stop));
    finding_say(finding, "%s resolves %s to %s, which %s does not own%s",
                words->source, name, words->destination_address,
                words->destination, stop);
}

void explain_name(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    char right[ADDRESS_TEXT_SIZE + 32];
    const struct address *own = right_address(file->view->subject);

    if (finding->packet != PACKET_SYN || finding->role == ROLE_DESTINATION ||
        finding->cause == CAUSE_NAME_RESOLVES_ELSEWHERE ||
        !fact_is(file->known, F(SOURCE, NAME_ELSEWHERE), YES) ||
        fact_is(file->known, F(SOURCE, NAME_LEADS_THERE), YES))
        return;
    right[0] = '\0';
    if (address_is_set(own)) {
        text_format(right, sizeof(right), " (its own is ");
        address_print(own, right + strlen(right));
        text_format(right + strlen(right), sizeof(right) - strlen(right), ")");
    }
    finding_cite(finding, file->known->because[F(SOURCE, NAME_ELSEWHERE)]);
    finding_append(finding,
                   "; besides, the name may be wrong: ", words->source);
    finding_append(finding, " resolves ", file->view->subject->named_as);
    finding_append(finding, " to ", words->destination_address);
    finding_append(finding, ", which ", words->destination);
    finding_append(finding, " does not own", right);
}
