/* What is read in a rule, in either language. */
#include <stdio.h>
#include <string.h>

#include "agent/observe/firewall/rule_keys.h"
#include "common/base/array.h"
#include "common/trace/evidence.h"
#include "tests/unit/test.h"

#define SAID_SIZE 256

/* "key=value ..." in the order in which they are told. */
static const struct
{
    const char *rule;
    const char *said;
} rules[] = {
    {"", ""},
    {"tcp dport 8080 drop", ""},
    {"( meta cmp immediate )", ""},

    {"tcp dport 80 limit rate 2/minute burst 3 packets accept", "limiter=rate"},
    {"tcp dport 80 limit name \"web\" drop", "limiter=rate"},
    {"ct count over 5 drop", "limiter=connections"},
    {"quota over 10 mbytes drop", "limiter=volume"},
    {"numgen inc mod 2 0 drop", "limiter=chance"},
    {"meta hour \"22:00\"-\"06:00\" drop", "limiter=time"},
    {"( limit meta )", "limiter=rate"},
    {"meta l4proto tcp xt match \"hashlimit\" counter xt target \"DROP\"",
     "limiter=rate"},
    {"-A INPUT -m hashlimit --hashlimit-above 2/min -j DROP", "limiter=rate"},
    {"-A INPUT -m connlimit --connlimit-above 2 -j DROP",
     "limiter=connections"},
    {"-A INPUT -m quota --quota 5 -j ACCEPT", "limiter=volume"},
    {"-A INPUT -m statistic --mode random -j DROP", "limiter=chance"},
    {"-A INPUT -m time --timestart 22:00:00 -j DROP", "limiter=time"},
    {"jump limit", ""},
    {"-A limit -j limit", ""},
    {"tcp dport 80 drop comment \"limit rate dnat queue\"", ""},
    {"-A INPUT -m comment --comment \"-m limit -j DNAT\" -p tcp -j DROP", ""},
    {"-A INPUT -p tcp -m comment --comment -g -j ACCEPT", ""},

    {"tcp dport 80 dnat ip to 192.0.2.1:80", "translates=dnat"},
    {"tcp dport 80 dnat to 192.0.2.1", "translates=dnat"},
    {"tcp dport 80 redirect to :15001", "translates=redirect"},
    {"tcp dport 80 tproxy to :15001", "translates=tproxy"},
    {"tcp dport set 9090", "translates=port"},
    {"oifname \"eth0\" masquerade", "translates=masquerade"},
    {"snat to 192.0.2.1", "translates=snat"},
    {"( masq )", "translates=masquerade"},
    {"( redir )", "translates=redirect"},
    {"ct status dnat accept", ""},
    {"jump dnat", ""},
    {"-A DOCKER -p tcp -j DNAT --to-destination 172.17.0.2:80",
     "translates=dnat"},
    {"-A OUTPUT -p tcp -j REDIRECT --to-ports 15001", "translates=redirect"},
    {"-A POSTROUTING -j MASQUERADE", "translates=masquerade"},
    {"meta l4proto tcp counter xt target \"DNAT\"", "translates=dnat"},
    {"-A PREROUTING -j my-dnat", ""},

    {"ct state invalid drop", "state_asked=invalid"},
    {"ct state established,related accept", "state_asked=other"},
    {"ct state != invalid accept", "state_asked=invalid"},
    {"ct state vmap { established : accept, invalid : drop }",
     "state_asked=invalid"},
    {"ct state { established, new } jump invalid", "state_asked=other"},
    {"-A INPUT -m conntrack ! --ctstate INVALID,NEW -j DROP",
     "state_asked=invalid"},
    {"-A INPUT -m state --state NEW -j DROP", "state_asked=other"},

    {"queue num 5", "queue_number=5"},
    {"queue flags bypass to 3", "queue_number=3"},
    {"tcp dport 80 queue to 0", "queue_number=0"},
    {"queue to 0-3", ""},
    {"-A INPUT -j NFQUEUE --queue-num 5 --queue-bypass", "queue_number=5"},
    {"-A INPUT -j NFQUEUE --queue-balance 0:3", ""},

    {"goto filter_IN_public", "goto=1"},
    {"-A INPUT -p tcp -g web", "goto=1"},
    {"jump goto", ""},

    {"drop", "catch_all=1"},
    {"counter drop", "catch_all=1"},
    {"counter packets 5 bytes 300 drop", "catch_all=1"},
    {"-A INPUT -j DROP", "catch_all=1"},
    {"-A drop -j ACCEPT", ""},
    {"counter accept", ""},
    {"meta mark 5 drop", ""},

    {"ip saddr 192.0.2.0/24 goto filter_IN_work", "goto=1 asks_source=1"},
    {"iifname \"eth0\" goto filter_IN_public", "goto=1 asks_interface=1"},
    {"-A INPUT_ZONES -s 192.0.2.0/24 -g IN_work", "goto=1 asks_source=1"},
    {"-A INPUT_ZONES -i eth0 -g IN_public", "goto=1 asks_interface=1"},

    {"meta nfproto ipv6 fib saddr . mark . iif oif missing drop",
     "asks_source=1 asks_interface=1 path_filter=1"},
    {"-A PREROUTING -m rpfilter --validmark --invert -j DROP",
     "path_filter=1 resembles=firewalld"},
    {"-A INPUT -j REJECT --reject-with icmp-host-prohibited",
     "resembles=firewalld"},

    {"ip saddr @f2b-web drop", "asks_source=1 front_end=fail2ban jail=web"},
    {"tcp dport { 80 } ip6 saddr @addr6-set-sshd reject",
     "asks_source=1 front_end=fail2ban jail=sshd"},
    {"-A INPUT -m set --match-set f2b-web6 src -j REJECT",
     "front_end=fail2ban jail=web6"},
    {"-A INPUT -m set --match-set banned src -j DROP", ""},
    {"-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP",
     "asks_interface=1 front_end=docker"},
    {"-A PREROUTING -d 172.18.0.2/32 ! -i br-0123456789ab -j DROP",
     "asks_interface=1 front_end=docker"},
    {"-A PREROUTING -d 172.18.0.2/32 ! -i br-lan -j DROP", "asks_interface=1"},
    {"-A FORWARD -m conntrack --ctstate INVALID -j DROP",
     "state_asked=invalid resembles=firewalld"},

    /* Nothing to rely on, and no harm. */
    {"\"", ""},
    {"ct state", "state_asked=other"},
    {"queue", ""},
    {"xt match \"", ""},
    {"--match-set", ""},
    {"-A", ""},
    {"} } { {", ""},
};

static void print(const struct evidence *evidence, char said[static SAID_SIZE])
{
    size_t used = 0;

    said[0] = '\0';
    for (unsigned i = 0; i < evidence->count; i++) {
        const struct evidence_value *value = &evidence->values[i];
        const struct evidence_key_info *info = &evidence_keys[value->key];

        used += (size_t)snprintf(said + used, SAID_SIZE - used,
                                 "%s%s=", i > 0 ? " " : "", info->name);
        if (info->type == VALUE_WORD)
            used +=
                (size_t)snprintf(said + used, SAID_SIZE - used, "%s",
                                 word_name(info->words, (int)value->number));
        else if (info->type == VALUE_TEXT)
            used += (size_t)snprintf(said + used, SAID_SIZE - used, "%s",
                                     evidence->texts + value->text);
        else
            used += (size_t)snprintf(said + used, SAID_SIZE - used, "%d",
                                     (int)value->number);
    }
}

static void says_what_the_rule_says(void **state)
{
    char said[SAID_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        struct evidence evidence;
        struct rule_keys keys;

        rule_keys_read(rules[i].rule, &keys);
        evidence_init(&evidence, EVIDENCE_RULE, 1);
        rule_keys_put(&keys, &evidence);
        print(&evidence, said);
        if (strcmp(said, rules[i].said) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", rules[i].rule, said,
                     rules[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_rule_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
