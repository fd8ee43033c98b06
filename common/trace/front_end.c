#include "common/trace/front_end.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/trace/evidence.h"

/* clang-format off */

/* The names that are a front end's own; the first that fits counts. */
static const struct
{
    enum front_end owner;
    enum evidence_key key;
    const char *pattern;
} names[] = {
    {FRONT_END_FAIL2BAN, KEY_TABLE, "f2b-*"},
    {FRONT_END_FAIL2BAN, KEY_CHAIN, "f2b-*"},
    {FRONT_END_FAIL2BAN, KEY_CHAIN, "fail2ban-*"},
    {FRONT_END_FIREWALLD, KEY_TABLE, "firewalld"},
    {FRONT_END_FIREWALLD, KEY_TABLE, "firewalld_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "*_ZONES"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "*_ZONES_SOURCE"}, /* before 0.9 */
    {FRONT_END_FIREWALLD, KEY_CHAIN, "*_POLICIES_pre"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "*_POLICIES_post"},
    {FRONT_END_UFW, KEY_CHAIN, "ufw-*"},
    {FRONT_END_UFW, KEY_CHAIN, "ufw6-*"},
    {FRONT_END_DOCKER, KEY_CHAIN, "DOCKER"},
    {FRONT_END_DOCKER, KEY_CHAIN, "DOCKER-*"},
};

/* What only the company tells: policies of built-in chains, and chains named
 * after zones.  Of two that may have set a policy, the one whose
 * default it is stands first. */
static const struct
{
    enum front_end owner;
    enum evidence_key key; /* KEY_POLICY: of a chain that fits */
    const char *pattern;
} companions[] = {
    {FRONT_END_FIREWALLD, KEY_CHAIN, "IN_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "FWD_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "FWDI_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "FWDO_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "OUT_*"},
    {FRONT_END_FIREWALLD, KEY_CHAIN, "PRE_*"},
    {FRONT_END_UFW, KEY_POLICY, "INPUT"},
    {FRONT_END_UFW, KEY_POLICY, "FORWARD"},
    {FRONT_END_UFW, KEY_POLICY, "OUTPUT"},
    {FRONT_END_DOCKER, KEY_POLICY, "FORWARD"},
};

/* clang-format on */

static bool fits(const struct evidence *rule, enum evidence_key key,
                 const char *pattern)
{
    if (key == KEY_POLICY) {
        if (evidence_number(rule, KEY_POLICY, 0) == 0)
            return false;
        key = KEY_CHAIN;
    }
    return fnmatch(pattern, evidence_text(rule, key, ""), 0) == 0;
}

enum front_end front_end_of_rule(const struct evidence *rule, unsigned passed)
{
    int resembles = evidence_has(rule, KEY_RESEMBLES)
                        ? evidence_word(rule, KEY_RESEMBLES)
                        : FRONT_END_NONE;

    if (evidence_has(rule, KEY_FRONT_END))
        return (enum front_end)evidence_word(rule, KEY_FRONT_END);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (fits(rule, names[i].key, names[i].pattern))
            return names[i].owner;
    if (resembles != FRONT_END_NONE && (passed & FRONT_END_BIT(resembles)) != 0)
        return (enum front_end)resembles;
    for (size_t i = 0; i < ARRAY_SIZE(companions); i++)
        if ((passed & FRONT_END_BIT(companions[i].owner)) != 0 &&
            fits(rule, companions[i].key, companions[i].pattern))
            return companions[i].owner;
    return FRONT_END_NONE;
}

unsigned front_end_of_chain(const char *chain)
{
    unsigned owners = 0;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].key == KEY_CHAIN &&
            fnmatch(names[i].pattern, chain, 0) == 0)
            owners |= FRONT_END_BIT(names[i].owner);
    return owners;
}

unsigned front_end_passed(const struct evidence *step)
{
    return front_end_of_chain(evidence_text(step, KEY_CHAIN, "")) |
           front_end_of_chain(evidence_text(step, KEY_TARGET, ""));
}

bool front_end_is_deadly(const struct evidence *rule)
{
    const char *target = evidence_text(rule, KEY_TARGET, "");

    if (rule->kind == EVIDENCE_RULE)
        return evidence_word(rule, KEY_VERDICT) == VERDICT_DROP;
    if (rule->kind == EVIDENCE_FORESEEN)
        return true;
    return rule->kind == EVIDENCE_RULE_COUNTER &&
           (strcmp(target, "drop") == 0 || strcmp(target, "reject") == 0);
}

/* What stands before the name, the longer first. */
static const char *skip_any(const char *text, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++)
        if (strncmp(text, *prefixes, strlen(*prefixes)) == 0)
            return text + strlen(*prefixes);
    return text;
}

bool front_end_zone(const char *chain, struct front_end_zone *out)
{
    static const char *const tables[] = {"filter_", "mangle_", "nat_", "raw_",
                                         NULL};
    static const char *const hooks[] = {"IN_",  "FWDI_", "FWDO_", "FWD_",
                                        "OUT_", "PRE_",  "POST_", NULL};
    static const char *const policies[] = {"policy_", NULL};
    static const char *const parts[] = {"pre", "log", "deny", "allow", "post"};
    const char *at = skip_any(chain, tables);
    const char *name = skip_any(at, hooks);
    const char *end;

    if (name == at || strlen(name) >= FRONT_END_NAME_SIZE)
        return false;
    at = name;
    name = skip_any(at, policies);
    out->is_policy = name != at;
    out->part = "";
    end = strrchr(name, '_');
    for (size_t i = 0; end != NULL && i < ARRAY_SIZE(parts); i++)
        if (strcmp(end + 1, parts[i]) == 0)
            out->part = parts[i];
    if (out->part[0] == '\0')
        end = name + strlen(name);
    snprintf(out->name, sizeof(out->name), "%.*s", (int)(end - name), name);
    return end > name;
}
