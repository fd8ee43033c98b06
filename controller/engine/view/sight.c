#include "controller/engine/view/view.h"

void sight_count(struct sight *sight, const struct evidence *evidence)
{
    bool is_new = sight->last == NULL ||
                  evidence->at_ns - sight->last->at_ns >= SIGHT_AGAIN_NS;

    if (is_new && sight->first != NULL)
        sight->again = evidence;
    if (sight->first == NULL)
        sight->first = evidence;
    sight->last = evidence;
    sight->count++;
    sight->rounds += is_new;
}
