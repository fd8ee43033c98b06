#include "agent/observe/owner_rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"

static bool is_of_owner(const char *rule)
{
    static const char *const words[] = {
        "skuid ",       "skgid ",       "socket cgroupv2", "meta cgroup",
        "--uid-owner ", "--gid-owner ", "-m cgroup",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strstr(rule, words[i]) != NULL)
            return true;
    return false;
}

/* One number after "dport"; a set, a range or a list may hold any. */
static bool is_for_other_port(const char *rule, uint16_t port)
{
    const char *at = strstr(rule, "dport");
    unsigned long number;
    char *end;

    if (at == NULL)
        return false;
    at += strlen("dport");
    at += strspn(at, "s ");
    if (!isdigit((unsigned char)*at))
        return false;
    number = strtoul(at, &end, 10);
    return (*end == ' ' || *end == '\0') && number != port;
}

bool owner_rules_concerns(const char *rule, uint16_t port)
{
    return is_of_owner(rule) && !is_for_other_port(rule, port);
}
