/* A firewall's doing that no observer saw a rule do. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/firewall/front_end.h"
#include "controller/engine/explain/sentences.h"

/* What is known to be a firewall's doing, but not which rule's, by the rules as
 * they stand: the first that would do that there.  NULL: none is known. */
static const struct evidence *find_foreseen(const struct case_file *file,
                                            const struct finding *finding)
{
    const char *target =
        finding->cause == CAUSE_FIREWALL_REJECT ? "reject" : "drop";
    const struct evidence *found = NULL;

    for (size_t i = 0; i < file->view->count; i++) {
        const struct evidence *item = file->view->items[i];

        if (item->kind == EVIDENCE_FORESEEN &&
            (enum role)item->role == finding->role &&
            evidence_word(item, KEY_STAGE) == (int)finding->stage &&
            evidence_word(item, KEY_PACKET) == (int)finding->packet &&
            strcmp(evidence_text(item, KEY_TARGET, ""), target) == 0 &&
            (found == NULL || evidence_number(item, KEY_INDEX, 0) <
                                  evidence_number(found, KEY_INDEX, 0)))
            found = item;
    }
    return found;
}

struct case_file explain_with_rule(const struct case_file *file,
                                   const struct finding *finding)
{
    struct case_file told = *file;

    if (told.decider == NULL || !evidence_has(told.decider, KEY_CHAIN))
        told.decider = find_foreseen(file, finding);
    return told;
}

void explain_unseen_rule(const struct case_file *file,
                         const struct words *words, const char *verb,
                         struct finding *finding)
{
    const struct evidence *unread = NULL;
    char why[JUDGEMENT_TEXT_SIZE / 2] = "";
    bool told = file->decider != NULL && file->decider->kind == EVIDENCE_DROP;
    struct case_file by_rule = explain_with_rule(file, finding);
    char rule[JUDGEMENT_TEXT_SIZE] = "";
    char place[JUDGEMENT_TEXT_SIZE];
    char whose[JUDGEMENT_TEXT_SIZE / 2];

    if (by_rule.decider != NULL) {
        finding_name_rule(file->view, by_rule.decider, finding, place,
                          sizeof(place));
        front_end_name(&by_rule, words, finding, whose, sizeof(whose));
        finding_cite(finding, by_rule.decider);
        text_format(rule, sizeof(rule), "by the rules as they stand, it is %s",
                    place);
    } else
        unread = view_limit(file->view, finding->role, "rule-counters");
    if (unread != NULL)
        text_format(why, sizeof(why), " (%s)",
                    evidence_text(unread, KEY_TEXT, "?"));
    if (told)
        finding_say(
            finding, "%s's netfilter %s the %s at %s: the kernel says so%s%s%s",
            words->host, verb, words->packet,
            word_name(&stage_words, (int)finding->stage),
            rule[0] == '\0' ? ", but not which rule it was" : "; ", rule, why);
    else
        finding_say(finding, "a firewall on %s most likely %s the %s: %s",
                    words->host, verb, words->packet,
                    rule[0] == '\0' ? "nothing else on the host explains it"
                                    : rule);
}
