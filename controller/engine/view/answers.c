#include "controller/engine/view/answers.h"

#include <string.h>

#include "common/base/text.h"

static bool is_answer(const struct view *view, const struct evidence *item)
{
    struct address from = evidence_address(item, KEY_SOURCE);

    return item->kind == EVIDENCE_TRIAL && item->role == ROLE_SOURCE &&
           evidence_word(item, KEY_DIRECTION) == DIRECTION_IN &&
           evidence_has(item, KEY_PACKET) &&
           address_equal(&from, &view->subject->destination) &&
           evidence_number(item, KEY_SOURCE_PORT, 0) != view->subject->port;
}

const struct evidence *answers_list(const struct view *view, char *text,
                                    size_t size)
{
    const struct evidence *first = NULL;

    text[0] = '\0';
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        char name[32] = "ping";
        size_t used = strlen(text);

        if (!is_answer(view, item))
            continue;
        if (evidence_has(item, KEY_SOURCE_PORT))
            text_format(name, sizeof(name), "TCP port %lld",
                        (long long)evidence_number(item, KEY_SOURCE_PORT, 0));
        if (strstr(text, name) != NULL) /* it was tried twice */
            continue;
        text_format(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                    name);
        if (first == NULL)
            first = item;
    }
    return first;
}
