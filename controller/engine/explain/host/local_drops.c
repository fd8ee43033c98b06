/* Queue disciplines, IPsec policies, queues to user space and switches in the
 * packet's way: what is said of them, and which command mends it. */
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/led.h"
#include "controller/engine/view/programs.h"

/* By an event the interface is known; else it is the decider itself. */
static const struct evidence *qdisc_of(const struct case_file *file,
                                       const struct finding *finding)
{
    if (file->decider != NULL && file->decider->kind == EVIDENCE_QDISC)
        return file->decider;
    return view_qdisc(file->view, finding->role, explain_interface(file));
}

static void print_tc_handle(int64_t handle, char text[static 24])
{
    unsigned long number = (unsigned long)handle & 0xffffffff;

    if ((number & 0xffff) == 0)
        text_format(text, 24, "%lx:", number >> 16);
    else
        text_format(text, 24, "%lx:%lx", number >> 16, number & 0xffff);
}

static bool is_incoming(const struct finding *finding)
{
    return finding->role != view_sender(finding->packet);
}

void sentence_qdisc(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const struct evidence *qdisc = qdisc_of(file, finding);
    char handle[24];

    if (qdisc == NULL) {
        finding_add_text(finding, "interface", explain_interface(file));
        finding_say(finding, "a queue discipline on %s's %s drops the %s",
                    words->host, explain_interface(file), words->packet);
        return;
    }
    print_tc_handle(evidence_number(qdisc, KEY_HANDLE, 0), handle);
    finding_add_text(finding, "interface",
                     evidence_text(qdisc, KEY_INTERFACE, NULL));
    finding_add_text(finding, "qdisc", evidence_text(qdisc, KEY_KIND, NULL));
    finding_add_text(finding, "handle", handle);
    finding_add_number(finding, "dropped",
                       evidence_rise(qdisc, KEY_BEFORE, KEY_AFTER));
    finding_cite(finding, qdisc);
    finding_say(
        finding,
        "the queue discipline %s %s on %s's %s %s %s%s (%lld dropped during "
        "the trace)",
        evidence_text(qdisc, KEY_KIND, "?"), handle, words->host,
        evidence_text(qdisc, KEY_INTERFACE, "?"),
        finding->confidence == CONFIDENCE_PROVEN ? "drops"
                                                 : "most likely drops",
        is_incoming(finding) ? "the answer to the question for its link "
                               "address, without which nobody sends it the "
                             : "the ",
        words->packet, (long long)evidence_rise(qdisc, KEY_BEFORE, KEY_AFTER));
}

#define PARENT_ROOT 0xffffffff /* TC_H_ROOT */

void fix_qdisc(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    const struct evidence *qdisc = qdisc_of(file, finding);
    char parent[24];
    struct command_line line;

    /* Without a handle it is the kernel's own: there is nothing to take away. */
    if (qdisc == NULL || evidence_number(qdisc, KEY_HANDLE, 0) == 0)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "tc");
    command_fixed(&line, "qdisc del dev");
    command_device(&line, evidence_text(qdisc, KEY_INTERFACE, ""));
    if ((evidence_number(qdisc, KEY_PARENT, 0) & 0xffffffff) == PARENT_ROOT) {
        command_fixed(&line, "root");
    } else {
        print_tc_handle(evidence_number(qdisc, KEY_PARENT, 0), parent);
        command_fixed(&line, "parent");
        command_word(&line, parent);
    }
    fix_add(out, finding->role, OPENS_NOTHING, "until-reload",
            "puts the kernel's own queue in its place; to keep the shaping, "
            "give it room for whole packets instead",
            &line);
}

static const struct evidence *policy_of(const struct case_file *file,
                                        const struct finding *finding)
{
    bool listed;

    return view_ipsec(file->view, finding->role,
                      is_incoming(finding) ? DIRECTION_IN : DIRECTION_OUT,
                      &listed);
}

void sentence_ipsec(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    const struct evidence *policy = policy_of(file, finding);
    const char *way = is_incoming(finding) ? "in" : "out";
    bool blocks;

    if (policy == NULL) {
        finding_say(finding,
                    "an IPsec policy of %s blocks the %s or demands protection",
                    words->host, words->packet);
        return;
    }
    blocks = strcmp(evidence_text(policy, KEY_ACTION, ""), "block") == 0;
    finding_add_text(finding, "direction", way);
    finding_add_text(finding, "policy", evidence_text(policy, KEY_RULE, NULL));
    finding_add_text(finding, "action",
                     evidence_text(policy, KEY_ACTION, NULL));
    finding_add_number(finding, "index", evidence_number(policy, KEY_INDEX, 0));
    finding_add_number(finding, "priority",
                       evidence_number(policy, KEY_PRIORITY, 0));
    finding_cite(finding, policy);
    finding_say(finding, "%s's IPsec policy \"dir %s %s\" %s the %s",
                words->host, way, evidence_text(policy, KEY_RULE, "?"),
                blocks ? "blocks" : "demands protection for", words->packet);
}

/* An exception for this connection where one can come first; else the policy
 * goes. */
void fix_ipsec(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    const struct evidence *policy = policy_of(file, finding);
    const struct subject *subject = file->view->subject;
    bool answer = finding->packet == PACKET_SYN_ACK;
    unsigned length = subject->destination.family == 6 ? 128 : 32;
    int64_t priority;
    struct command_line line;

    if (policy == NULL)
        return;
    priority = evidence_number(policy, KEY_PRIORITY, 0);
    if (priority < 0)
        return; /* there is none such */
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_fixed(&line, "xfrm policy");
    command_word(&line, priority == 0 ? "delete" : "add");
    command_fixed(&line, "dir");
    command_word(&line, is_incoming(finding) ? "in" : "out");
    if (priority == 0) {
        command_fixed(&line, "index");
        command_number(&line, evidence_number(policy, KEY_INDEX, 0));
        fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot",
                "removes the policy; its priority leaves no room for an "
                "exception before it, and who is connected under its "
                "protection may be cut off",
                &line);
        return;
    }
    command_fixed(&line, "src");
    command_prefix(&line, answer ? &subject->destination : &subject->source,
                   length);
    command_fixed(&line, "dst");
    command_prefix(&line, answer ? &subject->source : &subject->destination,
                   length);
    command_fixed(&line, "proto tcp");
    command_word(&line, answer ? "sport" : "dport");
    command_number(&line, finding->role == ROLE_DESTINATION
                              ? led_port(file->view)
                              : subject->port);
    command_fixed(&line, "priority");
    command_number(&line, priority - 1);
    command_fixed(&line, "action allow");
    /* A policy knows no flags: whoever answers may also call from that port. */
    fix_add(out, finding->role, answer ? OPENS_OTHERS : OPENS_CONNECTION,
            "until-reboot",
            "lets this connection pass without protection; where it shall be "
            "protected, bring up the key exchange instead",
            &line);
}

void sentence_nfqueue(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    const struct evidence *rule =
        view_queue_rule(file->view, finding->role, finding->packet);
    int queue = rule == NULL ? -1 : view_queue_number(rule);
    bool is_read = view_is_queue_read(file->view, finding->role, queue) > 0;

    if (rule != NULL) {
        if (queue >= 0)
            finding_add_number(finding, "queue", queue);
        finding_add_text(finding, "table",
                         evidence_text(rule, KEY_TABLE, NULL));
        finding_add_text(finding, "chain",
                         evidence_text(rule, KEY_CHAIN, NULL));
        finding_add_text(finding, "rule", evidence_text(rule, KEY_RULE, NULL));
        finding_cite(finding, rule);
    }
    if (rule == NULL || queue < 0)
        finding_say(finding,
                    "a rule on %s hands the %s to a queue that no program "
                    "reads%s",
                    words->host, words->packet,
                    is_read ? ", or to one that is full" : "");
    else
        finding_say(finding,
                    "a rule on %s (table %s, chain %s) hands the %s to queue "
                    "%d, %s",
                    words->host, evidence_text(rule, KEY_TABLE, "?"),
                    evidence_text(rule, KEY_CHAIN, "?"), words->packet, queue,
                    is_read ? "whose reader does not keep up"
                            : "which no program reads");
}

void fix_nfqueue(const struct case_file *file, const struct finding *finding,
                 struct judgement *out)
{
    struct case_file before_rule = *file;

    before_rule.decider =
        view_queue_rule(file->view, finding->role, finding->packet);
    fix_firewall(&before_rule, finding, out);
}

/* The device whose setting was read, or at which the packet was dropped. */
static const char *ipv6_device(const struct case_file *file)
{
    return file->decider != NULL && file->decider->kind == EVIDENCE_SYSCTL
               ? evidence_text(file->decider, KEY_INTERFACE, "all")
               : explain_interface(file);
}

static bool has_lost_address(const struct case_file *file,
                             const struct finding *finding)
{
    return finding->role == ROLE_DESTINATION && finding->packet == PACKET_SYN &&
           fact_is(file->known, F(DESTINATION, ADDRESS_NOT_LOCAL), YES);
}

void sentence_ipv6_disabled(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    char name[SYSCTL_NAME_SIZE];

    sysctl_name("net.ipv6.conf", ipv6_device(file), "disable_ipv6", name);
    finding_add_text(finding, "sysctl", name);
    finding_add_text(finding, "interface", explain_interface(file));
    if (has_lost_address(file, finding)) {
        finding_add_text(finding, "address", words->destination_address);
        finding_say(finding,
                    "IPv6 is switched off on %s's %s (%s is 1), which took "
                    "the address %s away",
                    words->host, explain_interface(file), name,
                    words->destination_address);
        return;
    }
    finding_say(finding,
                "IPv6 is switched off on %s's %s (%s is 1), so the %s %s",
                words->host, explain_interface(file), name, words->packet,
                finding->role == ROLE_SOURCE && finding->packet == PACKET_SYN
                    ? "cannot leave"
                    : "is dropped");
}

void fix_ipv6_disabled(const struct case_file *file,
                       const struct finding *finding, struct judgement *out)
{
    struct command_line line;
    char address[ADDRESS_TEXT_SIZE];
    char text[JUDGEMENT_TEXT_SIZE / 2];

    address_print(&file->view->subject->destination, address);
    if (has_lost_address(file, finding))
        text_format(text, sizeof(text),
                    "switches IPv6 on; unless routers announce them, the "
                    "address %s, with its prefix length, and the device's "
                    "routes must be added again",
                    address);
    else
        text_format(text, sizeof(text),
                    "switches IPv6 on; addresses and routes that went with it "
                    "must be added again, unless routers announce them");
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    command_sysctl(&line, "net.ipv6.conf", ipv6_device(file), "disable_ipv6",
                   0);
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot", text, &line);
}

void sentence_nic(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    bool is_ring =
        file->decider != NULL &&
        strcmp(evidence_text(file->decider, KEY_REASON, ""), "FULL_RING") == 0;

    finding_add_text(finding, "interface", explain_interface(file));
    if (is_ring)
        finding_say(finding,
                    "the ring of %s's %s is full: whoever takes packets from "
                    "it does not keep up, and the %s is dropped",
                    words->host, explain_interface(file), words->packet);
    else
        finding_say(finding,
                    "the queue of %s's processor for packets from %s is full "
                    "(net.core.netdev_max_backlog), and the %s is dropped",
                    words->host, explain_interface(file), words->packet);
}
