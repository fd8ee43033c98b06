#include "controller/engine/causes/causes.h"

#include <stddef.h>
#include <string.h>

#define CAUSE_INFO(name, text, meaning, sentence, fix, advise, advice) \
    {text, meaning, sentence, fix, advise, advice},

const struct cause_info causes[CAUSE_COUNT] = {CAUSES(CAUSE_INFO)};

const struct cause_group cause_groups[CAUSE_GROUP_COUNT] = {
    {CAUSE_CONNECTED, "No fault, or none that is known"},
    {CAUSE_NAME_NOT_RESOLVED, "Name and source socket"},
    {CAUSE_NO_ROUTE, "Routing and neighbour"},
    {CAUSE_FIREWALL_DROP, "Filters on a host"},
    {CAUSE_HOST_DOWN, "Arrival"},
    {CAUSE_NOT_LISTENING, "Listener and TCP"},
    {CAUSE_LOST_ON_PATH, "Between the hosts"},
};

int cause_value(const char *name)
{
    for (int i = 0; i < CAUSE_COUNT; i++)
        if (strcmp(causes[i].name, name) == 0)
            return i;
    return -1;
}
