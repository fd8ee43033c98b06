#include "controller/engine/view/limits.h"

#include <string.h>

static const char *what_decides(const struct evidence *rule)
{
    return evidence_has(rule, KEY_LIMITER)
               ? word_name(&limiter_words, evidence_word(rule, KEY_LIMITER))
               : NULL;
}

/* The limiter may be in the rule that lets the others pass; the first. */
static const struct evidence *limiting_accept(const struct view *view,
                                              const struct evidence *drop)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_RULE && item->role == drop->role &&
            evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT &&
            evidence_word(item, KEY_STAGE) == evidence_word(drop, KEY_STAGE) &&
            evidence_word(item, KEY_PACKET) ==
                evidence_word(drop, KEY_PACKET) &&
            strcmp(evidence_text(item, KEY_TABLE, ""),
                   evidence_text(drop, KEY_TABLE, "")) == 0 &&
            what_decides(item) != NULL && view_is_earlier(item, found))
            found = item;
    }
    return found;
}

const struct evidence *limits_of(const struct view *view,
                                 const struct evidence *rule,
                                 const char **follows)
{
    const struct evidence *limiter = rule;

    *follows = rule == NULL ? NULL : what_decides(rule);
    if (rule != NULL && *follows == NULL && evidence_has(rule, KEY_CHAIN)) {
        limiter = limiting_accept(view, rule);
        *follows = limiter == NULL ? NULL : what_decides(limiter);
    }
    return *follows == NULL ? NULL : limiter;
}
