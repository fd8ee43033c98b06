#include "controller/engine/obstacles.h"

#include <string.h>

#include "controller/engine/checkpoints.h"
#include "controller/engine/explain/explain.h"

#define CANDIDATES_MAX 32

struct candidate
{
    size_t rank; /* on the way */
    struct row row;
    const struct evidence *foreseen; /* NULL: the row stands */
};

struct search
{
    const struct view *view;
    const struct opinion *opinion;
    const struct finding *verdict;
    const struct evidence *decider; /* of the verdict, or NULL */
    unsigned n;
    size_t reached; /* how far the packet came */
    size_t count;
    struct candidate found[CANDIDATES_MAX]; /* in the order of the way */
};

/* As the destination's rules stand, they may send the SYN on to another host or
 * port. */
static bool may_go_elsewhere(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_INPUT_RULE &&
            view->items[i]->role == ROLE_DESTINATION &&
            evidence_number(view->items[i], KEY_MOVED, 0) != 0)
            return true;
    return false;
}

/* Would the SYN come to that row's place, once the cause is gone?  What is to be
 * translated or passed on never comes to the destination's own listeners; and
 * where no SYN came, for an address that is not the host's own, nobody knows
 * what becomes of it. */
static bool may_come_there(const struct search *search, const struct row *row)
{
    const struct view *view = search->view;

    /* What the source does with a wrong address is no matter with a right one. */
    if (row->role == ROLE_SOURCE &&
        search->verdict->cause == CAUSE_NAME_RESOLVES_ELSEWHERE)
        return false;
    if (row->role != ROLE_DESTINATION)
        return true;
    if ((view->syns_arrived == 0 && view->destination.own_address == NULL) ||
        may_go_elsewhere(view))
        return false;
    /* The sockets of the port that it was led astray to say nothing of those
     * that it will come to. */
    return row->stage != STAGE_SOCKET ||
           (!fact_is(&search->opinion->known, F(DESTINATION, ARRIVED_OTHERWISE),
                     YES) &&
            !fact_is(&search->opinion->known, F(DESTINATION, HANDED_ON), YES) &&
            search->verdict->stage != STAGE_FORWARD &&
            search->verdict->cause != CAUSE_FORWARDING_DISABLED);
}

static void add(struct search *search, const struct row *row, size_t rank,
                const struct evidence *foreseen)
{
    size_t at = search->count;

    if (search->count == CANDIDATES_MAX)
        return;
    search->count++;
    for (; at > 0 && search->found[at - 1].rank > rank; at--)
        search->found[at] = search->found[at - 1];
    search->found[at] = (struct candidate){rank, *row, foreseen};
}

static void find_rows(struct search *search)
{
    struct row_cursor cursor = {0};
    struct row row;

    while (rows_next(&cursor, &row)) {
        size_t rank = checkpoints_rank(row.role, row.stage, row.packet, false);

        if (row_stands(&row, &search->opinion->known) &&
            rank > search->reached && may_come_there(search, &row) &&
            row.cause != search->opinion->row.cause)
            add(search, &row, rank, NULL);
    }
}

static bool is_same(const struct evidence *a, const struct evidence *b,
                    enum evidence_key key)
{
    return strcmp(evidence_text(a, key, ""), evidence_text(b, key, "")) == 0;
}

static bool is_same_chain(const struct evidence *a, const struct evidence *b)
{
    return a->role == b->role && is_same(a, b, KEY_FIREWALL_FAMILY) &&
           is_same(a, b, KEY_TABLE) &&
           strcmp(evidence_text(a, KEY_BASE_CHAIN,
                                evidence_text(a, KEY_CHAIN, "")),
                  evidence_text(b, KEY_BASE_CHAIN,
                                evidence_text(b, KEY_CHAIN, ""))) == 0 &&
           (evidence_word(a, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY) ==
               (evidence_word(b, KEY_BACKEND) == BACKEND_IPTABLES_LEGACY);
}

/* The packet itself was let through that chain. */
static bool was_passed(const struct search *search,
                       const struct evidence *foreseen)
{
    const struct view *view = search->view;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_RULE &&
            evidence_number(item, KEY_ATTEMPT, 0) == search->n &&
            evidence_word(item, KEY_PACKET) ==
                evidence_word(foreseen, KEY_PACKET) &&
            evidence_word(item, KEY_VERDICT) == VERDICT_ACCEPT &&
            !evidence_has(item, KEY_NAMESPACE) && is_same_chain(item, foreseen))
            return true;
    }
    return false;
}

/* Where the packet was stopped, the chain that did is no further one; nor is the
 * first there if it is not known which did. */
static bool is_further(const struct search *search,
                       const struct evidence *foreseen, size_t rank,
                       bool *may_be_it)
{
    if (rank != search->reached)
        return rank > search->reached;
    if (search->decider != NULL && evidence_has(search->decider, KEY_CHAIN))
        return !is_same_chain(search->decider, foreseen) ||
               evidence_word(foreseen, KEY_PACKET) !=
                   (int)search->verdict->packet;
    if (!*may_be_it)
        return true;
    *may_be_it = false;
    return false;
}

/* An agent tells them in the order of its host's part of the way. */
static void find_foreseen(struct search *search)
{
    bool may_be_it = search->verdict->cause == CAUSE_FIREWALL_DROP ||
                     search->verdict->cause == CAUSE_FIREWALL_REJECT;

    for (size_t i = 0; i < search->view->count; i++) {
        const struct evidence *item = search->view->items[i];
        struct row row = {.role = (enum role)item->role};
        size_t rank;

        if (item->kind != EVIDENCE_FORESEEN)
            continue;
        row.stage = (enum stage)evidence_word(item, KEY_STAGE);
        row.packet = (enum packet)evidence_word(item, KEY_PACKET);
        row.cause = strcmp(evidence_text(item, KEY_TARGET, ""), "reject") == 0
                        ? CAUSE_FIREWALL_REJECT
                        : CAUSE_FIREWALL_DROP;
        rank = checkpoints_rank(row.role, row.stage, row.packet, false);
        if (is_further(search, item, rank, &may_be_it) &&
            !was_passed(search, item))
            add(search, &row, rank, item);
    }
}

/* Of what mends it the first. */
static void find_fix(const struct case_file *file, struct finding *finding,
                     struct judgement *out, struct fix *fix)
{
    struct fix kept[JUDGEMENT_MAX_FIXES];
    size_t count = out->fix_count;

    memcpy(kept, out->fixes, sizeof(kept));
    out->fix_count = 0;
    explain_fixes(file, finding, out);
    if (out->fix_count > 0)
        *fix = out->fixes[0];
    memcpy(out->fixes, kept, sizeof(kept));
    out->fix_count = count;
}

static void tell(const struct search *search, const struct candidate *candidate,
                 struct judgement *out)
{
    struct case_file file =
        explain_open(search->view, search->opinion, search->n, &candidate->row);
    struct finding *finding = &out->obstacles[out->obstacle_count];

    if (candidate->foreseen != NULL) {
        file.decider = candidate->foreseen;
        file.place = (struct place){candidate->row.role, candidate->row.stage,
                                    candidate->row.packet};
    }
    explain_finding(&file, CONFIDENCE_POSSIBLE, finding);
    find_fix(&file, finding, out, &out->obstacle_fixes[out->obstacle_count]);
    out->obstacle_count++;
}

static struct search search_behind(const struct view *view,
                                   const struct opinion *opinion, unsigned n,
                                   const struct finding *verdict)
{
    return (struct search){
        .view = view,
        .opinion = opinion,
        .verdict = verdict,
        .decider = opinion->has_row ? opinion->decider : NULL,
        .n = n,
        .reached =
            checkpoints_rank(verdict->role, verdict->stage, verdict->packet,
                             finding_is_outside(view, verdict)),
    };
}

static void tell_all(const struct search *search, struct judgement *out)
{
    for (size_t i = 0;
         i < search->count && out->obstacle_count < JUDGEMENT_MAX_OBSTACLES;
         i++)
        tell(search, &search->found[i], out);
}

void obstacles_fill(const struct view *view, const struct opinion *opinion,
                    unsigned n, struct judgement *out)
{
    struct search search = search_behind(view, opinion, n, &out->verdict);

    find_rows(&search);
    find_foreseen(&search);
    tell_all(&search, out);
}

void obstacles_foresee(const struct view *view, const struct opinion *opinion,
                       unsigned n, struct judgement *out)
{
    struct search search = search_behind(view, opinion, n, &out->verdict);

    find_foreseen(&search);
    tell_all(&search, out);
}
