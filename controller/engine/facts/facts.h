/* Facts: every question that a row of the table may ask about one attempt.
 * Yes, no, or not observed; "no" only if somebody watched and would have seen
 * it.  facts.c is the only place that decides that. */
#ifndef VERDICT_FACTS_H
#define VERDICT_FACTS_H

#include <stdint.h>

#include "controller/engine/facts/fact_list.h"
#include "controller/engine/view/view.h"

/* A fact is asked of an end: of the source, of the destination, of either, or
 * of the attempt as a whole. */
enum end
{
    END_SOURCE,
    END_DESTINATION,
    END_COUNT,
    END_ATTEMPT = END_SOURCE, /* where there is one answer only */
};

enum fact_ends
{
    ENDS_SOURCE,
    ENDS_DESTINATION,
    ENDS_BOTH,
    ENDS_ATTEMPT,
};

#define FACTS_ENUM(name, ends, yes, no) FACT_##name,
enum fact
{
    FACT_NONE, /* ends a list */
    VERDICT_FACTS(FACTS_ENUM) FACT_COUNT
};
#undef FACTS_ENUM

/* A question: a fact at an end.  F(SOURCE, NO_ROUTE) */
typedef uint16_t fact_ref;
#define F(end, name)   ((fact_ref)(FACT_##name * END_COUNT + END_##end))
#define NO_FACT        0 /* ends a list */
#define FACT_REF_COUNT (FACT_COUNT * END_COUNT)

#define FACT_LIST_SIZE 20
typedef fact_ref fact_list[FACT_LIST_SIZE]; /* ended by NO_FACT */

struct fact_info
{
    const char *name;
    enum fact_ends ends;
    const char *yes;
    const char *no;
};

extern const struct fact_info fact_infos[FACT_COUNT];

enum answer
{
    NOT_OBSERVED,
    YES,
    NO,
};

struct known
{
    uint8_t answers[FACT_REF_COUNT]; /* enum answer */
    /* Yes, but by what falls short of a proof: a counter that moved. */
    bool suspected[FACT_REF_COUNT];
    const struct evidence *because[FACT_REF_COUNT]; /* may be NULL */
};

/* What is known about attempt n (0: of the trace, when none was begun). */
void facts_derive(struct known *known, const struct view *view, unsigned n);

/* The listener that takes the traced SYN; of several the first.  NULL: none. */
const struct evidence *service_holder(const struct view *view);

/* That host's own address of its main namespace; NULL: not held, or not told. */
const struct evidence *facts_own_address(const struct view *view,
                                         enum role role,
                                         const struct address *address);

/* The question of that fact at that end of a trace, and the same asked
 * of the other end; one that is not asked of either stays as it is. */
fact_ref fact_at(enum role role, enum fact fact);
fact_ref fact_mirrored(fact_ref asked);

/* What that answer to it means, as a sentence without a full stop. */
#define FACT_TEXT_SIZE 128
void fact_print(fact_ref asked, enum answer answer,
                char text[static FACT_TEXT_SIZE]);

/* Is this the answer to that question? */
bool fact_is(const struct known *known, fact_ref asked, enum answer answer);

/* Is this the answer to all of the list; to one of them at least?  Of an empty
 * list: to all, and to none. */
bool facts_all(const struct known *known, const fact_ref *facts,
               enum answer answer);
bool facts_all_proven(const struct known *known, const fact_ref *facts);
bool facts_any_proven(const struct known *known, const fact_ref *facts);
bool facts_any(const struct known *known, const fact_ref *facts,
               enum answer answer);

#endif
