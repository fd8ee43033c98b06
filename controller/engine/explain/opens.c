#include "controller/engine/explain/opens.h"

#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/facts.h"

const char *const opens_names[OPENS_COUNT] = {"nothing", "connection", "others",
                                              "everyone"};

static void add(struct fix *fix, const char *joint, const char *text)
{
    size_t used = strlen(fix->explanation);

    text_format(fix->explanation + used, sizeof(fix->explanation) - used,
                "%s%s", joint, text);
}

/* Under which address does the mended rule know the source, and who shares it?
 * False where it is the source's own. */
static bool is_shared(const struct case_file *file,
                      const struct finding *finding, char *text, size_t size)
{
    const struct view *view = file->view;
    const char *source = view->subject->source_host;
    struct way way = way_of(file, finding);
    struct address seen = finding->packet == PACKET_SYN_ACK ? way.to : way.from;
    char address[ADDRESS_TEXT_SIZE];

    if (finding->role != ROLE_DESTINATION || !address_is_set(&seen) ||
        !address_is_set(&view->subject->source) ||
        address_equal(&seen, &view->subject->source))
        return false;
    address_print(&seen, address);
    if (facts_own_address(view, ROLE_SOURCE, &seen) == NULL)
        text_format(text, size,
                    "%s is not %s's own address: source NAT on the way gives "
                    "it to others too, and they are let in as well",
                    address, source);
    else if (view_is_inside(view))
        text_format(text, size,
                    "all namespaces and containers of %s share %s, and are let "
                    "in as well",
                    source, address);
    else
        return false;
    return true;
}

void opens_say(const struct case_file *file, const struct finding *finding,
               size_t first, struct judgement *out)
{
    char shared[JUDGEMENT_TEXT_SIZE];

    for (size_t i = first; i < out->fix_count; i++) {
        struct fix *fix = &out->fixes[i];

        if (fix->opens == OPENS_CONNECTION &&
            is_shared(file, finding, shared, sizeof(shared))) {
            fix->opens = OPENS_OTHERS;
            add(fix, "; ", shared);
        } else if (fix->opens == OPENS_OTHERS) {
            add(fix, "; ",
                "this lets in others too, not this connection alone");
        } else if (fix->opens == OPENS_EVERYONE) {
            add(fix, "; ",
                "this opens the way for everyone whom no rule stops, not for "
                "this connection alone");
        }
    }
}
