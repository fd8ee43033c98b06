#include "controller/engine/view/programs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"

static bool is_at(const struct evidence *item, enum evidence_kind kind,
                  enum role role, const char *hook, const char *interface)
{
    return item->kind == kind && item->role == role &&
           strcmp(evidence_text(item, KEY_HOOK, ""), hook) == 0 &&
           (interface == NULL ||
            strcmp(evidence_text(item, KEY_INTERFACE, ""), interface) == 0);
}

/* Several lists of a hook (one for each group of listeners): the sum. */
int view_count_programs(const struct view *view, enum role role,
                        const char *hook, const char *interface)
{
    int64_t count = -1;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        int64_t here;

        if (!is_at(item, EVIDENCE_PROGRAMS, role, hook, interface))
            continue;
        here = evidence_number(item, KEY_COUNT, 0);
        if (here > count)
            count = here;
    }
    return count > EVIDENCE_MAX_VALUES ? EVIDENCE_MAX_VALUES : (int)count;
}

const struct evidence *view_program(const struct view *view, enum role role,
                                    const char *hook, const char *interface,
                                    unsigned n)
{
    const struct evidence *last = NULL;

    /* By their numbers, so that the order of arrival does not matter. */
    for (unsigned found = 0; found <= n; found++) {
        const struct evidence *next = NULL;

        for (size_t i = 0; i < view->count; i++) {
            const struct evidence *item = view->items[i];

            if (is_at(item, EVIDENCE_PROGRAM, role, hook, interface) &&
                (last == NULL || item->id > last->id) &&
                (next == NULL || item->id < next->id))
                next = item;
        }
        if (next == NULL)
            return NULL;
        last = next;
    }
    return last;
}

/* How many packets it dropped meanwhile; 0 if it is not of that interface. */
static int64_t drops_of(const struct evidence *item, enum role role,
                        const char *interface)
{
    if (item->kind != EVIDENCE_QDISC || item->role != role ||
        strcmp(evidence_text(item, KEY_INTERFACE, ""), interface) != 0)
        return 0;
    return evidence_rise(item, KEY_BEFORE, KEY_AFTER);
}

/* Those above a queue count what it drops as well. */
static bool is_below(const struct evidence *item, const struct evidence *above)
{
    int64_t parent = evidence_number(item, KEY_PARENT, 0) & 0xffff0000;

    return parent == (evidence_number(above, KEY_HANDLE, 0) & 0xffff0000) &&
           strcmp(evidence_text(item, KEY_INTERFACE, ""),
                  evidence_text(above, KEY_INTERFACE, "")) == 0;
}

const struct evidence *view_qdisc(const struct view *view, enum role role,
                                  const char *interface)
{
    const struct evidence *found = NULL;
    int64_t most = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        int64_t moved = drops_of(item, role, interface);

        if (moved < most || moved <= 0)
            continue;
        if (moved > most || is_below(item, found) ||
            (!is_below(found, item) && item->id < found->id)) {
            most = moved;
            found = item;
        }
    }
    return found;
}

const struct evidence *view_ipsec(const struct view *view, enum role role,
                                  enum direction direction, bool *listed)
{
    const struct evidence *found = NULL;
    bool is_told = false; /* the one that decides */

    *listed = false;
    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->role != role ||
            evidence_word(item, KEY_DIRECTION) != (int)direction)
            continue;
        if (item->kind == EVIDENCE_IPSEC_POLICIES)
            *listed = evidence_number(item, KEY_COUNT, 0) == 0;
        is_told |= item->kind == EVIDENCE_IPSEC_POLICY;
        if (item->kind == EVIDENCE_IPSEC_POLICY &&
            (evidence_number(item, KEY_COUNT, 0) > 0 ||
             strcmp(evidence_text(item, KEY_ACTION, ""), "block") == 0) &&
            (found == NULL || item->id < found->id))
            found = item;
    }
    *listed |= is_told;
    return found;
}

static bool hands_over(const struct evidence *item)
{
    return evidence_has(item, KEY_QUEUE_NUMBER) ||
           strcmp(evidence_text(item, KEY_TARGET, ""), "queue") == 0 ||
           evidence_word(item, KEY_VERDICT) == VERDICT_QUEUE;
}

/* A rule that the kernel's trace shows for this packet, else a counter that
 * moved. */
const struct evidence *view_queue_rule(const struct view *view, enum role role,
                                       enum packet packet)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->role != role || !hands_over(item))
            continue;
        if (item->kind == EVIDENCE_RULE &&
            evidence_word(item, KEY_PACKET) == (int)packet &&
            (found == NULL || found->kind != EVIDENCE_RULE ||
             view_is_earlier(item, found)))
            found = item;
        if (item->kind == EVIDENCE_RULE_COUNTER &&
            (found == NULL ||
             (found->kind == EVIDENCE_RULE_COUNTER && item->id < found->id)))
            found = item;
    }
    return found;
}

int view_queue_number(const struct evidence *rule)
{
    return (int)evidence_number(rule, KEY_QUEUE_NUMBER, -1);
}

int view_is_queue_read(const struct view *view, enum role role, int queue)
{
    const struct evidence *list = NULL;
    int64_t told = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->role != role)
            continue;
        if (item->kind == EVIDENCE_NFQUEUES)
            list = item;
        if (item->kind != EVIDENCE_NFQUEUE)
            continue;
        told++;
        if (queue < 0 || evidence_number(item, KEY_INDEX, -1) == queue)
            return 1;
    }
    if (list == NULL || evidence_number(list, KEY_COMPLETE, 0) == 0 ||
        told < evidence_number(list, KEY_COUNT, 0))
        return -1;
    return 0;
}
