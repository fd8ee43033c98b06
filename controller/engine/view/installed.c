#include "controller/engine/view/installed.h"

#include <string.h>

static bool has_word(const char *words, const char *name, size_t size)
{
    for (const char *at = words; *at != '\0';) {
        size_t length = strcspn(at, " ");

        if (length == size && memcmp(at, name, size) == 0)
            return true;
        at += length + strspn(at + length, " ");
    }
    return false;
}

bool view_lacks(const struct view *view, enum role role, const char *name,
                size_t size)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_NOT_INSTALLED &&
            (enum role)item->role == role &&
            has_word(evidence_text(item, KEY_TEXT, ""), name, size))
            return true;
    }
    return false;
}
