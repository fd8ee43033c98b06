/* What losses that come and go follow, in words. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/ecn.h"
#include "controller/engine/facts/loss_kind.h"

#define PORTS_NAMED 8
#define PER_MINUTE  60.0

/* The source ports of the attempts whose first sending came, or did not. */
static void list_ports(const struct view *view, const struct sendings *sendings,
                       bool came, char *text, size_t size)
{
    unsigned more = 0;
    unsigned named = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sendings->count; i++) {
        const struct sending *sending = &sendings->items[i];
        const struct evidence *start = view->attempts[sending->attempt].start;

        if (sending->again || sending->came != came || start == NULL)
            continue;
        if (named == PORTS_NAMED) {
            more++;
            continue;
        }
        text_format(text + strlen(text), size - strlen(text), "%s%lld",
                    named++ > 0 ? ", " : "",
                    (long long)evidence_number(start, KEY_SOURCE_PORT, 0));
    }
    if (more > 0)
        text_format(text + strlen(text), size - strlen(text), " and %u more",
                    more);
}

static void say_port(const struct view *view, const struct sendings *sendings,
                     struct finding *finding)
{
    char failed[96], passed[96], text[288];

    list_ports(view, sendings, false, failed, sizeof(failed));
    list_ports(view, sendings, true, passed, sizeof(passed));
    finding_add_text(finding, "follows", "source-port");
    finding_add_text(finding, "failed_ports", failed);
    finding_add_text(finding, "passed_ports", passed);
    text_format(text, sizeof(text),
                "it follows the source port (lost from %s; not from %s)",
                failed, passed);
    finding_append(finding, "; ", text);
    explain_legs(view, finding);
}

/* "5 a second", "5 a minute" */
static void print_rate(double per_second, char *text, size_t size)
{
    bool slow = per_second < 1;

    text_format(text, size, "%.2g a %s",
                slow ? per_second * PER_MINUTE : per_second,
                slow ? "minute" : "second");
}

static void say_rate(const struct loss_pattern *pattern,
                     struct finding *finding)
{
    char rate[32], text[160];

    finding_add_text(finding, "follows", "rate");
    finding_add_number(finding, "burst", pattern->burst);
    if (pattern->per_second > 0) {
        print_rate(pattern->per_second, rate, sizeof(rate));
        finding_add_text(finding, "rate", rate);
        text_format(text, sizeof(text),
                    "a limit of about %s, %u at once, would lose just those",
                    rate, pattern->burst);
    } else {
        text_format(text, sizeof(text),
                    "the first %u came and none after them, as behind a limit "
                    "by rate, or behind what changed just then",
                    pattern->burst);
    }
    finding_append(finding, "; ", text);
}

/* Each flow's first SYN asks for ECN and is lost, the next one does neither. */
static bool is_by_ecn(const struct view *view, const struct sendings *sendings,
                      const struct loss_pattern *pattern,
                      const struct finding *finding)
{
    return finding->packet == PACKET_SYN &&
           (pattern->kind == LOSS_OF_FIRST || pattern->kind == LOSS_FEW) &&
           ecn_loss_of_all(view, sendings) != ECN_LOSS_NOT;
}

static void say_pattern(const struct view *view,
                        const struct sendings *sendings,
                        const struct loss_pattern *pattern,
                        struct finding *finding)
{
    switch (pattern->kind) {
    case LOSS_BY_PORT: say_port(view, sendings, finding); break;
    case LOSS_BY_RATE: say_rate(pattern, finding); break;
    case LOSS_OF_FIRST:
        finding_add_text(finding, "follows", "first-packet");
        finding_append(finding, "; ",
                       "each flow's first one is lost, and the next one comes");
        break;
    case LOSS_BY_CHANCE:
        finding_add_text(finding, "follows", "chance");
        finding_append(finding, "; ",
                       "it follows neither the port nor a rate, as by chance");
        break;
    case LOSS_UNCLEAR:
        finding_add_text(finding, "follows", "rate-or-port");
        finding_append(finding, "; ",
                       "a limit by rate would lose these, and so would a dead "
                       "way of several that the ports choose");
        break;
    case LOSS_NONE:
    case LOSS_FEW: break;
    }
}

void explain_pattern(const struct view *view, struct finding *finding)
{
    struct sendings sendings;
    struct loss_pattern pattern;

    sendings_list(view, finding->packet, &sendings);
    loss_kind_find(&sendings, &pattern);
    if (is_by_ecn(view, &sendings, &pattern, finding)) {
        finding_add_text(finding, "follows", "ecn");
        finding_append(finding, "; ",
                       "those that ask for ECN are lost, and those sent again "
                       "without it come: that is ECN, or each flow's first");
        return;
    }
    say_pattern(view, &sendings, &pattern, finding);
}
