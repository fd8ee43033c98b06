/* A rule's own words; and why there are none. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/installed.h"

/* Of "the rules' texts are not known: why" the why. */
static const char *reason_of(const char *limit)
{
    static const char not_known[] = "not known: ";
    const char *found = strstr(limit, not_known);

    return found == NULL ? limit : found + strlen(not_known);
}

void finding_rule_words(const struct view *view, const struct evidence *rule,
                        char words[static EVIDENCE_TEXT_SIZE])
{
    static const char nft[] = "nft";
    const char *text = evidence_text(rule, KEY_RULE, NULL);
    enum role role = (enum role)rule->role;
    const struct evidence *limit = view_limit(view, role, "rule-trace");
    char why[256] = "";
    char host[HOST_NAME_SIZE];

    if (text != NULL) {
        text_format(words, EVIDENCE_TEXT_SIZE, "%s", text);
        return;
    }
    if (view_lacks(view, role, nft, sizeof(nft) - 1))
        text_format(why, sizeof(why), ": %s is not installed on %s", nft,
                    explain_host(view, role, host));
    else if (limit != NULL)
        text_format(why, sizeof(why), ": %s",
                    reason_of(evidence_text(limit, KEY_TEXT, "?")));
    text_format(words, EVIDENCE_TEXT_SIZE,
                "with handle %lld (its text is not known%s)",
                (long long)evidence_number(rule, KEY_HANDLE, 0), why);
}
