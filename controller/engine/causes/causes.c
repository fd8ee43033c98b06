#include "controller/engine/causes/causes.h"

#include <string.h>

#define CAUSE_INFO(name, text, meaning) {text, meaning},

const struct cause_info causes[CAUSE_COUNT] = {CAUSES(CAUSE_INFO)};

int cause_value(const char *name)
{
    for (int i = 0; i < CAUSE_COUNT; i++)
        if (strcmp(causes[i].name, name) == 0)
            return i;
    return -1;
}
