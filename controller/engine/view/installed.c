#include "controller/engine/view/installed.h"

#include "common/base/text.h"

bool view_lacks(const struct view *view, enum role role, const char *name,
                size_t size)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_NOT_INSTALLED &&
            (enum role)item->role == role &&
            text_list_holds(evidence_text(item, KEY_TEXT, ""), ' ', name, size))
            return true;
    }
    return false;
}
