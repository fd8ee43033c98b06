#include "tests/unit/engine/command_grammar.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "tests/unit/engine/shell_words.h"
#include "tests/unit/test.h"

/* Extended regular expressions over the words, which stand one a line (none
 * holds a line end); a blank between two is written for it.  What stands in <>
 * is in the list below. */
/* What lets an answer in goes by its port, and must not let its sender begin a
 * connection from there. */
#define MATCH                                                                             \
    "(-s <address> -d <address> -p tcp (--dport <number>( -m owner --uid-owner <word>)?|" \
    "--sport <number> (-m conntrack --ctstate ESTABLISHED|--tcp-flags ACK ACK))|"         \
    "-p tcp -m conntrack --ctorigsrc <address> --ctorigdst <address> "                    \
    "--ctorigdstport <number>)"
#define TABLE "(inet|ip|ip6|arp|bridge|netdev) <nft>"
#define RICH                                                                    \
    "--add-rich-rule=rule<blank>(priority=-32768<blank>)?family=ipv[46]<blank>" \
    "source<blank>address=<address><blank>destination<blank>"                   \
    "address=<address><blank>port<blank>port=<number><blank>protocol=tcp"       \
    "<blank>accept"
#define ZONE "--(zone|policy)=<name>"
#define RULE_DEL                                                                                      \
    "ip( -6)? rule del pref <number>( not)?( from <prefix>)?( to <prefix>)?( fwmark <hex>(/<hex>)?)?" \
    "( iif <device>)?( oif <device>)?( ipproto tcp)?( uidrange <number>-<number>)?"                   \
    "( sport <number>(-<number>)?)?( dport <number>(-<number>)?)?"

/* clang-format off */

/* What may be typed, and whom it lets in at least: a fix never says less than
 * each of its parts (controller/engine/explain/opens.h).  And whether it could
 * take away the agent's connection, or that of somebody who came from another
 * network by the default gateway. */
struct form
{
    enum fix_opens opens;
    enum command_cuts cuts;
    const char *text;
};

/* What is about the network, and may be entered for. */
static const struct form inside[] = {
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? route del <prefix>( via <address>)?( dev <device>)?( table <number>)?"},
    {OPENS_OTHERS, CUTS_NOBODY, "ip( -6)? route del (blackhole|unreachable|prohibit) <prefix>( table <number>)?"},
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? route del throw <prefix>( table <number>)?"},
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? route replace <prefix>( via <address>)? dev <device>( onlink)?( src <address>)?"},
    {OPENS_NOTHING, CUTS_NOBODY, "ip( -6)? route add local <address> dev <device> table local"},
    {OPENS_NOTHING, CUTS_NOBODY, "ip( -6)? rule add pref 0 lookup local"},
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? rule add pref (32766 lookup main|32767 lookup default)"},
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? rule add pref <number> to <prefix> lookup (main|default|<number>)"},
    {OPENS_NOTHING, CUTS_ASKED, "ip( -6)? rule add( pref <number>)? from <prefix> lookup (main|default|<number>)"},
    {OPENS_NOTHING, CUTS_ASKED_SAID, RULE_DEL " lookup <number>"},
    {OPENS_OTHERS, CUTS_NOBODY, RULE_DEL " (blackhole|unreachable|prohibit)"},
    {OPENS_NOTHING, CUTS_NOBODY, "ip addr add <prefix> dev <device>( nodad)?"},
    {OPENS_NOTHING, CUTS_ASKED, "ip addr del <prefix> dev <device>"},
    {OPENS_NOTHING, CUTS_NOBODY, "ip link set dev <device> (up|arp on)"},
    {OPENS_EVERYONE, CUTS_SAID, "ip link set dev <device> xdp(generic|drv|offload)? off"},
    {OPENS_NOTHING, CUTS_NOBODY, "ip neigh del <address> dev <device>"},
    {OPENS_EVERYONE, CUTS_SAID, "ip xfrm policy delete dir (in|out) index <number>"},
    {OPENS_OTHERS, CUTS_NOBODY, "ip xfrm policy add dir (in|out) src <prefix> dst <prefix> proto tcp sport <number> "
                   "priority <number> action allow"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ip xfrm policy add dir (in|out) src <prefix> dst <prefix> proto tcp dport <number> "
                       "priority <number> action allow"},
    {OPENS_CONNECTION, CUTS_NOBODY, "nft insert rule " TABLE
                       " <nft>( handle <number>)? (ip6? saddr <address> ip6? daddr <address> "
                       "tcp dport <number>( meta skuid (<number>|<nft>))?|(ct state established|tcp flags ack) ip6? "
                       "saddr <address> ip6? daddr <address> tcp sport <number>|meta l4proto tcp ct original ip6? "
                       "saddr <address> ct original ip6? daddr <address> ct original proto-dst <number>) accept"},
    {OPENS_EVERYONE, CUTS_NOBODY, "nft delete rule " TABLE " <nft> handle <number>"},
    {OPENS_CONNECTION, CUTS_NOBODY, "nft delete element " TABLE
                       " <nft> [{]<blank><address>(<blank>[.]<blank>[A-Za-z0-9._-]+)*<blank>[}]"},
    {OPENS_OTHERS, CUTS_NOBODY, "nft delete element " TABLE
                   " <nft> [{]<blank>[A-Za-z0-9.:/_-]([A-Za-z0-9.:/_-]|<blank>)*<blank>[}]"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ip6?tables-(nft|legacy) -t (filter|nat|mangle|raw|security) "
                       "-I <word> " MATCH " -j ACCEPT"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ip6?tables-(nft|legacy) -I DOCKER-USER -p tcp -s <address> (-d <address> --dport <number>|"
                       "-m conntrack --ctdir ORIGINAL --ctorigdst <address> --ctorigdstport <number>) -j ACCEPT"},
    {OPENS_OTHERS, CUTS_NOBODY, "nft insert rule " TABLE " <nft>( handle <number>)? (arp saddr ip <address> arp daddr ip <address>|"
                   "ip6 saddr <address> ip6 daddr <address> icmpv6 type nd-neighbor-(solicit|advert)) accept"},
    {OPENS_OTHERS, CUTS_NOBODY, "arptables-nft -I <word> -s <address> -d <address> -j ACCEPT"},
    {OPENS_OTHERS, CUTS_NOBODY, "ip6tables-(nft|legacy) -t (filter|nat|mangle|raw|security) -I <word> -s <address> -d <address> "
                   "-p ipv6-icmp --icmpv6-type neighbour-(solicitation|advertisement) -j ACCEPT"},
    {OPENS_OTHERS, CUTS_NOBODY, "ebtables-nft -t (filter|nat) -I <word> -p ARP --arp-ip-src <address> --arp-ip-dst <address> -j ACCEPT"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ebtables-nft -t (filter|nat) -I <word> -p IPv(4|6) --ip6?-source <address> "
                       "--ip6?-destination <address> --ip6?-protocol tcp --ip6?-destination-port <number> "
                       "-j ACCEPT"},
    {OPENS_OTHERS, CUTS_NOBODY, "ebtables-nft -t (filter|nat) -I <word> -p IPv(4|6) --ip6?-source <address> "
                   "--ip6?-destination <address> --ip6?-protocol tcp --ip6?-source-port <number> -j ACCEPT"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ipset del <word> <address>"},
    {OPENS_OTHERS, CUTS_NOBODY, "ipset del <word> <word>"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.ipv4.tcp_syncookies=1"},
    {OPENS_EVERYONE, CUTS_NOBODY, "sysctl -w net.ipv4.ip_forward=1"},
    {OPENS_EVERYONE, CUTS_ASKED, "sysctl -w net.ipv6.conf.all.forwarding=1"},
    {OPENS_EVERYONE, CUTS_NOBODY, "sysctl -w net.ipv4.conf.<setting>.forwarding=1"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.ipv4.ip_default_ttl=64"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.ipv4.tcp_ecn=2"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.ipv4.ip_local_port_range=(1024<blank>65535|32768<blank>60999)"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.ipv6.conf.<setting>.hop_limit=64"},
    {OPENS_EVERYONE, CUTS_NOBODY, "sysctl -w net.ipv6.conf.<setting>.disable_ipv6=0"},
    {OPENS_EVERYONE, CUTS_NOBODY, "sysctl -w net.ipv4.conf.<setting>.route_localnet=1"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w( net.ipv4.conf.<setting>.arp_(ignore|filter)=0){1,2}"},
    {OPENS_NOTHING, CUTS_NOBODY, "tc qdisc del dev <device> (root|parent <handle>)"},
    {OPENS_EVERYONE, CUTS_SAID, "tc filter del dev <device> (in|e)gress( chain <number>)? pref <number> handle (<hex>|<handle>) "
                     "(basic|bpf|cgroup|flow|flower|fw|matchall|route|rsvp|rsvp6|tcindex|u32)"},
    {OPENS_EVERYONE, CUTS_SAID, "bpftool net detach tcx_(in|e)gress dev <device>"},
    {OPENS_NOTHING, CUTS_NOBODY, "ethtool -K <device> tx off"},
    {OPENS_NOTHING, CUTS_NOBODY, "ss -K -t state all dst (<address>|\\[<address>\\]) dport = :<number> sport = :<number>"},
    {OPENS_NOTHING, CUTS_NOBODY, "conntrack -D -p tcp -s <address> --sport <number> -d <address> --dport <number>"},
};

static const struct form outside[] = {
    {OPENS_NOTHING, CUTS_NOBODY, "ip6?tables-nft -t nat -A POSTROUTING -s <address> -d <address> -j MASQUERADE"},
    {OPENS_EVERYONE, CUTS_SAID, "bpftool link detach id <number>"},
    {OPENS_EVERYONE, CUTS_SAID, "bpftool cgroup detach /<word> (ingress|egress|connect[46]) id <number>"},
    {OPENS_NOTHING, CUTS_NOBODY, "systemctl (restart|unmask|reset-failed|thaw) <name>"},
    {OPENS_NOTHING, CUTS_SAID, "systemctl stop( <name>)? <name>"},
    {OPENS_EVERYONE, CUTS_NOBODY, "systemctl (start|enable --now) <name>"},
    {OPENS_CONNECTION, CUTS_NOBODY, "systemctl set-property --runtime <name> IPAddressAllow=<address>"},
    {OPENS_NOTHING, CUTS_NOBODY, "docker unpause <name>"},
    {OPENS_EVERYONE, CUTS_NOBODY, "docker start <name>"},
    {OPENS_NOTHING, CUTS_SAID, "docker stop <name>"},
    {OPENS_NOTHING, CUTS_NOBODY, "kill -CONT <number>"},
    {OPENS_NOTHING, CUTS_SAID, "kill <number>"},
    {OPENS_NOTHING, CUTS_NOBODY, "timeout 10 tail --pid=<number> -f /dev/null"},
    {OPENS_NOTHING, CUTS_NOBODY, "prlimit --pid <number> --nofile=<number>:<number>?"},
    {OPENS_NOTHING, CUTS_NOBODY, "sysctl -w net.netfilter.nf_conntrack_max=<number>"},
    {OPENS_CONNECTION, CUTS_NOBODY, "firewall-cmd( --permanent)? " ZONE " " RICH},
    {OPENS_EVERYONE, CUTS_NOBODY, "firewall-cmd( --permanent)? " ZONE " --add-port=<number>/tcp"},
    {OPENS_EVERYONE, CUTS_SAID, "firewall-cmd --reload"},
    {OPENS_EVERYONE, CUTS_SAID, "sed -i -e \\$aIPv6_rpfilter=no -e /\\^IPv6_rpfilter=/d "
                     "/etc/firewalld/firewalld.conf"},
    {OPENS_EVERYONE, CUTS_SAID, "ufw reload"},
    {OPENS_CONNECTION, CUTS_NOBODY, "ufw( route)?( prepend)? allow( out)? from <address> to <address> port <number> proto tcp"},
    {OPENS_CONNECTION, CUTS_NOBODY, "fail2ban-client set <name> unbanip <address>"},
};

/* clang-format on */

/* How those begin that no bundle leads to: they need what the lab's other hosts
 * would feel (a lower limit of the whole machine, Docker), or a program that is
 * attached to tcx without a link. */
static const char *const rare[] = {
    "bpftool net detach ",
    "docker ",
    "ip addr del ", /* withheld where no way of the agent's is told */
    "sysctl -w net.netfilter.",
    "sysctl -w net.ipv6.conf.<setting>.hop_limit", /* as IPv4's */
    /* as those of dport */
    "ip xfrm policy add dir (in|out) src <prefix> dst <prefix> proto tcp sport",
    ("ebtables-nft -t (filter|nat) -I <word> -p IPv(4|6) --ip6?-source <address> "
     "--ip6?-destination <address> --ip6?-protocol tcp --ip6?-source"),
};

#define FORM_SIZE 4096

/* clang-format off */

static const struct
{
    const char *name, *expression;
} classes[] = {
    {"<number>", "[0-9]+"},
    {"<hex>", "0x[0-9a-f]+"},
    {"<handle>", "[0-9a-f]+:[0-9a-f]*(:[0-9a-f]+)?"},
    {"<address>", "[0-9a-f.:]+"},
    {"<prefix>", "[0-9a-f.:]+/[0-9]+"},
    {"<device>", "[^-\n/: ][^\n/: ]{0,14}"},
    {"<setting>", "[^\n.: =*?[]{1,15}"}, /* a device's dots are slashes */
    {"<name>", "[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*"},
    {"<nft>", "[A-Za-z_.][A-Za-z0-9/_.-]*"},
    {"<word>", "[^-\n][^\n]*"},
    {"<blank>", " "},
};

/* clang-format on */

static regex_t inside_forms[ARRAY_SIZE(inside)];
static regex_t outside_forms[ARRAY_SIZE(outside)];
static bool inside_seen[ARRAY_SIZE(inside)];
static bool outside_seen[ARRAY_SIZE(outside)];
static regex_t hosts_form;
static struct shell_words words;

static size_t put_class(const char **at, char *out, size_t room)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        size_t size = strlen(classes[i].name);

        if (strncmp(*at, classes[i].name, size) == 0) {
            *at += size;
            return (size_t)snprintf(out, room, "%s", classes[i].expression);
        }
    }
    fail_msg("no class: %s", *at);
    return 0;
}

static void compile(const char *start, const char *form, regex_t *out)
{
    static char expression[FORM_SIZE];
    size_t used = (size_t)snprintf(expression, FORM_SIZE, "^%s", start);
    int status;

    for (const char *at = form; *at != '\0';) {
        if (*at == '<') {
            used += put_class(&at, expression + used, FORM_SIZE - used);
            continue;
        }
        expression[used++] = *at == ' ' ? '\n' : *at;
        at++;
    }
    assert_true(used + 2 < FORM_SIZE);
    memcpy(expression + used, "$", 2);
    status = regcomp(out, expression, REG_EXTENDED | REG_NOSUB);
    if (status != 0)
        fail_msg("%s: %d", expression, status);
}

void command_grammar_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
        compile("(nsenter\n-t\n[0-9]+\n-n\n|"
                "ip\nnetns\nexec\n[^-\n][^\n]*\n)?",
                inside[i].text, &inside_forms[i]);
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        compile("", outside[i].text, &outside_forms[i]);
    /* The one that is no list of words is fixed as a whole. */
    if (regcomp(&hosts_form,
                "^hosts=\\$\\(sed 's/\\^\\[\\[:space:\\]\\]\\*"
                "(\\[0-9[.]\\]\\*|\\[0-9a-f:[.]\\]\\*:\\[0-9a-f:[.]\\]\\*)"
                "\\\\\\(\\[\\[:space:\\]\\]\\[\\[:space:\\]\\]\\*"
                "([A-Za-z0-9_-]|\\[[.]\\])+\\[\\[:space:\\]\\]\\*"
                "\\\\\\(#[.]\\*\\\\\\)\\*\\\\\\)\\$/"
                "[0-9a-f.:]+\\\\1/I' /etc/hosts\\) && printf '%s\\\\n' "
                "\"\\$hosts\" > /etc/hosts$",
                REG_EXTENDED | REG_NOSUB) != 0)
        fail();
}

void command_grammar_fini(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
        regfree(&inside_forms[i]);
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        regfree(&outside_forms[i]);
    regfree(&hosts_form);
}

/* Is it of a form, and does the fix say at least whom that lets in? */
static bool is_form(const char *part, enum fix_opens opens)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
        if (regexec(&inside_forms[i], part, 0, NULL, 0) == 0) {
            inside_seen[i] = true;
            return opens >= inside[i].opens;
        }
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        if (regexec(&outside_forms[i], part, 0, NULL, 0) == 0) {
            outside_seen[i] = true;
            return opens >= outside[i].opens;
        }
    return false;
}

static bool is_rare(const char *form)
{
    for (size_t i = 0; i < ARRAY_SIZE(rare); i++)
        if (strncmp(form, rare[i], strlen(rare[i])) == 0)
            return true;
    return false;
}

const char *command_grammar_unseen(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
        if (!inside_seen[i] && !is_rare(inside[i].text))
            return inside[i].text;
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        if (!outside_seen[i] && !is_rare(outside[i].text))
            return outside[i].text;
    return NULL;
}

static enum command_cuts cuts_of(const char *part)
{
    for (size_t i = 0; i < ARRAY_SIZE(inside); i++)
        if (regexec(&inside_forms[i], part, 0, NULL, 0) == 0)
            return inside[i].cuts;
    for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
        if (regexec(&outside_forms[i], part, 0, NULL, 0) == 0)
            return outside[i].cuts;
    return CUTS_NOBODY;
}

enum command_cuts command_grammar_cuts(const char *command)
{
    static char part[SHELL_MAX_TOKENS * 64];
    unsigned cuts = CUTS_NOBODY;
    size_t used = 0;

    if (strncmp(command, "hosts=", 6) == 0)
        return CUTS_NOBODY;
    shell_take_apart(command, &words);
    for (size_t i = 0; i < words.count; i++) {
        if (words.tokens[i].is_operator) {
            cuts |= cuts_of(part);
            used = 0;
            continue;
        }
        assert_true(strlen(words.tokens[i].text) + 2 <= sizeof(part) - used);
        used += (size_t)snprintf(part + used, sizeof(part) - used, "%s%s",
                                 used == 0 ? "" : "\n", words.tokens[i].text);
    }
    return (enum command_cuts)(cuts | cuts_of(part));
}

bool command_grammar_allows(const char *command, enum fix_opens opens)
{
    static char part[SHELL_MAX_TOKENS * 64];
    size_t used = 0;

    if (strncmp(command, "hosts=", 6) == 0)
        return regexec(&hosts_form, command, 0, NULL, 0) == 0;
    shell_take_apart(command, &words);
    for (size_t i = 0; i < words.count; i++) {
        const struct shell_token *token = &words.tokens[i];

        if (token->is_operator) {
            if (strcmp(token->text, "&&") != 0 || !is_form(part, opens))
                return false;
            used = 0;
            continue;
        }
        if (token->is_expanded || strchr(token->text, '\n') != NULL ||
            strlen(token->text) + 2 > sizeof(part) - used)
            return false;
        used += (size_t)snprintf(part + used, sizeof(part) - used, "%s%s",
                                 used == 0 ? "" : "\n", token->text);
    }
    return !words.is_broken && used > 0 && is_form(part, opens);
}
