/* The table of causes, by algebra: every row can be reached and win, what is
 * not known explains nothing, knowledge never proves two things, and the rows
 * that can hold together are listed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/judge.h"
#include "tests/unit/test.h"

#define MAX_ROWS 300

static struct row table[MAX_ROWS];
static size_t row_count;

static int read_table(void **state)
{
    struct row_cursor cursor = {0};

    (void)state;
    row_count = 0;
    while (row_count < MAX_ROWS && rows_next(&cursor, &table[row_count]))
        row_count++;
    return row_count < MAX_ROWS ? 0 : -1;
}

/* What leads to a position: facts that are so, and facts that are not.  Several
 * lines for one position are several ways to it. */
static const struct way_to
{
    enum position position;
    fact_list yes;
    fact_list unknown;
} ways[] = {
    {POSITION_UNRESOLVED, {F(SOURCE, NAME_UNRESOLVED)}, {0}},
    {POSITION_NOT_SENT, {0}, {0}},
    {POSITION_NOT_SENT, {F(SOURCE, CONNECT_DENIED)}, {0}},
    {POSITION_LOOPED, {F(SOURCE, SENT)}, {0}},
    {POSITION_LOOPED, {F(DESTINATION, ARRIVED), F(DESTINATION, SENT)}, {0}},
    {POSITION_LOST_FORWARD, {F(SOURCE, SENT)}, {0}},
    {POSITION_ELSEWHERE,
     {F(SOURCE, SENT), F(DESTINATION, AGENT), F(SOURCE, RST),
      F(ATTEMPT, ANSWER_FORGED)},
     {0}},
    {POSITION_ELSEWHERE,
     {F(SOURCE, SENT), F(DESTINATION, AGENT), F(SOURCE, ICMP)},
     {0}},
    {POSITION_ELSEWHERE,
     {F(SOURCE, SENT), F(DESTINATION, AGENT), F(SOURCE, ARRIVED)},
     {0}},
    {POSITION_ELSEWHERE,
     {F(SOURCE, SENT), F(DESTINATION, AGENT), F(SOURCE, CONNECTED)},
     {0}},
    {POSITION_ONE_ENDED,
     {F(SOURCE, SENT), F(SOURCE, ICMP)},
     {F(DESTINATION, ARRIVED)}},
    {POSITION_ONE_ENDED,
     {F(SOURCE, SENT), F(SOURCE, RST), F(ATTEMPT, ANSWER_FORGED)},
     {F(DESTINATION, ARRIVED)}},
    {POSITION_HANDED_ON,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, HANDED_ON)},
     {0}},
    {POSITION_REFUSED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, RST)},
     {0}},
    {POSITION_REFUSED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, ICMP)},
     {0}},
    {POSITION_NO_ANSWER, {F(SOURCE, SENT), F(DESTINATION, ARRIVED)}, {0}},
    {POSITION_LOST_REVERSE,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT)},
     {0}},
    {POSITION_ANSWER_IGNORED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED)},
     {0}},
    {POSITION_ACK_LOST,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED)},
     {0}},
    {POSITION_NOT_TAKEN,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED), F(DESTINATION, ACK_ARRIVED)},
     {0}},
    {POSITION_WRONG_HOLDER,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED), F(DESTINATION, ACK_ARRIVED)},
     {0}},
    {POSITION_CLOSED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED), F(DESTINATION, ACK_ARRIVED),
      F(SOURCE, CLOSED_EARLY)},
     {0}},
    {POSITION_CLOSED,
     {F(SOURCE, SENT), F(SOURCE, ARRIVED), F(SOURCE, CONNECTED),
      F(SOURCE, CLOSED_EARLY)},
     {F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(DESTINATION, ACK_ARRIVED), F(DESTINATION, CLOSED_ITSELF)}},
    {POSITION_CLOSED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED), F(DESTINATION, ACK_ARRIVED),
      F(SOURCE, CLOSED_EARLY), F(SOURCE, RESET_OPEN)},
     {0}},
    {POSITION_CONNECTED,
     {F(SOURCE, SENT), F(DESTINATION, ARRIVED), F(DESTINATION, SENT),
      F(SOURCE, ARRIVED), F(SOURCE, CONNECTED), F(DESTINATION, ACK_ARRIVED)},
     {0}},
    {POSITION_DROPPED, {F(SOURCE, SENT), F(DESTINATION, ARRIVED)}, {0}},
};

static void answer_all(struct known *known, const fact_ref *facts,
                       enum answer answer)
{
    for (; *facts != NO_FACT; facts++)
        known->answers[*facts] = (uint8_t)answer;
}

/* All that the row asks for, on that way to its position; of all else somebody
 * watched and saw nothing, or, with a silent rest, nobody watched. */
static struct known just_enough(const struct row *row, const struct way_to *way,
                                enum answer rest)
{
    struct known known = {0};

    assert_non_null(way); /* every_row_is_reached_and_wins says which row */
    memset(known.answers, (int)rest, sizeof(known.answers));
    answer_all(&known, way->yes, YES);
    answer_all(&known, way->unknown, NOT_OBSERVED);
    answer_all(&known, row->doubts, NO);
    answer_all(&known, row->assumes, YES);
    answer_all(&known, row->needs, YES);
    answer_all(&known, row->proof, YES);
    answer_all(&known, row->needs_no, NO);
    /* What is never proven rests on less. */
    for (const fact_ref *fact = row->needs;
         row->proof[0] == NO_FACT && *fact != NO_FACT; fact++)
        known.suspected[*fact] = true;
    return known;
}

/* A drop event that the row is about. */
static struct evidence drop_event(const struct row *row)
{
    struct evidence event;
    const char *blank =
        row->reasons[0] == NULL ? NULL : strchr(row->reasons[0], ' ');
    char reason[64] = "";

    evidence_init(&event, EVIDENCE_DROP, 1);
    event.role = row->role == ROLE_SOURCE ? ROLE_SOURCE : ROLE_DESTINATION;
    if (row->reasons[0] == NULL)
        return event;
    snprintf(reason, sizeof(reason), "%.*s",
             (int)(blank == NULL ? strlen(row->reasons[0])
                                 : (size_t)(blank - row->reasons[0])),
             row->reasons[0]);
    evidence_set_text(&event, KEY_REASON, reason);
    if (blank != NULL)
        evidence_set_text(&event, KEY_FUNCTION, blank + 1);
    return event;
}

static bool is_same(const struct row *a, const struct row *b)
{
    return a->number == b->number;
}

/* Does this knowledge lead to the row's position, and is it chosen there? */
static bool wins(const struct row *row, const struct known *known)
{
    const struct evidence event = drop_event(row);
    enum confidence confidence;
    struct row chosen;

    if (row->position != POSITION_DROPPED &&
        locate_position(known) != row->position)
        return false;
    return judge_explain(row->position, known, &event, &chosen, &confidence) &&
           is_same(&chosen, row);
}

static const struct way_to *find_way(const struct row *row)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct known known = just_enough(row, &ways[i], NO);

        if (ways[i].position == row->position && wins(row, &known))
            return &ways[i];
    }
    return NULL;
}

static void every_row_is_reached_and_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++)
        if (find_way(&table[i]) == NULL)
            fail_msg("row %zu (%s at %s) can never be the cause", i,
                     causes[table[i].cause].name,
                     positions[table[i].position].name);
}

/* Nor does a row need what cannot be asked, or ask for a thing and its
 * opposite.  (The proof of a mirrored row may be of the kind that the other end
 * cannot give: then it is not proven there.) */
static void check_list(const struct row *row, const fact_ref *facts,
                       const fact_ref *others)
{
    for (; *facts != NO_FACT; facts++) {
        enum fact_ends ends = fact_infos[*facts / END_COUNT].ends;
        enum end end = (enum end)(*facts % END_COUNT);

        if ((ends == ENDS_SOURCE && end != END_SOURCE) ||
            (ends == ENDS_DESTINATION && end != END_DESTINATION))
            fail_msg("%s at %s asks %s of the wrong end",
                     causes[row->cause].name, positions[row->position].name,
                     fact_infos[*facts / END_COUNT].name);
        for (const fact_ref *other = others; *other != NO_FACT; other++)
            assert_int_not_equal(*facts, *other);
    }
}

static void every_row_asks_what_can_be_asked(void **state)
{
    static const fact_list none = {0};

    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const fact_ref *lists[] = {table[i].needs,    table[i].needs_no,
                                   table[i].proof,    table[i].doubts,
                                   table[i].standing, table[i].standing_no};

        for (size_t k = 0; k < ARRAY_SIZE(lists); k++) /* each has its end */
            assert_int_equal(lists[k][FACT_LIST_SIZE - 1], NO_FACT);
        check_list(&table[i], table[i].needs, table[i].needs_no);
        check_list(&table[i], table[i].needs_no, none);
        if (table[i].mirror == POSITION_UNKNOWN) {
            check_list(&table[i], table[i].proof, table[i].needs_no);
            check_list(&table[i], table[i].proof, table[i].doubts);
            check_list(&table[i], table[i].doubts, table[i].needs);
        }
        check_list(&table[i], table[i].standing, table[i].standing_no);
        assert_true((table[i].position == POSITION_DROPPED) ==
                    (table[i].reasons[0] != NULL));
    }
}

static void a_row_is_proven_only_with_its_proof(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        struct known known = just_enough(row, find_way(row), NO);

        assert_int_equal(row_is_proven(row, &known), row->proof[0] != NO_FACT);
        if (row->proof[0] == NO_FACT)
            continue;
        for (const fact_ref *doubt = row->doubts; *doubt != NO_FACT; doubt++) {
            known.answers[*doubt] = NOT_OBSERVED;
            assert_false(row_is_proven(row, &known));
            known.answers[*doubt] = NO;
        }
        for (const fact_ref *fact = row->proof; *fact != NO_FACT; fact++) {
            known.suspected[*fact] = true;
            assert_false(row_is_proven(row, &known));
            known.suspected[*fact] = false;
            known.answers[*fact] = NOT_OBSERVED;
            assert_false(row_is_proven(row, &known));
            known.answers[*fact] = YES;
        }
    }
}

static bool holds_fact(const fact_ref *facts, fact_ref wanted)
{
    while (*facts != NO_FACT && *facts != wanted)
        facts++;
    return *facts == wanted;
}

/* Nor is any proven of a SYN that a name led away from the host that it names,
 * or may have, as long as it did not come there. */
static void a_row_is_not_proven_of_what_a_name_led_astray(void **state)
{
    unsigned led = 0;

    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        struct known known = just_enough(row, find_way(row), NO);

        if (row->packet != PACKET_SYN || row->role == ROLE_DESTINATION ||
            row->position == POSITION_DROPPED || !row_is_proven(row, &known))
            continue;
        led++;
        known.answers[F(SOURCE, NAME_ELSEWHERE)] = NOT_OBSERVED;
        assert_false(row_is_proven(row, &known));
        assert_true(row_may_be_proven(row, &known));
        known.answers[F(SOURCE, NAME_ELSEWHERE)] = YES;
        assert_false(row_is_proven(row, &known));
        assert_false(row_may_be_proven(row, &known));
        known.answers[F(SOURCE, NAME_LEADS_THERE)] = YES;
        assert_true(row_is_proven(row, &known) !=
                    holds_fact(row->doubts, F(SOURCE, NAME_ELSEWHERE)));
    }
    assert_true(led >= 10);
}

/* Takes away all that the row can do without. */
static void thin_out(struct known *known, const struct row *row)
{
    for (size_t fact = 1; fact < FACT_REF_COUNT; fact++) {
        uint8_t answer = known->answers[fact];

        known->answers[fact] = NOT_OBSERVED;
        if (!wins(row, known) || !row_is_proven(row, known))
            known->answers[fact] = answer;
    }
}

/* What the table makes of it, if that is proven; else CAUSE_UNDETERMINED. */
static enum cause proven_cause(const struct known *known)
{
    enum confidence confidence;
    struct row row;

    return judge_explain(locate_position(known), known, NULL, &row,
                         &confidence) &&
                   confidence == CONFIDENCE_PROVEN
               ? row.cause
               : CAUSE_UNDETERMINED;
}

/* Each tells what became of the attempt's one packet, by the packet itself: of
 * two of them no more than one is so. */
static const fact_ref fates[] = {
    F(SOURCE, NAME_UNRESOLVED),     F(SOURCE, FROM_PORT_TAKEN),
    F(SOURCE, REDIRECTED),          F(SOURCE, LOOPS),
    F(DESTINATION, LOOPS),          F(SOURCE, SEQUENCE_CHANGED),
    F(DESTINATION, ACK_OVERFLOWED), F(ATTEMPT, RULE_DROPS_ACK),
    F(SOURCE, RULE_DROPS_OUT),      F(SOURCE, RULE_REJECTS_OUT),
    F(SOURCE, RULE_DROPS_IN),       F(SOURCE, RULE_REJECTS_IN),
    F(DESTINATION, RULE_DROPS_OUT), F(DESTINATION, RULE_REJECTS_OUT),
    F(DESTINATION, RULE_DROPS_IN),  F(DESTINATION, RULE_REJECTS_IN),
};

static bool is_fate(fact_ref fact)
{
    for (size_t i = 0; i < ARRAY_SIZE(fates); i++)
        if (fates[i] == fact)
            return true;
    return false;
}

static void add_answer(const struct row *row, struct known *known,
                       fact_ref fact, enum answer answer)
{
    enum cause cause;

    if (known->answers[fact] != NOT_OBSERVED ||
        (answer == YES && is_fate(fact)))
        return;
    known->answers[fact] = (uint8_t)answer;
    cause = proven_cause(known);
    known->answers[fact] = NOT_OBSERVED;
    if (cause != CAUSE_UNDETERMINED && cause != row->cause)
        fail_msg("%s at %s is proven; with %s of %s it is %s",
                 causes[row->cause].name, positions[row->position].name,
                 fact_infos[fact / END_COUNT].name,
                 fact % END_COUNT == END_SOURCE ? "source" : "destination",
                 causes[cause].name);
}

/* More knowledge never turns what was proven into another thing that is
 * proven. */
static void knowledge_never_proves_two_things(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        struct known known = just_enough(row, find_way(row), NO);

        if (!row_is_proven(row, &known) || row->position == POSITION_DROPPED)
            continue;
        thin_out(&known, row);
        for (fact_ref fact = 1; fact < FACT_REF_COUNT; fact++) {
            add_answer(row, &known, fact, YES);
            add_answer(row, &known, fact, NO);
        }
    }
}

static bool names_missing(const struct opinion *opinion, fact_ref fact)
{
    for (size_t i = 0; i < opinion->missing_count; i++)
        if (opinion->missing[i].fact == fact)
            return true;
    return opinion->missing_count == OPINION_MAX_MISSING; /* no room */
}

/* All the knowledge there can be, by which the row wins; the kernel's drop
 * events were listened to. */
static bool know_all(const struct row *row, struct opinion *opinion)
{
    opinion->known = just_enough(row, find_way(row), NO);
    opinion->known.answers[F(SOURCE, KERNEL_WATCHED)] = YES;
    opinion->known.answers[F(DESTINATION, KERNEL_WATCHED)] = YES;
    judge_by_knowledge(opinion);
    return row->position != POSITION_DROPPED && opinion->has_row &&
           is_same(&opinion->row, row);
}

/* "Likely" says that every other cause is refuted. */
static void what_is_likely_leaves_nothing_open(void **state)
{
    static struct opinion opinion;

    (void)state;
    for (size_t i = 0; i < row_count; i++)
        if (know_all(&table[i], &opinion)) {
            assert_int_equal(opinion.missing_count, 0);
            assert_int_not_equal(opinion.confidence, CONFIDENCE_POSSIBLE);
        }
}

/* What others may have caused makes no row likely, whatever else is known; and
 * what places the fault behind the way by a question alone assumes that it was
 * this packet's; and what places it there by the far host's state alone, that
 * the packet came so far, which no router's error may gainsay. */
static void what_others_may_have_caused_is_possible_only(void **state)
{
    static const fact_ref by_question[] = {F(DESTINATION, ADDRESS_ASKED_FOR),
                                           F(DESTINATION, ARP_UNANSWERED),
                                           F(SOURCE, ARP_UNANSWERED)};
    static struct opinion opinion;
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        bool is_lost = row->position == POSITION_LOST_FORWARD ||
                       row->position == POSITION_LOST_REVERSE;

        for (size_t j = 0; j < ARRAY_SIZE(by_question) && is_lost; j++)
            for (const fact_ref *need = row->needs; *need != NO_FACT; need++)
                if (*need == by_question[j] && row->assumes[0] == NO_FACT)
                    fail_msg("%s at %s rests on a question that may be "
                             "another's",
                             causes[row->cause].name,
                             positions[row->position].name);
        if (row->position == POSITION_LOST_FORWARD &&
            row->role == ROLE_DESTINATION && row->assumes[0] == NO_FACT)
            fail_msg("%s behind the way does not say how it came so far",
                     causes[row->cause].name);
        if (row->position == POSITION_ELSEWHERE &&
            row->role == ROLE_DESTINATION &&
            holds_fact(row->needs, F(SOURCE, ICMP)) &&
            (!holds_fact(row->needs_no, F(SOURCE, ICMP_PROHIBITED)) ||
             !holds_fact(row->needs_no, F(SOURCE, ICMP_EXPIRED))))
            fail_msg("%s behind a router that rejects the SYN, or lets it die",
                     causes[row->cause].name);
        for (const fact_ref *fact = row->assumes; *fact != NO_FACT; fact++) {
            assert_true(row->proof[0] == NO_FACT);
            if (!know_all(row, &opinion))
                continue;
            opinion.known.answers[*fact] = NOT_OBSERVED;
            judge_by_knowledge(&opinion);
            assert_int_equal(opinion.confidence, CONFIDENCE_POSSIBLE);
            assert_true(names_missing(&opinion, *fact));
            count++;
        }
    }
    assert_true(count > 0);
}

/* The other row's facts, one after the other, are not observed: if that leaves
 * it open, the chosen one is only possible, and the fact is named. */
static void check_open(const struct row *row, const struct row *other)
{
    static struct opinion opinion;

    for (const fact_ref *fact = other->needs; *fact != NO_FACT; fact++) {
        if (!know_all(row, &opinion) || opinion.confidence == CONFIDENCE_PROVEN)
            return;
        opinion.known.answers[*fact] = NOT_OBSERVED;
        judge_by_knowledge(&opinion);
        if (!opinion.has_row || !is_same(&opinion.row, row) ||
            row_standing(other, &opinion.known) != STANDING_OPEN)
            continue;
        assert_int_equal(opinion.confidence, CONFIDENCE_POSSIBLE);
        assert_true(names_missing(&opinion, *fact));
    }
}

static void what_is_open_makes_it_possible_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++)
        for (size_t j = 0; j < i; j++)
            if (table[i].position == table[j].position &&
                table[i].cause != table[j].cause)
                check_open(&table[i], &table[j]);
}

/* The kernel told of a drop, and what that means hangs on something that was not
 * observed: then no other row is likely. */
static void check_told(const struct row *row, const struct row *told)
{
    static struct opinion opinion;
    const struct evidence event = drop_event(told);

    if (!know_all(row, &opinion) || opinion.confidence == CONFIDENCE_PROVEN)
        return;
    answer_all(&opinion.known, told->needs, NOT_OBSERVED);
    opinion.known.answers[F(ATTEMPT, KERNEL_DROPPED)] = YES;
    opinion.known.because[F(ATTEMPT, KERNEL_DROPPED)] = &event;
    judge_by_knowledge(&opinion);
    if (opinion.has_row && is_same(&opinion.row, row) &&
        row_standing(told, &opinion.known) == STANDING_OPEN)
        assert_int_equal(opinion.confidence, CONFIDENCE_POSSIBLE);
}

static void what_the_kernel_told_is_weighed(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++)
        for (size_t j = 0; j < row_count; j++)
            if (table[i].position != POSITION_CONNECTED &&
                table[i].position != POSITION_WRONG_HOLDER &&
                table[j].position == POSITION_DROPPED &&
                table[i].cause != table[j].cause)
                check_told(&table[i], &table[j]);
}

/* A place is only blamed where the packet was: what places it before refutes the
 * row.  Whose packet it is, the row says. */
static void no_row_blames_a_place_that_was_not_reached(void **state)
{
    static const enum position before[] = {POSITION_UNRESOLVED,
                                           POSITION_NOT_SENT, POSITION_DROPPED};

    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        struct known known = just_enough(row, find_way(row), NO);
        bool forward = row->packet == PACKET_SYN;
        bool is_before = false;

        for (size_t j = 0; j < ARRAY_SIZE(before); j++)
            is_before |= row->position == before[j];
        if (is_before || row->position == POSITION_LOOPED)
            continue;
        known.answers[F(SOURCE, SENT)] = NO;
        known.answers[F(SOURCE, LEFT_BY_WIRE)] = NO;
        known.answers[F(DESTINATION, ARRIVED)] = NO;
        known.answers[F(DESTINATION, SENT)] =
            forward ? known.answers[F(DESTINATION, SENT)] : NO;
        if (fact_is(&known, F(SOURCE, CONNECTED), YES) ||
            facts_any_proven(&known,
                             (const fact_list){F(SOURCE, RULE_DROPS_IN),
                                               F(SOURCE, RULE_REJECTS_IN),
                                               F(DESTINATION, RULE_DROPS_IN),
                                               F(DESTINATION, RULE_REJECTS_IN),
                                               F(DESTINATION, RULE_DROPS_OUT),
                                               F(DESTINATION, RULE_REJECTS_OUT),
                                               F(SOURCE, SEQUENCE_CHANGED)}))
            continue; /* what was seen at that place was there */
        if (wins(row, &known))
            fail_msg("%s at %s holds of a SYN that never left",
                     causes[row->cause].name, positions[row->position].name);
    }
}

/* Where nothing left the source, only what it asked for in vain speaks of the
 * destination: its question must have been for that one itself. */
static void what_never_left_blames_the_destination_as_a_neighbour(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        const struct row *row = &table[i];
        struct known known = just_enough(row, find_way(row), NO);

        if (row->position != POSITION_NOT_SENT ||
            row->role != ROLE_DESTINATION || row->cause == CAUSE_HOST_DOWN)
            continue;
        known.answers[F(SOURCE, ON_LINK)] = NO;
        if (row_standing(row, &known) == STANDING_HOLDS)
            fail_msg("%s blames the destination for another's silence",
                     causes[row->cause].name);
    }
}

/* The kernel found no socket for this very SYN: then no row about its answer is
 * the cause, however surely the way back is known to be shut. */
static void what_no_socket_takes_is_not_lost_on_its_way_back(void **state)
{
    static struct opinion opinion;

    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        if (table[i].position != POSITION_NO_ANSWER ||
            !know_all(&table[i], &opinion))
            continue;
        if (locate_position(&opinion.known) != POSITION_NO_ANSWER ||
            facts_any_proven(&opinion.known,
                             (const fact_list){F(DESTINATION, RULE_DROPS_OUT),
                                               F(DESTINATION, RULE_REJECTS_OUT),
                                               F(DESTINATION, RULE_DROPS_IN)}))
            continue; /* a rule that was seen at work is seen as well */
        opinion.known.answers[F(DESTINATION, NO_SOCKET)] = YES;
        opinion.known.answers[F(DESTINATION, TCP_REFUSED)] = YES;
        judge_by_knowledge(&opinion);
        assert_int_equal(opinion.position, POSITION_REFUSED);
        if (!opinion.has_row)
            continue; /* a listener was there: it may have come or gone */
        assert_int_equal(opinion.place.packet, PACKET_SYN);
        assert_int_equal(opinion.place.stage, STAGE_SOCKET);
    }
}

/* All that both ask for, on a way to their position; false if they exclude one
 * another. */
static bool hold_together(const struct row *a, const struct row *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        struct known known = just_enough(b, &ways[i], NO);

        if (ways[i].position != a->position)
            continue;
        answer_all(&known, a->needs, YES);
        answer_all(&known, b->needs, YES);
        answer_all(&known, a->needs_no, NO);
        answer_all(&known, b->needs_no, NO);
        if (row_standing(a, &known) == STANDING_HOLDS &&
            row_standing(b, &known) == STANDING_HOLDS &&
            (a->position == POSITION_DROPPED ||
             locate_position(&known) == a->position))
            return true;
    }
    return false;
}

static bool share_a_reason(const struct row *a, const struct row *b)
{
    for (size_t i = 0; i < ROW_MAX_REASONS && a->reasons[i] != NULL; i++)
        for (size_t j = 0; j < ROW_MAX_REASONS && b->reasons[j] != NULL; j++)
            if (strcmp(a->reasons[i], b->reasons[j]) == 0 &&
                (a->role == b->role || a->role == ROLE_TOLD ||
                 b->role == ROLE_TOLD))
                return true;
    return a->position != POSITION_DROPPED;
}

/* Each line once, in the order of the table. */
static void list_pair(char *list, size_t size, const struct row *a,
                      const struct row *b)
{
    char line[160];
    size_t used = strlen(list);

    snprintf(line, sizeof(line), "%s: %s, then %s\n",
             positions[a->position].name, causes[a->cause].name,
             causes[b->cause].name);
    if (strstr(list, line) == NULL)
        snprintf(list + used, size - used, "%s", line);
}

/* Rows of different causes that can hold at once: the order decides between
 * them, and is meant.  A new row's pairs are read before they are written down:
 * PROBE_GOLDEN_UPDATE=1 build/dev/bin/test_rows */
static void pairs_that_hold_together_are_wanted(void **state)
{
    static char list[65536];
    CLEAN_FREE char *wanted = NULL;
    struct err err = {0};
    size_t size;

    (void)state;
    for (size_t i = 0; i < row_count; i++)
        for (size_t j = i + 1; j < row_count; j++)
            if (table[i].position == table[j].position &&
                table[i].cause != table[j].cause &&
                share_a_reason(&table[i], &table[j]) &&
                hold_together(&table[i], &table[j]))
                list_pair(list, sizeof(list), &table[i], &table[j]);
    if (getenv("PROBE_GOLDEN_UPDATE") != NULL)
        assert_int_equal(fs_write(PAIRS_FILE, list, strlen(list), 0644, &err),
                         0);
    assert_int_equal(fs_read(PAIRS_FILE, sizeof(list), &wanted, &size, &err),
                     0);
    assert_string_equal(list, wanted);
}

/* What is not observed never makes a row hold. */
static void nothing_known_explains_nothing(void **state)
{
    const struct known known = {0};
    enum confidence confidence;
    struct row row;

    (void)state;
    assert_int_equal(locate_position(&known), POSITION_UNKNOWN);
    for (int position = 0; position < POSITION_COUNT; position++)
        assert_false(judge_explain((enum position)position, &known, NULL, &row,
                                   &confidence));
}

static void a_connected_cause_is_alone_in_its_position(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++)
        assert_int_equal(table[i].cause == CAUSE_CONNECTED,
                         table[i].position == POSITION_CONNECTED);
}

static void no_fix_cuts_a_host_off(void **state)
{
    static const struct
    {
        const char *address;
        int64_t prefix;
        int64_t table; /* 0: not told */
        const char *type;
        bool may_go;
    } cases[] = {
        {"0.0.0.0", 0, 0, "unicast", false},
        {"0.0.0.0", 0, 70, "unicast", false},
        {"::", 0, 0, "unicast", false},
        {"198.51.100.10", 0, 0, "unicast", false}, /* 0/0, whatever it says */
        {"198.51.100.10", -1, 0, "unicast", false},
        {NULL, 24, 0, "unicast", false},
        {"198.51.100.10", 32, 255, "unicast", false},
        {"198.51.100.10", 32, 255 + (1ll << 32), "unicast", false},
        {"198.51.100.10", 32, -1, "unicast", false},
        {"198.51.100.10", 32, 0, "local", false},
        {"198.51.100.10", 32, 0, "unicast", true},
        {"198.51.100.0", 24, 25, "blackhole", true},
        {"2001:db8::1", 128, 254, "unreachable", true},
        {"::", 0, 100, "blackhole", true}, /* nobody is reached by it */
        {"::", 0, 255, "blackhole", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct evidence route;
        struct address address;

        evidence_init(&route, EVIDENCE_ROUTE, 1);
        if (cases[i].address != NULL) {
            assert_int_equal(address_parse(cases[i].address, &address), 0);
            evidence_set_address(&route, KEY_ADDRESS, &address);
        }
        evidence_set_number(&route, KEY_PREFIX, cases[i].prefix);
        if (cases[i].table != 0)
            evidence_set_number(&route, KEY_TABLE_ID, cases[i].table);
        evidence_set_text(&route, KEY_ROUTE_TYPE, cases[i].type);
        assert_int_equal(explain_may_go(&route), cases[i].may_go);
    }
}

/* The report tells what to do even where no command helps, and says no cause in
 * another's words. */
static void every_cause_says_what_it_means_and_what_to_do(void **state)
{
    (void)state;
    for (int i = 0; i < CAUSE_COUNT; i++) {
        bool is_fault = i != CAUSE_CONNECTED && i != CAUSE_UNDETERMINED;

        if (is_fault != (causes[i].advice != NULL))
            fail_msg("%s: %s advice", causes[i].name, is_fault ? "no" : "an");
        assert_true(!is_fault || causes[i].advice[0] != '\0');
        assert_non_null(causes[i].sentence);
        assert_non_null(causes[i].fix);
        assert_int_equal(cause_value(causes[i].name), i);
        for (int other = 0; other < i; other++)
            assert_string_not_equal(causes[i].meaning, causes[other].meaning);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_reached_and_wins),
        cmocka_unit_test(every_row_asks_what_can_be_asked),
        cmocka_unit_test(a_row_is_proven_only_with_its_proof),
        cmocka_unit_test(a_row_is_not_proven_of_what_a_name_led_astray),
        cmocka_unit_test(knowledge_never_proves_two_things),
        cmocka_unit_test(what_is_likely_leaves_nothing_open),
        cmocka_unit_test(what_others_may_have_caused_is_possible_only),
        cmocka_unit_test(what_is_open_makes_it_possible_only),
        cmocka_unit_test(what_the_kernel_told_is_weighed),
        cmocka_unit_test(no_row_blames_a_place_that_was_not_reached),
        cmocka_unit_test(what_never_left_blames_the_destination_as_a_neighbour),
        cmocka_unit_test(what_no_socket_takes_is_not_lost_on_its_way_back),
        cmocka_unit_test(pairs_that_hold_together_are_wanted),
        cmocka_unit_test(nothing_known_explains_nothing),
        cmocka_unit_test(a_connected_cause_is_alone_in_its_position),
        cmocka_unit_test(no_fix_cuts_a_host_off),
        cmocka_unit_test(every_cause_says_what_it_means_and_what_to_do),
    };

    return cmocka_run_group_tests(tests, read_table, NULL);
}
