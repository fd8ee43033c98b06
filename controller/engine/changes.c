#include "controller/engine/changes.h"

#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/explain/sentences.h"

static void add(struct finding *verdict, const char *name, const char *text)
{
    finding_add_text(verdict, name, text);
    finding_append(verdict, "; ", text);
}

/* Does this attempt's failure have a cause of its own, other than that one?  What
 * stops some packets only is told as loss that comes and goes: the row that found
 * it is still the same. */
static bool is_other(const struct view *view, const struct sum *sum, unsigned n,
                     const struct finding *verdict)
{
    const struct opinion *opinion = &sum->opinions[n];
    const struct opinion *chosen = &sum->opinions[sum->chosen];
    const struct evidence *freed =
        verdict->role == ROLE_PATH
            ? NULL
            : view_sights(&view->attempts[n], verdict->role)
                  ->drop_event[verdict->packet];

    if (!sum->is_intermittent && chosen->has_row && opinion->has_row &&
        opinion->row.cause == chosen->row.cause)
        return false;
    if (sum->is_intermittent && freed != NULL &&
        evidence_word(freed, KEY_STAGE) == (int)verdict->stage)
        return false;
    return sum_is_failed(view, n) && opinion->has_row &&
           opinion->cause != CAUSE_CONNECTED &&
           opinion->cause != verdict->cause && !opinion->row.silent;
}

/* "20 attempts failed otherwise: firewall-drop (from attempt 11 on)" */
static void note_other_causes(const struct view *view, const struct sum *sum,
                              struct finding *verdict)
{
    unsigned count = 0;
    unsigned first = 0;
    enum cause cause;
    char text[160];

    for (unsigned n = 1; n <= view->attempt_count; n++)
        if (is_other(view, sum, n, verdict)) {
            first = first == 0 ? n : first;
            count++;
        }
    if (count == 0)
        return;
    cause = sum->opinions[first].cause;
    text_format(text, sizeof(text),
                "%u of %u attempts failed otherwise: %s, first attempt %u",
                count, view->attempt_count, causes[cause].name, first);
    add(verdict, "otherwise", text);
    finding_cite(verdict, view->attempts[first].end);
}

/* What flushed tables, or loaded others, changed their number. */
static const struct evidence *find_other_number(const struct view *view,
                                                const struct evidence *after)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *before = view->items[i];

        if (before->kind == EVIDENCE_RULE_TRACE &&
            before->role == after->role && view_is_own(before) &&
            evidence_word(before, KEY_PHASE) == PHASE_ARMED &&
            evidence_number(before, KEY_TABLES, 0) !=
                evidence_number(after, KEY_TABLES, 0))
            return before;
    }
    return NULL;
}

/* "2 tables before, 0 after", "last by nft (pid 7)" */
static void print_change(const struct evidence *before,
                         const struct evidence *after, char *text, size_t size)
{
    char who[96];

    text[0] = '\0';
    if (before != NULL)
        text_format(text, size, "%lld tables before, %lld after",
                    (long long)evidence_number(before, KEY_TABLES, 0),
                    (long long)evidence_number(after, KEY_TABLES, 0));
    if (!evidence_has(after, KEY_PROCESS))
        return;
    process_name(after, who, sizeof(who));
    text_format(text + strlen(text), size - strlen(text), "%slast by %s",
                before != NULL ? ", " : "", who);
}

/* Rules of iptables-legacy, which tell nobody who changed them; NULL: none of this
 * trace's family did. */
static const struct evidence *find_legacy_change(const struct view *view,
                                                 enum role role)
{
    const char *family = view->subject->destination.family == 6 ? "ip6" : "ip";

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_RULE_COUNTERS &&
            (enum role)item->role == role &&
            evidence_number(item, KEY_COMPLETE, 1) == 0 &&
            strcmp(evidence_text(item, KEY_FIREWALL_FAMILY, ""), family) == 0)
            return item;
    }
    return NULL;
}

static void note_rules(const struct view *view, enum role role,
                       struct finding *verdict)
{
    const struct evidence *after = view_end(view, role)->rule_trace_after;
    const struct evidence *legacy = find_legacy_change(view, role);
    const struct evidence *before =
        after == NULL ? NULL : find_other_number(view, after);
    bool by_legacy =
        before == NULL &&
        (after == NULL || evidence_number(after, KEY_COUNT, 0) == 0);
    char host[HOST_NAME_SIZE];
    char how[128];
    char text[288];

    if (by_legacy && legacy == NULL)
        return;
    if (by_legacy)
        text_format(how, sizeof(how), "those of iptables-legacy");
    else
        print_change(before, after, how, sizeof(how));
    text_format(text, sizeof(text),
                "the rules of %s changed during the trace%s%s%s",
                explain_host(view, role, host), how[0] != '\0' ? " (" : "", how,
                how[0] != '\0' ? ")" : "");
    add(verdict, "changed", text);
    finding_cite(verdict, before);
    finding_cite(verdict, by_legacy ? legacy : after);
}

void changes_note(const struct view *view, const struct sum *sum,
                  struct finding *verdict)
{
    if (verdict->cause == CAUSE_CONNECTED)
        return;
    if (verdict->cause != CAUSE_UNDETERMINED)
        note_other_causes(view, sum, verdict);
    note_rules(view, ROLE_SOURCE, verdict);
    note_rules(view, ROLE_DESTINATION, verdict);
}
