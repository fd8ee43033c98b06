/* The front ends' own commands for letting one connection in. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/firewall/front_end.h"

#define RICH_RULE_SIZE 256

struct repair /* what all commands are made of */
{
    const struct case_file *file;
    const struct finding *finding;
    const struct evidence *rule;
    struct front_end_owner owner;
    struct way way;
    struct judgement *out;
};

static bool says(const struct front_end_owner *owner, const char *state)
{
    return owner->state != NULL &&
           strcmp(evidence_text(owner->state, KEY_STATE, ""), state) == 0;
}

/* Without the filter the answers would still go the other way: only where that
 * leads to the source, too, is it the filter that is wrong. */
static bool mend_path_filter(struct repair *repair)
{
    struct command_line line;

    fix_route_back(repair->file, repair->finding, repair->out);
    if (repair->out->fix_count > 0)
        return true;
    /* The line may be missing: the default is yes. */
    command_start(&line, COMMAND_ON_HOST, "sed");
    command_fixed(&line, "-i -e '$aIPv6_rpfilter=no' "
                         "-e '/^IPv6_rpfilter=/d' "
                         "/etc/firewalld/firewalld.conf");
    command_and(&line, COMMAND_ON_HOST, "firewall-cmd");
    command_fixed(&line, "--reload");
    return fix_add(repair->out, repair->finding->role, OPENS_EVERYONE,
                   "permanent",
                   "switches firewalld's reverse path filter off, for all of "
                   "IPv6; where the route back is wrong, mend that; what was "
                   "changed at run time only is lost",
                   &line);
}

static void add_zone(struct command_line *line,
                     const struct front_end_owner *owner)
{
    if (owner->zone.is_policy)
        command_joined_name(line, "--policy=", owner->zone.name);
    else
        command_joined_name(line, "--zone=", owner->zone.name);
}

/* The rule for this packet alone.  It must come before whatever stops it: only
 * where nothing but the zone's default does is any place good. */
static void add_rule(struct command_line *line, const struct repair *repair)
{
    const struct front_end_owner *owner = &repair->owner;
    const struct way *way = &repair->way;
    bool first = !owner->by_default || front_end_is_restricted(owner);
    char from[ADDRESS_TEXT_SIZE];
    char to[ADDRESS_TEXT_SIZE];
    char rule[RICH_RULE_SIZE];

    text_format(rule, sizeof(rule),
                "rule %sfamily=ipv%u source address=%s destination address=%s "
                "port port=%u protocol=tcp accept",
                first ? "priority=-32768 " : "", way->family,
                address_print(&way->from, from), address_print(&way->to, to),
                way->port);
    add_zone(line, owner);
    command_joined(line, "--add-rich-rule=", rule, "");
}

/* Now and in the saved settings. */
static bool add_rich_rule(struct repair *repair)
{
    struct command_line line;

    command_start(&line, COMMAND_ON_HOST, "firewall-cmd");
    add_rule(&line, repair);
    command_and(&line, COMMAND_ON_HOST, "firewall-cmd");
    command_fixed(&line, "--permanent");
    add_rule(&line, repair);
    return fix_add(repair->out, repair->finding->role, OPENS_CONNECTION,
                   "permanent",
                   "lets this source reach the port, now and after a reload; "
                   "nft's own commands would be undone by firewalld's next "
                   "reload",
                   &line);
}

static void add_port(struct command_line *line, const struct repair *repair)
{
    char port[16];

    text_format(port, sizeof(port), "%u/tcp", repair->way.port);
    add_zone(line, &repair->owner);
    command_joined(line, "--add-port=", port, "");
}

static void open_port(struct repair *repair)
{
    struct command_line line;

    command_start(&line, COMMAND_ON_HOST, "firewall-cmd");
    add_port(&line, repair);
    command_and(&line, COMMAND_ON_HOST, "firewall-cmd");
    command_fixed(&line, "--permanent");
    add_port(&line, repair);
    fix_add(repair->out, repair->finding->role, OPENS_EVERYONE, "permanent",
            "opens the port to every client of the zone", &line);
}

/* What the saved settings say of this connection, and of no other: they may
 * refuse the port to somebody. */
static bool load_opening(struct repair *repair)
{
    bool restricted = front_end_is_restricted(&repair->owner);
    struct command_line line;

    command_start(&line, COMMAND_ON_HOST, "firewall-cmd");
    if (restricted)
        add_rule(&line, repair);
    else
        add_port(&line, repair);
    return fix_add(repair->out, repair->finding->role,
                   restricted ? OPENS_CONNECTION : OPENS_EVERYONE, "permanent",
                   restricted
                       ? "lets this source in now, as the saved settings do "
                         "anyway"
                       : "opens now what the saved settings open anyway",
                   &line);
}

/* The saved settings allow it: only the kernel's rules lag behind. */
static bool load_settings(struct repair *repair)
{
    struct command_line line;

    if (!load_opening(repair))
        return false;
    command_start(&line, COMMAND_ON_HOST, "firewall-cmd");
    command_fixed(&line, "--reload");
    fix_add(repair->out, repair->finding->role, OPENS_EVERYONE, "permanent",
            "loads all saved settings; what was changed at run time only is "
            "lost",
            &line);
    return true;
}

static bool mend_firewalld(struct repair *repair)
{
    const struct front_end_owner *owner = &repair->owner;
    int stage = evidence_word(repair->rule, KEY_STAGE);

    if (says(owner, "silent"))
        return false;
    if (front_end_is_path_filter(repair->rule))
        return mend_path_filter(repair);
    if (owner->zone.name[0] == '\0' || stage == STAGE_FORWARD ||
        repair->finding->packet != PACKET_SYN)
        return false;
    if (front_end_is_configured(owner))
        return load_settings(repair);
    if (!add_rich_rule(repair))
        return false;
    if (owner->by_default && !front_end_is_restricted(owner))
        open_port(repair);
    return true;
}

static bool mend_ufw(struct repair *repair)
{
    const struct way *way = &repair->way;
    const char *part = front_end_ufw_part(repair->rule);
    bool denied = strncmp(part, "user-", 5) == 0;
    int stage = evidence_word(repair->rule, KEY_STAGE);
    struct command_line line;

    if (says(&repair->owner, "stopped") ||
        repair->finding->packet != PACKET_SYN ||
        (!denied && !repair->owner.by_default &&
         strncmp(part, "skip-to-policy-", 15) != 0))
        return false;
    command_start(&line, COMMAND_ON_HOST, "ufw");
    if (stage == STAGE_INPUT && front_end_is_configured(&repair->owner)) {
        command_fixed(&line, "reload");
        return fix_add(repair->out, repair->finding->role, OPENS_EVERYONE,
                       "permanent",
                       "loads ufw's saved rules, which allow it; what was put "
                       "into its chains by hand is lost",
                       &line);
    }
    if (stage == STAGE_FORWARD)
        command_fixed(&line, "route");
    if (denied)
        command_fixed(&line, "prepend");
    command_fixed(&line, "allow");
    if (stage == STAGE_OUTPUT)
        command_fixed(&line, "out");
    command_fixed(&line, "from");
    command_address(&line, &way->from);
    command_fixed(&line, "to");
    command_address(&line, &way->to);
    command_fixed(&line, "port");
    command_number(&line, way->port);
    command_fixed(&line, "proto tcp");
    return fix_add(repair->out, repair->finding->role, OPENS_CONNECTION,
                   "permanent",
                   denied ? "allows this connection before the rule that stops "
                            "it; ufw keeps it"
                          : "allows this connection; ufw keeps the rule",
                   &line);
}

/* Docker lets the owner decide first, in a chain that it never changes.  There
 * the packet is translated already: where it is not known to what, the address
 * that was called tells it. */
static bool mend_docker(struct repair *repair)
{
    const struct way *way = &repair->way;
    bool translated = evidence_has(repair->rule, KEY_DESTINATION);
    struct command_line line;

    if (evidence_word(repair->rule, KEY_STAGE) != STAGE_FORWARD ||
        repair->finding->packet != PACKET_SYN)
        return false;
    fix_start_iptables(&line, way->family == 6,
                       evidence_word(repair->rule, KEY_BACKEND) ==
                           BACKEND_IPTABLES_LEGACY);
    command_fixed(&line, "-I DOCKER-USER -p tcp -s");
    command_address(&line, &way->from);
    if (translated)
        command_fixed(&line, "-d");
    else
        command_fixed(&line, "-m conntrack --ctdir ORIGINAL --ctorigdst");
    command_address(&line, &way->to);
    if (translated)
        command_fixed(&line, "--dport");
    else
        command_fixed(&line, "--ctorigdstport");
    command_number(&line, way->port);
    command_fixed(&line, "-j ACCEPT");
    return fix_add(repair->out, repair->finding->role, OPENS_CONNECTION,
                   "until-reboot",
                   "accepts this connection in the chain that Docker leaves to "
                   "the owner and does not change",
                   &line);
}

static bool mend_fail2ban(struct repair *repair)
{
    struct command_line line;

    if (repair->owner.jail[0] == '\0' || says(&repair->owner, "silent") ||
        repair->finding->packet != PACKET_SYN)
        return false;
    command_start(&line, COMMAND_ON_HOST, "fail2ban-client");
    command_fixed(&line, "set");
    command_name(&line, repair->owner.jail);
    command_fixed(&line, "unbanip");
    command_address(&line, &repair->way.from);
    return fix_add(repair->out, repair->finding->role, OPENS_CONNECTION,
                   "permanent",
                   "ends the ban of this address; it comes back if the logs "
                   "show what the jail looks for again",
                   &line);
}

typedef bool mend_fn(struct repair *repair);

static mend_fn *const menders[FRONT_END_COUNT] = {
    [FRONT_END_FIREWALLD] = mend_firewalld,
    [FRONT_END_UFW] = mend_ufw,
    [FRONT_END_DOCKER] = mend_docker,
    [FRONT_END_FAIL2BAN] = mend_fail2ban,
};

bool front_end_fix(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    struct repair repair = {.file = file,
                            .finding = finding,
                            .rule = file->decider,
                            .way = way_of(file, finding),
                            .out = out};

    if (explain_is_inside(file->view, finding, finding->role))
        return false; /* the host's programs write no rules in there */
    front_end_find(file->view, file->decider, &repair.owner);
    return menders[repair.owner.who] != NULL &&
           menders[repair.owner.who](&repair);
}

const char *front_end_warning(const struct view *view,
                              const struct evidence *rule)
{
    static const char *const warnings[FRONT_END_COUNT] = {
        [FRONT_END_NONE] =
            "accepts this connection before what stops it; to keep "
            "it, add it to the firewall's own configuration",
        [FRONT_END_FIREWALLD] =
            "accepts this connection before what stops it, until "
            "firewalld writes its rules anew; to keep it, add it to "
            "firewalld's settings",
        [FRONT_END_UFW] =
            "accepts this connection before what stops it, until ufw "
            "writes its rules anew; to keep it, add it to /etc/ufw/before.rules",
        [FRONT_END_DOCKER] =
            "accepts this connection before what stops it, until "
            "Docker writes its rules anew",
        [FRONT_END_FAIL2BAN] =
            "accepts this connection before the ban; to end the ban, take the "
            "address out of the set or chain",
    };
    struct front_end_owner owner;

    front_end_find(view, rule, &owner);
    return warnings[owner.who];
}
