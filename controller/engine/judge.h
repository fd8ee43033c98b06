/* The first of the two places that decide: one attempt, judged by the table.
 *
 *  1. The position says how far the attempt came (positions.c).
 *  2. Of that position's rows, in their order, the first that is proven is the
 *     cause; if none is, the first that holds.
 *  3. If that one is not proven, or rests on silence alone, the rows about the
 *     kernel's own drop event are asked (POSITION_DROPPED), the same way: its
 *     word for this very packet beats what was merely not seen.  Of what
 *     connected, and of who holds the port, it says nothing; and where it is
 *     the name that led the SYN to an address that the source itself stops, the
 *     name comes before whatever stops it.
 *  4. The place is the row's; where a rule or a drop event decides, it is that
 *     one's own.  What ends at the socket ends there, whatever rule tells of it.
 *  5. "Likely" promises that every other cause is refuted.  A row that could
 *     have been chosen instead, were something known that nobody observed, makes
 *     the verdict "possible", and what was not observed is named.  So does a
 *     name that may be right, where a rule or a route for its address kept
 *     everybody from seeing where it leads. */
#ifndef VERDICT_JUDGE_H
#define VERDICT_JUDGE_H

#include "controller/engine/causes/rows.h"

#define OPINION_MAX_MISSING 4

/* What was not observed, and would have spoken for or against another cause. */
struct missing
{
    enum cause cause;
    fact_ref fact;
};

struct place
{
    enum role role;
    enum stage stage;
    enum packet packet;
};

struct opinion
{
    struct known known;
    enum position position;
    bool has_row; /* else nothing explains it: undetermined */
    struct row row;
    const struct evidence *decider; /* whose details are told; may be NULL */
    enum cause cause;
    struct place place;
    enum confidence confidence;
    struct missing missing[OPINION_MAX_MISSING];
    size_t missing_count;
};

/* Judges attempt n (0: the trace, when none was begun). */
void judge_attempt(const struct view *view, unsigned n, struct opinion *out);

/* The same by what out->known holds already. */
void judge_by_knowledge(struct opinion *out);

/* Rule 5, for an opinion that is likely, or has become so. */
void judge_doubt(struct opinion *out);

/* Did it open at the source, with the handshake's ACK lost on its way? */
bool judge_lost_ack(const struct opinion *opinion);

/* The row that explains a position by what is known, and how surely (proven or
 * likely).  Of POSITION_DROPPED those that are about the event.  False if none
 * does. */
bool judge_explain(enum position position, const struct known *known,
                   const struct evidence *event, struct row *out,
                   enum confidence *confidence);

/* Where the row's packet stopped: the row's place, or the decider's own (NULL:
 * there is none). */
struct place judge_place(const struct row *row, const struct evidence *decider);

#endif
