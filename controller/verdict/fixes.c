/* The commands that mend a cause: exact for this packet, the narrowest that
 * helps. */
#include <string.h>

#include "common/base/text.h"
#include "controller/verdict/explain.h"

#define TABLE_MAIN 254 /* which `ip route` means when it names none */

static struct fix *add_fix(struct judgement *out, enum role role,
                           const char *lasts, const char *explanation)
{
    struct fix *fix;

    if (out->fix_count == JUDGEMENT_MAX_FIXES)
        return NULL;
    fix = &out->fixes[out->fix_count++];
    memset(fix, 0, sizeof(*fix));
    fix->role = role;
    text_format(fix->lasts, sizeof(fix->lasts), "%s", lasts);
    text_format(fix->explanation, sizeof(fix->explanation), "%s", explanation);
    return fix;
}

struct way /* the dropped packet's own addresses, as its host sees them */
{
    char from[ADDRESS_TEXT_SIZE];
    char to[ADDRESS_TEXT_SIZE];
    const char *port_word; /* which of its ports is the traced one */
    unsigned port;
    unsigned family;
};

static struct way way_of(const struct case_file *file,
                         const struct finding *finding)
{
    const struct subject *subject = file->view->subject;
    bool answer = finding->packet == PACKET_SYN_ACK;
    const struct evidence *syn =
        finding->role == ROLE_DESTINATION
            ? file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first
            : NULL;
    struct way way = {.port_word = answer ? "sport" : "dport",
                      .port = subject->port,
                      .family = subject->destination.family};
    struct address client = subject->source;
    struct address server = subject->destination;

    if (syn != NULL && evidence_has(syn, KEY_SOURCE) &&
        evidence_has(syn, KEY_DESTINATION)) { /* translated on the way? */
        client = evidence_address(syn, KEY_SOURCE);
        server = evidence_address(syn, KEY_DESTINATION);
        way.port =
            (unsigned)evidence_number(syn, KEY_DESTINATION_PORT, subject->port);
        way.family = server.family;
    }
    address_print(answer ? &server : &client, way.from);
    address_print(answer ? &client : &server, way.to);
    return way;
}

static void fix_nftables(const struct evidence *rule, const struct way *way,
                         struct fix *fix)
{
    const char *ip = way->family == 6 ? "ip6" : "ip";

    text_format(
        fix->command, sizeof(fix->command),
        "nft insert rule %s '%s' '%s' %s saddr %s %s daddr %s tcp %s %u "
        "accept",
        evidence_text(rule, KEY_FIREWALL_FAMILY, "inet"),
        evidence_text(rule, KEY_TABLE, ""), evidence_text(rule, KEY_CHAIN, ""),
        ip, way->from, ip, way->to, way->port_word, way->port);
}

static void fix_iptables(const struct evidence *rule, const struct way *way,
                         struct fix *fix)
{
    bool legacy = evidence_word(rule, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY;

    text_format(fix->command, sizeof(fix->command),
                "%s-%s -t %s -I %s 1 -s %s -d %s -p tcp --%s %u -j ACCEPT",
                way->family == 6 ? "ip6tables" : "iptables",
                legacy ? "legacy" : "nft", evidence_text(rule, KEY_TABLE, ""),
                evidence_text(rule, KEY_CHAIN, ""), way->from, way->to,
                way->port_word, way->port);
}

static void fix_firewall(const struct case_file *file,
                         const struct finding *finding, struct judgement *out)
{
    const struct evidence *rule = file->decider;
    struct way way = way_of(file, finding);
    struct fix *fix;

    if (rule == NULL || !evidence_has(rule, KEY_CHAIN))
        return;
    fix = add_fix(out, finding->role, "until-reload",
                  "accepts this connection before the rule that stops it; to "
                  "keep it, add it to the firewall's own configuration");
    if (fix == NULL)
        return;
    if (evidence_word(rule, KEY_BACKEND) == BACKEND_NFTABLES)
        fix_nftables(rule, &way, fix);
    else
        fix_iptables(rule, &way, fix);
}

static void fix_link(const struct case_file *file,
                     const struct finding *finding, struct judgement *out)
{
    const struct evidence *link = file->decider;
    struct fix *fix;

    if (link == NULL || evidence_number(link, KEY_UP, 1) != 0)
        return; /* no carrier: a cable, a peer, nothing to type here */
    fix = add_fix(out, finding->role, "until-reboot",
                  "switches the interface on; routes through a gateway that "
                  "went with it must be added again");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command), "ip link set dev %s up",
                    evidence_text(link, KEY_INTERFACE, "?"));
}

static void fix_ports(const struct case_file *file,
                      const struct finding *finding, struct judgement *out)
{
    const struct evidence *ports = file->view->source.ports;
    int64_t low = ports == NULL ? 0 : evidence_number(ports, KEY_RANGE_LOW, 0);
    int64_t high =
        ports == NULL ? 0 : evidence_number(ports, KEY_RANGE_HIGH, 0);
    bool is_default = low <= 32768 && high >= 60999;
    struct fix *fix;

    if (low <= 1024 && high == 65535)
        return; /* it is as wide as it gets */
    fix = add_fix(out, finding->role, "until-reboot",
                  "widens the range of local ports");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "sysctl -w net.ipv4.ip_local_port_range='%s'",
                    ports != NULL && is_default ? "1024 65535" : "32768 60999");
}

static void fix_address(const struct case_file *file,
                        const struct finding *finding, struct judgement *out)
{
    char address[ADDRESS_TEXT_SIZE];
    const struct subject *subject = file->view->subject;
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    struct fix *fix;

    if (in == NULL)
        return;
    fix = add_fix(out, finding->role, "until-reboot",
                  "gives the host the address that the SYN asks for");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "ip addr add %s/%d dev %s",
                    address_print(&subject->destination, address),
                    subject->destination.family == 6 ? 128 : 32,
                    evidence_text(in, KEY_INTERFACE, "?"));
}

static void fix_forwarding(const struct case_file *file,
                           const struct finding *finding, struct judgement *out)
{
    struct fix *fix = add_fix(out, finding->role, "until-reboot",
                              "lets the host pass packets on; to keep it, put "
                              "it into a file of /etc/sysctl.d");

    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command), "sysctl -w %s=1",
                    file->view->subject->destination.family == 6
                        ? "net.ipv6.conf.all.forwarding"
                        : "net.ipv4.ip_forward");
}

/* A route with the very prefix that the lookup matched, when it is known. */
static void fix_route_rejects(const struct case_file *file,
                              const struct finding *finding,
                              struct judgement *out)
{
    char prefix[ADDRESS_TEXT_SIZE];
    char table[32] = "";
    const struct evidence *route = file->decider;
    struct address matched;
    int64_t id;
    struct fix *fix;

    if (route == NULL || !evidence_has(route, KEY_PREFIX))
        return;
    matched = evidence_address(route, KEY_ADDRESS);
    if (!address_is_set(&matched))
        return;
    id = evidence_number(route, KEY_TABLE_ID, TABLE_MAIN);
    if (id != TABLE_MAIN)
        text_format(table, sizeof(table), " table %lld", (long long)id);
    fix = add_fix(out, finding->role, "until-reboot",
                  "removes the route that rejects the address");
    if (fix != NULL)
        text_format(fix->command, sizeof(fix->command),
                    "ip %sroute del %s %s/%lld%s",
                    matched.family == 6 ? "-6 " : "",
                    evidence_text(route, KEY_ROUTE_TYPE, ""),
                    address_print(&matched, prefix),
                    (long long)evidence_number(route, KEY_PREFIX, 0), table);
}

/* The neighbour that brought the SYN is a gateway to where it came from. */
static const struct evidence *bringer_of(const struct case_file *file)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const char *link =
        in == NULL ? NULL : evidence_text(in, KEY_LINK_ADDRESS, NULL);
    const struct view *view = file->view;

    if (link == NULL)
        return NULL;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = &view->items[i];
        struct address address = evidence_address(item, KEY_ADDRESS);

        if (item->kind == EVIDENCE_NEIGHBOUR &&
            evidence_has(item, KEY_BRINGER) && item->role == ROLE_DESTINATION &&
            address.family == view->subject->source.family &&
            strcmp(evidence_text(item, KEY_LINK_ADDRESS, ""), link) == 0)
            return item;
    }
    return NULL;
}

static void fix_route_back(const struct case_file *file,
                           const struct finding *finding, struct judgement *out)
{
    char gateway[ADDRESS_TEXT_SIZE];
    char source[ADDRESS_TEXT_SIZE];
    char hop[ADDRESS_TEXT_SIZE + 8] = "";
    const struct subject *subject = file->view->subject;
    const struct evidence *bringer;
    struct address via;
    struct fix *fix;

    if (finding->role != ROLE_DESTINATION)
        return;
    bringer = bringer_of(file);
    if (bringer == NULL)
        return;
    via = evidence_address(bringer, KEY_ADDRESS);
    if (!address_equal(&via, &subject->source)) /* else it is on the link */
        text_format(hop, sizeof(hop), " via %s", address_print(&via, gateway));
    fix = add_fix(out, finding->role, "until-reboot",
                  "sends the answers back the way that the SYN came");
    if (fix != NULL)
        text_format(
            fix->command, sizeof(fix->command),
            "ip %sroute replace %s/%d%s dev %s", via.family == 6 ? "-6 " : "",
            address_print(&subject->source, source), via.family == 6 ? 128 : 32,
            hop, evidence_text(bringer, KEY_INTERFACE, "?"));
}

typedef void fix_fn(const struct case_file *file, const struct finding *finding,
                    struct judgement *out);

static fix_fn *const fixers[CAUSE_COUNT] = {
    [CAUSE_FIREWALL_DROP] = fix_firewall,
    [CAUSE_FIREWALL_REJECT] = fix_firewall,
    [CAUSE_LINK_DOWN] = fix_link,
    [CAUSE_SOURCE_PORTS_EXHAUSTED] = fix_ports,
    [CAUSE_ADDRESS_NOT_LOCAL] = fix_address,
    [CAUSE_FORWARDING_DISABLED] = fix_forwarding,
    [CAUSE_ROUTE_REJECTS] = fix_route_rejects,
    [CAUSE_NO_ROUTE] = fix_route_back,
    [CAUSE_RP_FILTER] = fix_route_back,
};

void explain_fixes(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    if (strcmp(finding->namespace_name, "host") != 0)
        return; /* typed on the host, it would mend nothing in there */
    if (fixers[finding->cause] != NULL)
        fixers[finding->cause](file, finding, out);
}
