#include "agent/observe/ruleset/questions.h"

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h> /* before linux/netfilter.h, which minds the order */
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>

#include "common/trace/evidence.h"

static struct question *find_or_add(struct questions *questions,
                                    const struct address *asked,
                                    enum direction direction)
{
    for (size_t i = 0; i < questions->count; i++)
        if (questions->items[i].direction == direction &&
            address_equal(&questions->items[i].asked, asked))
            return &questions->items[i];
    if (questions->count == QUESTIONS_MAX)
        return NULL;
    questions->items[questions->count] =
        (struct question){.asked = *asked, .direction = direction};
    return &questions->items[questions->count++];
}

static void keep_device(struct question *question,
                        const struct evidence *evidence)
{
    if (question->device[0] == '\0')
        snprintf(question->device, sizeof(question->device), "%.*s",
                 IF_NAMESIZE - 1, evidence_text(evidence, KEY_INTERFACE, ""));
}

static void notice_arp(struct questions *questions, const struct evidence *arp)
{
    struct address asked = evidence_address(arp, KEY_ADDRESS);
    struct question *question = find_or_add(
        questions, &asked, (enum direction)evidence_word(arp, KEY_DIRECTION));

    if (question == NULL)
        return;
    keep_device(question, arp);
    question->is_answered |= evidence_number(arp, KEY_ANSWERED, 0) > 0;
    if (evidence_has(arp, KEY_SOURCE))
        question->asker = evidence_address(arp, KEY_SOURCE);
}

/* What a rule stopped on its way out, no capture has seen. */
static void notice_neighbour(struct questions *questions,
                             const struct evidence *neighbour)
{
    const char *state = evidence_text(neighbour, KEY_NEIGHBOUR_STATE, "");
    struct address asked = evidence_address(neighbour, KEY_ADDRESS);
    struct question *question;

    if (strcmp(state, "FAILED") != 0 && strcmp(state, "INCOMPLETE") != 0)
        return;
    question = find_or_add(questions, &asked, DIRECTION_OUT);
    if (question == NULL)
        return;
    keep_device(question, neighbour);
    question->is_in_vain = true;
}

/* Only links of the trace's own ways are told of. */
static void notice_link(struct questions *questions,
                        const struct evidence *link)
{
    questions->is_bridged |=
        strcmp(evidence_text(link, KEY_LINK_KIND, ""), "bridge") == 0;
}

void questions_notice(struct questions *questions,
                      const struct evidence *evidence)
{
    if (evidence_has(evidence, KEY_NAMESPACE))
        return;
    switch (evidence->kind) {
    case EVIDENCE_ARP: notice_arp(questions, evidence); break;
    case EVIDENCE_NEIGHBOUR: notice_neighbour(questions, evidence); break;
    case EVIDENCE_LINK: notice_link(questions, evidence); break;
    default: break;
    }
}

/* ff02::1:ff and the last three octets: who asks for an address calls all whose
 * own ends alike. */
static struct address group_of(const struct address *asked)
{
    static const uint8_t beginning[13] = {0xff, 2, [11] = 1, [12] = 0xff};
    struct address group = *asked;

    memcpy(group.bytes, beginning, sizeof(beginning));
    return group;
}

static void put_device(const struct question *question, bool leaves,
                       struct rule_view *view)
{
    struct rule_device *by = leaves ? &view->out : &view->in;

    *by = (struct rule_device){.is_known = question->device[0] != '\0',
                               .is_not_lo = true};
    memcpy(by->name, question->device, sizeof(by->name));
}

/* Connection tracking leaves neighbour discovery alone. */
static void view_question(const struct question *question, bool is_answer,
                          const struct address *own, struct rule_view *view)
{
    bool leaves = (question->direction == DIRECTION_OUT) != is_answer;
    const struct address *asker =
        question->direction == DIRECTION_OUT ? own : &question->asker;
    struct address nobody = {0};
    struct address called = question->asked;

    if (asker->family != question->asked.family)
        asker = &nobody;
    if (question->asked.family == 6)
        called = group_of(&question->asked);
    *view = (struct rule_view){
        .protocol = question->asked.family == 6 ? RULE_NEIGHBOUR : RULE_ARP,
        .is_answer = is_answer,
        .target = question->asked,
        .tuple = {.source = is_answer ? question->asked : *asker,
                  .destination = is_answer ? *asker : called},
        .in = {.is_known = true},
        .out = {.is_known = true},
        .mark = {.is_known = true},
        .state = {true, RULE_STATE_UNTRACKED},
        .from_socket = TRI_NO,
        .source_is_local = tri_of(leaves),
        .destination_is_local = TRI_MAYBE,
    };
    put_device(question, leaves, view);
}

void questions_lead(const struct questions *questions,
                    const struct question *question, bool is_answer,
                    const struct address *own, struct ruleset *ruleset,
                    ruled_fn fn, void *data)
{
    bool leaves = (question->direction == DIRECTION_OUT) != is_answer;
    struct rule_view view;

    view_question(question, is_answer, own, &view);
    if (questions->is_bridged)
        ruleset_ask_bridge(ruleset, leaves, &view, fn, data);
    if (view.protocol == RULE_ARP) {
        ruleset_ask_link(ruleset, NFPROTO_ARP, leaves ? NF_ARP_OUT : NF_ARP_IN,
                         &view, fn, data);
        return;
    }
    ruleset_ask(ruleset, leaves ? NF_INET_LOCAL_OUT : NF_INET_PRE_ROUTING,
                false, &view, fn, data);
    ruleset_ask(ruleset, leaves ? NF_INET_POST_ROUTING : NF_INET_LOCAL_IN,
                false, &view, fn, data);
}
