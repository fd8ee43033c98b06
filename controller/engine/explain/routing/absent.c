/* What is missing in a host's own tables of routing, and shows in no lookup: the
 * entry of an address that it holds, the rule that leads to a table.  What is
 * said, and which command puts it back. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/ways.h"

/* The host's own lookup of an address that it holds, if that goes wrong. */
static const struct evidence *not_looked_up(const struct case_file *file,
                                            enum role role)
{
    fact_ref asked = fact_at(role, FACT_NOT_LOOKED_UP);

    return fact_is(file->known, asked, YES) ? file->known->because[asked]
                                            : NULL;
}

/* Why an address that the host holds is not looked up as its own. */
enum astray
{
    MISSING_ENTRY,
    MISSING_RULE,
    LATE_RULE, /* another one comes before it */
    REJECTED   /* a route or rule of that type stands there */
};

static enum astray why_astray(const struct evidence *onward)
{
    if (evidence_has(onward, KEY_RULED))
        return evidence_number(onward, KEY_RULED, 0) != 0 ? LATE_RULE
                                                          : MISSING_RULE;
    return ways_rejects(onward) ? REJECTED : MISSING_ENTRY;
}

static const struct
{
    const char *missing;
    const char *why;
    const char *mends;
} astrays[] = {
    [MISSING_ENTRY] = {"route in table local",
                       "the address is missing in its table 'local', by which "
                       "routing knows it",
                       "puts the address back into the table of the host's "
                       "own"},
    [MISSING_RULE] = {"rule to table local",
                      "the policy rule 'pref 0 lookup local', which leads to "
                      "its table of own addresses, is missing",
                      "puts back the rule by which the host finds its own "
                      "addresses"},
    [LATE_RULE] = {"rule to table local before all others",
                   "another policy rule comes before the one that leads to its "
                   "table of own addresses",
                   "lets the host look for its own addresses first"},
    [REJECTED] = {"route in table local",
                  "a route or policy rule that rejects it stands in its place",
                  NULL},
};

bool explain_not_looked_up(const struct case_file *file,
                           const struct words *words, struct finding *finding)
{
    const struct evidence *onward = not_looked_up(file, finding->role);
    const struct evidence *held;
    const char *device;
    enum astray why;
    char address[ADDRESS_TEXT_SIZE];
    struct address own;

    if (onward == NULL)
        return false;
    why = why_astray(onward);
    own = evidence_address(onward, KEY_ADDRESS);
    held = facts_own_address(file->view, finding->role, &own);
    device = evidence_text(held, KEY_INTERFACE, "?");
    finding_add_text(finding, "address", address_print(&own, address));
    finding_add_text(finding, "interface", device);
    finding_add_text(finding, "missing", astrays[why].missing);
    if (why == LATE_RULE || why == REJECTED)
        finding_add_text(finding, "route_type",
                         evidence_text(onward, KEY_ROUTE_TYPE, ""));
    finding_cite(finding, onward);
    finding_cite(finding, held);
    finding_say(finding,
                "%s holds %s on %s, and yet does not take what is sent there "
                "for its own: %s",
                words->host, address, device, astrays[why].why);
    return true;
}

bool fix_not_looked_up(const struct case_file *file, enum role role,
                       struct judgement *out)
{
    const struct evidence *onward = not_looked_up(file, role);
    const struct evidence *held;
    struct command_line line;
    struct address own;
    enum astray why;

    if (onward == NULL)
        return false;
    why = why_astray(onward);
    own = evidence_address(onward, KEY_ADDRESS);
    held = facts_own_address(file->view, role, &own);
    fix_start_ip(&line, &own);
    if (why == REJECTED)
        return true; /* who put it there knows why */
    if (why == MISSING_ENTRY) {
        command_fixed(&line, "route add local");
        command_address(&line, &own);
        command_fixed(&line, "dev");
        command_device(&line, evidence_text(held, KEY_INTERFACE, ""));
        command_fixed(&line, "table local");
    } else
        command_fixed(&line, "rule add pref 0 lookup local");
    fix_add(out, role, OPENS_NOTHING, "until-reboot", astrays[why].mends,
            &line);
    return true;
}

/* The table that would know the way, and that no rule leads to; 0: none. */
static int64_t unruled_table(const struct evidence *route)
{
    return route != NULL && route->kind == EVIDENCE_ROUTE &&
                   evidence_number(route, KEY_RULED, 1) == 0
               ? evidence_number(route, KEY_TABLE_ID, 0)
               : 0;
}

/* A route of the type throw before the table's own way; false: none is told. */
static bool is_thrown(const struct evidence *route)
{
    return route != NULL && route->kind == EVIDENCE_ROUTE &&
           strcmp(evidence_text(route, KEY_ROUTE_TYPE, ""), "none") == 0 &&
           !evidence_has(route, KEY_RULED) &&
           evidence_has(route, KEY_TABLE_ID) &&
           evidence_has(route, KEY_ADDRESS) && evidence_has(route, KEY_PREFIX);
}

static void say_thrown(const struct evidence *route, const struct words *words,
                       const char *target, struct finding *finding)
{
    char prefix[PREFIX_TEXT_SIZE];
    char thrown[PREFIX_TEXT_SIZE + 8];

    text_format(thrown, sizeof(thrown), "throw %s",
                prefix_print(route, prefix));
    finding_add_text(finding, "route", thrown);
    finding_say(finding,
                "%s has no route to %s, so the %s cannot leave: the route '%s' "
                "ends the search in the table that has one, and no later table "
                "does",
                words->host, target, words->packet, thrown);
}

/* The two that stand from the start, at the preference that they had. */
static const struct
{
    int64_t table;
    const char *name;
    int64_t preference;
} tables[] = {{COMMAND_TABLE_MAIN, "main", 32766},
              {COMMAND_TABLE_DEFAULT, "default", 32767}};

bool explain_unruled(const struct evidence *route, const struct words *words,
                     const char *target, struct finding *finding)
{
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (unruled_table(route) == tables[i].table) {
            finding_add_text(finding, "missing", "policy rule");
            finding_add_text(finding, "table", tables[i].name);
            finding_say(finding,
                        "%s's table '%s' has a route to %s, but no policy "
                        "rule leads to it (it is 'pref %lld lookup %s' by "
                        "default): the %s cannot leave",
                        words->host, tables[i].name, target,
                        (long long)tables[i].preference, tables[i].name,
                        words->packet);
            return true;
        }
    if (!is_thrown(route))
        return false;
    say_thrown(route, words, target, finding);
    return true;
}

static void fix_thrown(const struct evidence *route, enum role role,
                       struct judgement *out)
{
    struct command_route thrown = {
        .type = "throw",
        .address = evidence_address(route, KEY_ADDRESS),
        .prefix = evidence_number(route, KEY_PREFIX, 0),
        .table = evidence_number(route, KEY_TABLE_ID, 0),
    };
    struct command_line line;

    fix_start_ip(&line, &thrown.address);
    command_delete_route(&line, &thrown);
    fix_add(out, role, OPENS_NOTHING, "until-reboot",
            "takes the route out that ends the search before the way that its "
            "table has; whoever put it there may do so again",
            &line);
}

bool fix_unruled(const struct evidence *route, enum role role,
                 struct judgement *out)
{
    int64_t table = unruled_table(route);
    struct address peer;
    struct command_line line;

    if (is_thrown(route)) {
        fix_thrown(route, role, out);
        return true;
    }
    if (table == 0)
        return false;
    peer = evidence_address(route, KEY_DESTINATION);
    fix_start_ip(&line, &peer);
    command_add_rule_back(&line, peer.family, table);
    fix_add(out, role, OPENS_NOTHING, "until-reboot",
            "puts back the rule that leads to the table with the route", &line);
    return true;
}
