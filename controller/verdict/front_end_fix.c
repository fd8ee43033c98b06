/* The front ends' own commands for letting one connection in. */
#include <string.h>

#include "common/base/text.h"
#include "controller/verdict/front_end.h"

#define RICH_RULE_SIZE  256
#define RICH_WORDS_SIZE 100 /* the rest of the command */

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
    struct fix *fix;

    fix_route_back(repair->file, repair->finding, repair->out);
    if (repair->out->fix_count > 0)
        return true;
    fix = fix_add(repair->out, repair->finding->role, "permanent",
                  "switches firewalld's reverse path filter off, for all of "
                  "IPv6; where the route back is wrong, mend that");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' "
                    "/etc/firewalld/firewalld.conf && firewall-cmd --reload");
    return true;
}

/* The rule for this packet alone, now and in the saved settings.  False when
 * the names are longer than firewalld's are: a command is whole or not there. */
static bool add_rich_rule(struct repair *repair, const char *where)
{
    const struct front_end_owner *owner = &repair->owner;
    const char *name = owner->zone.name;
    const struct way *way = &repair->way;
    char rule[RICH_RULE_SIZE];
    struct fix *fix;

    text_format(rule, sizeof(rule),
                "rule %sfamily=ipv%u source address=%s destination address=%s "
                "port port=%u protocol=tcp accept",
                owner->by_default ? "" : "priority=-32768 ", way->family,
                way->from, way->to, way->port);
    if (2 * (strlen(rule) + strlen(name)) + RICH_WORDS_SIZE >
        sizeof(fix->command))
        return false;
    fix = fix_add(repair->out, repair->finding->role, "permanent",
                  "lets this source reach the port, now and after a reload; "
                  "nft's own commands would be undone by firewalld's next "
                  "reload");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "firewall-cmd --%s=%s --add-rich-rule='%s' && firewall-cmd "
                    "--permanent --%s=%s --add-rich-rule='%s'",
                    where, name, rule, where, name, rule);
    return true;
}

static void open_port(struct repair *repair)
{
    const char *zone = repair->owner.zone.name;
    unsigned port = repair->way.port;
    struct fix *fix = fix_add(repair->out, repair->finding->role, "permanent",
                              "opens the port to every client of the zone");

    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "firewall-cmd --zone=%s --add-port=%u/tcp && firewall-cmd "
                    "--permanent --zone=%s --add-port=%u/tcp",
                    zone, port, zone, port);
}

/* The saved settings open the port: only the kernel's rules lag behind. */
static void load_settings(struct repair *repair)
{
    struct fix *fix = fix_add(repair->out, repair->finding->role, "permanent",
                              "opens now what the saved settings open anyway");

    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "firewall-cmd --zone=%s --add-port=%u/tcp",
                    repair->owner.zone.name, repair->way.port);
    fix = fix_add(repair->out, repair->finding->role, "permanent",
                  "loads all saved settings; what was changed at run time "
                  "only is lost");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "firewall-cmd --reload");
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
    if (front_end_is_configured(owner)) {
        load_settings(repair);
        return true;
    }
    if (!add_rich_rule(repair, owner->zone.is_policy ? "policy" : "zone"))
        return false;
    if (owner->by_default)
        open_port(repair);
    return true;
}

static bool mend_ufw(struct repair *repair)
{
    const struct way *way = &repair->way;
    const char *part = front_end_ufw_part(repair->rule);
    bool denied = strncmp(part, "user-", 5) == 0;
    int stage = evidence_word(repair->rule, KEY_STAGE);
    struct fix *fix;

    if (says(&repair->owner, "stopped") ||
        repair->finding->packet != PACKET_SYN ||
        (!denied && !repair->owner.by_default &&
         strncmp(part, "skip-to-policy-", 15) != 0))
        return false;
    if (stage == STAGE_INPUT && front_end_is_configured(&repair->owner)) {
        fix = fix_add(repair->out, repair->finding->role, "permanent",
                      "loads ufw's saved rules, which allow it");
        if (fix != NULL)
            text_format(fix->command, sizeof(fix->command), "ufw reload");
        return true;
    }
    fix = fix_add(repair->out, repair->finding->role, "permanent",
                  denied ? "allows this connection before the rule that stops "
                           "it; ufw keeps it"
                         : "allows this connection; ufw keeps the rule");
    if (fix != NULL)
        text_format(
            fix->command, sizeof(fix->command),
            "ufw %s%sallow %sfrom %s to %s port %u proto tcp",
            stage == STAGE_FORWARD ? "route " : "", denied ? "prepend " : "",
            stage == STAGE_OUTPUT ? "out " : "", way->from, way->to, way->port);
    return true;
}

/* Docker lets the owner decide first, in a chain that it never changes.  There
 * the packet is translated already: where it is not known to what, the address
 * that was called tells it. */
static bool mend_docker(struct repair *repair)
{
    const struct way *way = &repair->way;
    bool legacy =
        evidence_word(repair->rule, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY;
    bool translated = evidence_has(repair->rule, KEY_DESTINATION);
    char target[RICH_RULE_SIZE];
    struct fix *fix;

    if (evidence_word(repair->rule, KEY_STAGE) != STAGE_FORWARD ||
        repair->finding->packet != PACKET_SYN)
        return false;
    fix = fix_add(repair->out, repair->finding->role, "until-reboot",
                  "accepts this connection in the chain that Docker leaves to "
                  "the owner and does not change");
    if (fix == NULL)
        return true;
    text_format(target, sizeof(target), "%s %s %s %u",
                translated ? "-d" : "-m conntrack --ctdir ORIGINAL --ctorigdst",
                way->to, translated ? "--dport" : "--ctorigdstport", way->port);
    text_format(fix->command, sizeof(fix->command),
                "%s-%s -I DOCKER-USER 1 -p tcp -s %s %s -j ACCEPT",
                way->family == 6 ? "ip6tables" : "iptables",
                legacy ? "legacy" : "nft", way->from, target);
    return true;
}

static bool mend_fail2ban(struct repair *repair)
{
    struct fix *fix;

    if (repair->owner.jail[0] == '\0' || says(&repair->owner, "silent") ||
        repair->finding->packet != PACKET_SYN)
        return false;
    fix = fix_add(repair->out, repair->finding->role, "permanent",
                  "ends the ban of this address; it comes back if the logs "
                  "show what the jail looks for again");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "fail2ban-client set %s unbanip %s", repair->owner.jail,
                    repair->way.from);
    return true;
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

    front_end_find(file->view, file->decider, &repair.owner);
    return menders[repair.owner.who] != NULL &&
           menders[repair.owner.who](&repair);
}

const char *front_end_warning(const struct view *view,
                              const struct evidence *rule)
{
    static const char *const warnings[FRONT_END_COUNT] = {
        [FRONT_END_NONE] =
            "accepts this connection before the rule that stops it; to keep "
            "it, add it to the firewall's own configuration",
        [FRONT_END_FIREWALLD] =
            "accepts this connection before the rule that stops it, until "
            "firewalld writes its rules anew; to keep it, add it to "
            "firewalld's settings",
        [FRONT_END_UFW] =
            "accepts this connection before the rule that stops it, until ufw "
            "writes its rules anew; to keep it, add it to /etc/ufw/before.rules",
        [FRONT_END_DOCKER] =
            "accepts this connection before the rule that stops it, until "
            "Docker writes its rules anew",
        [FRONT_END_FAIL2BAN] =
            "accepts this connection before the ban; to end the ban, take the "
            "address out of the set or chain",
    };
    struct front_end_owner owner;

    front_end_find(view, rule, &owner);
    return warnings[owner.who];
}
