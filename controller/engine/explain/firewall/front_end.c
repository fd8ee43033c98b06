#include "controller/engine/explain/firewall/front_end.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"

static bool is_same(const struct evidence *a, const struct evidence *b,
                    enum evidence_key key)
{
    return strcmp(evidence_text(a, key, ""), evidence_text(b, key, "")) == 0;
}

/* Was this packet (as far as counters tell: one at this place) in that chain of
 * the same table before? */
static bool is_on_the_way(const struct evidence *step,
                          const struct evidence *rule)
{
    if (step->role != rule->role || !is_same(step, rule, KEY_NAMESPACE) ||
        !is_same(step, rule, KEY_TABLE) ||
        !is_same(step, rule, KEY_FIREWALL_FAMILY))
        return false;
    if (rule->kind == EVIDENCE_FORESEEN) /* no packet was there yet */
        return step->kind == EVIDENCE_RULE ||
               step->kind == EVIDENCE_RULE_COUNTER;
    if (step->kind != rule->kind ||
        evidence_word(step, KEY_STAGE) != evidence_word(rule, KEY_STAGE))
        return false;
    return rule->kind == EVIDENCE_RULE_COUNTER ||
           (evidence_number(step, KEY_ATTEMPT, 0) ==
                evidence_number(rule, KEY_ATTEMPT, 0) &&
            evidence_word(step, KEY_PACKET) ==
                evidence_word(rule, KEY_PACKET) &&
            is_same(step, rule, KEY_BASE_CHAIN));
}

static unsigned passed_before(const struct view *view,
                              const struct evidence *rule)
{
    unsigned passed = 0;

    for (size_t i = 0; i < view->count; i++)
        if (is_on_the_way(view->items[i], rule))
            passed |= front_end_passed(view->items[i]);
    return passed;
}

static const struct evidence *state_of(const struct view *view, enum role role,
                                       enum front_end who)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_FRONT_END && item->role == role &&
            evidence_word(item, KEY_FRONT_END) == (int)who)
            return item;
    }
    return NULL;
}

/* No chain's of a zone: the one that the packet went through before, if one is
 * told. */
static void take_told_zone(const struct evidence *rule,
                           struct front_end_zone *zone)
{
    memset(zone, 0, sizeof(*zone));
    zone->part = "";
    text_format(zone->name, sizeof(zone->name), "%s",
                evidence_text(rule, KEY_FIREWALL_ZONE, ""));
}

/* The chain from which zones are chosen leads to the packet's; a chain that is
 * neither that one nor a part of it is a policy's. */
static void find_zone(const struct view *view, const struct evidence *rule,
                      struct front_end_owner *out)
{
    struct front_end_zone zone;

    if (!front_end_zone(evidence_text(rule, KEY_CHAIN, ""), &out->zone))
        take_told_zone(rule, &out->zone);
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *step = view->items[i];
        const char *chain = evidence_text(step, KEY_CHAIN, "");
        const char *ending = strstr(chain, "_ZONES");

        if (step->kind != EVIDENCE_RULE || ending == NULL ||
            !is_on_the_way(step, rule) ||
            !front_end_zone(evidence_text(step, KEY_TARGET, ""), &zone))
            continue;
        if (out->zone.name[0] != '\0' && strcmp(zone.name, out->zone.name) != 0)
            out->zone.is_policy = true;
        if (view_is_earlier(step, out->chosen))
            out->chosen = step;
    }
    out->by_default = out->zone.name[0] != '\0' && !out->zone.is_policy &&
                      (out->zone.part == NULL || out->zone.part[0] == '\0');
}

/* The jail that the rule's set or chain is named after. */
static bool find_jail_word(const struct evidence *rule,
                           char jail[static FRONT_END_NAME_SIZE])
{
    static const char *const prefixes[] = {"f2b-", "fail2ban-"};
    const char *chain = evidence_text(rule, KEY_CHAIN, "");
    const char *name = evidence_text(rule, KEY_JAIL, NULL);

    for (size_t i = 0; name == NULL && i < ARRAY_SIZE(prefixes); i++)
        if (strncmp(chain, prefixes[i], strlen(prefixes[i])) == 0)
            name = chain + strlen(prefixes[i]);
    text_format(jail, FRONT_END_NAME_SIZE, "%s", name == NULL ? "" : name);
    return jail[0] != '\0';
}

/* Is it in "a, b"?  As it is written there. */
static bool is_listed(const char *jails, char jail[static FRONT_END_NAME_SIZE])
{
    size_t length = strlen(jail);

    for (const char *at = jails; *at != '\0';) {
        size_t word = strcspn(at, ", ");

        if (word == length && strncasecmp(at, jail, length) == 0) {
            text_format(jail, FRONT_END_NAME_SIZE, "%.*s", (int)word, at);
            return true;
        }
        at += word;
        at += strspn(at, ", ");
    }
    return false;
}

/* Sets and chains are named after jails, mostly; an IPv6 set with a 6 behind. */
static void find_jail(const struct evidence *rule, struct front_end_owner *out)
{
    const char *jails =
        out->state == NULL ? NULL : evidence_text(out->state, KEY_JAILS, NULL);
    size_t length;

    if (!find_jail_word(rule, out->jail)) {
        out->jail[0] = '\0';
        return;
    }
    if (jails != NULL && is_listed(jails, out->jail))
        return;
    length = strlen(out->jail);
    if (out->jail[length - 1] == '6' &&
        strcmp(evidence_text(rule, KEY_FIREWALL_FAMILY, ""), "ip6") == 0)
        out->jail[length - 1] = '\0';
    if (jails != NULL && !is_listed(jails, out->jail))
        out->jail[0] = '\0';
}

const char *front_end_ufw_part(const struct evidence *rule)
{
    const char *chain = evidence_text(rule, KEY_CHAIN, "");

    if (strncmp(chain, "ufw-", 4) == 0)
        return chain + 4;
    return strncmp(chain, "ufw6-", 5) == 0 ? chain + 5 : "";
}

void front_end_find(const struct view *view, const struct evidence *rule,
                    struct front_end_owner *out)
{
    memset(out, 0, sizeof(*out));
    out->who = front_end_of_rule(rule, passed_before(view, rule));
    out->state = state_of(view, (enum role)rule->role, out->who);
    if (out->who == FRONT_END_FIREWALLD)
        find_zone(view, rule, out);
    else if (out->who == FRONT_END_FAIL2BAN)
        find_jail(rule, out);
    else if (out->who == FRONT_END_UFW)
        out->by_default = evidence_number(rule, KEY_POLICY, 0) != 0 ||
                          strncmp(front_end_ufw_part(rule), "reject-", 7) == 0;
}

const char *front_end_accepts(const struct view *view,
                              const struct evidence *accept,
                              struct finding *finding)
{
    static const char *const chains[FRONT_END_COUNT] = {
        [FRONT_END_NONE] = "chain",
        [FRONT_END_FIREWALLD] = "firewalld's chain",
        [FRONT_END_UFW] = "ufw's chain",
        [FRONT_END_DOCKER] = "Docker's chain",
        [FRONT_END_FAIL2BAN] = "fail2ban's chain",
    };
    struct front_end_owner owner;

    front_end_find(view, accept, &owner);
    if (owner.who != FRONT_END_NONE)
        finding_add_text(finding, "accepted_by",
                         word_name(&front_end_words, (int)owner.who));
    return chains[owner.who];
}

bool front_end_is_configured(const struct front_end_owner *owner)
{
    return owner->by_default && owner->state != NULL &&
           evidence_number(owner->state, KEY_CONFIGURED, 0) != 0;
}

bool front_end_is_restricted(const struct front_end_owner *owner)
{
    return owner->state != NULL &&
           evidence_number(owner->state, KEY_RESTRICTED, 0) != 0;
}

bool front_end_is_path_filter(const struct evidence *rule)
{
    return evidence_word(rule, KEY_STAGE) == STAGE_PREROUTING &&
           evidence_has(rule, KEY_PATH_FILTER);
}

static void name_path_filter(const struct case_file *file, const char *host,
                             char *buffer, size_t size)
{
    const struct evidence *rule = file->decider;
    const struct evidence *back =
        view_end(file->view, (enum role)rule->role)->route;

    text_format(buffer, size,
                "firewalld's reverse path filter (IPv6_rpfilter) on %s, where "
                "the route back uses %s and not %s,",
                host,
                back == NULL ? "?" : evidence_text(back, KEY_INTERFACE, "?"),
                evidence_text(rule, KEY_INTERFACE, "the device it came in on"));
}

/* " (of eth0)", " (of the source's address)" or " (the default)". */
static const char *why_zone(const struct front_end_owner *owner,
                            char buffer[static FRONT_END_NAME_SIZE])
{
    const struct evidence *chosen = owner->chosen;

    if (chosen == NULL || !evidence_has(chosen, KEY_RULE))
        return "";
    if (evidence_has(chosen, KEY_ASKS_SOURCE))
        return " (of the source's address)";
    if (!evidence_has(chosen, KEY_ASKS_INTERFACE))
        return " (the default)";
    text_format(buffer, FRONT_END_NAME_SIZE, " (of %s)",
                evidence_text(chosen, KEY_INTERFACE, "the interface"));
    return buffer;
}

/* What the saved settings say of a port that the rules do not let in. */
static const char *saved_words(const struct front_end_owner *owner)
{
    if (front_end_is_configured(owner))
        return " (its saved settings do, but are not loaded)";
    if (owner->by_default && owner->state != NULL &&
        evidence_has(owner->state, KEY_PROTOCOL))
        return " (its saved settings open that port of UDP alone)";
    return "";
}

static void name_firewalld(const struct case_file *file,
                           const struct front_end_owner *owner,
                           const char *host, unsigned port, char *buffer,
                           size_t size)
{
    const char *kind = owner->zone.is_policy ? "policy" : "zone";
    char why[FRONT_END_NAME_SIZE];

    if (front_end_is_path_filter(file->decider))
        name_path_filter(file, host, buffer, size);
    else if (owner->by_default)
        text_format(buffer, size,
                    "firewalld on %s, zone %s%s, does not allow %u/tcp%s and",
                    host, owner->zone.name, why_zone(owner, why), port,
                    saved_words(owner));
    else if (owner->zone.name[0] != '\0')
        text_format(buffer, size, "a rule of firewalld on %s, %s %s,", host,
                    kind, owner->zone.name);
    else
        text_format(buffer, size, "firewalld on %s", host);
}

static void name_ufw(const struct front_end_owner *owner,
                     const struct evidence *rule, const char *host,
                     unsigned port, char *buffer, size_t size)
{
    if (owner->by_default)
        text_format(buffer, size, "ufw on %s does not allow %u/tcp%s and", host,
                    port, saved_words(owner));
    else if (strncmp(front_end_ufw_part(rule), "user-", 5) == 0)
        text_format(buffer, size, "a rule of ufw on %s", host);
    else
        text_format(buffer, size, "ufw on %s", host);
}

static void name_docker(const struct evidence *rule, const char *host,
                        char *buffer, size_t size)
{
    if (strcmp(evidence_text(rule, KEY_CHAIN, ""), "DOCKER-USER") == 0)
        text_format(buffer, size,
                    "a rule in the chain that Docker leaves to the owner of %s",
                    host);
    else
        text_format(buffer, size, "Docker's firewall on %s", host);
}

static void name_fail2ban(const struct front_end_owner *owner, const char *host,
                          const char *banned, char *buffer, size_t size)
{
    if (owner->jail[0] != '\0')
        text_format(buffer, size, "fail2ban on %s has banned %s (jail %s) and",
                    host, banned, owner->jail);
    else
        text_format(buffer, size, "a ban of fail2ban's kind on %s", host);
}

void front_end_name(const struct case_file *file, const struct words *words,
                    struct finding *finding, char *buffer, size_t size)
{
    struct front_end_owner owner;
    struct way way = way_of(file, finding);
    char banned[ADDRESS_TEXT_SIZE];

    front_end_find(file->view, file->decider, &owner);
    finding_add_text(finding, "front_end",
                     word_name(&front_end_words, (int)owner.who));
    finding_add_text(finding,
                     owner.zone.is_policy ? "firewalld_policy" : "zone",
                     owner.zone.name);
    finding_add_text(finding, "jail", owner.jail);
    finding_cite(finding, owner.state);
    switch (owner.who) {
    case FRONT_END_FIREWALLD:
        name_firewalld(file, &owner, words->host, way.port, buffer, size);
        break;
    case FRONT_END_UFW:
        name_ufw(&owner, file->decider, words->host, way.port, buffer, size);
        break;
    case FRONT_END_DOCKER:
        name_docker(file->decider, words->host, buffer, size);
        break;
    case FRONT_END_FAIL2BAN:
        name_fail2ban(&owner, words->host, address_print(&way.from, banned),
                      buffer, size);
        break;
    case FRONT_END_NONE:
    case FRONT_END_COUNT:
        text_format(buffer, size, "%s's firewall", words->host);
        break;
    }
}
