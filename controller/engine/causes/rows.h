/* The table of causes: one row for each way to lose a packet.
 *
 * positions.h says how far the attempt surely came; the rows of that position
 * compete for it, and so do those of POSITION_DROPPED where the kernel itself
 * told that it dropped the packet (judge.h).
 *
 * The rows of a position stand in the order in which they are tried, and that
 * order means something: the places in the packet's order, and at one place what
 * explains another row's fact before that row (nobody answers for the next hop
 * because the destination's link is down; then: nobody answers).  The first
 * that holds is the cause, unless a later one has its proof in hand: that one
 * shows that the packet passed the earlier places. */
#ifndef VERDICT_ROWS_H
#define VERDICT_ROWS_H

#include "controller/engine/causes/causes.h"
#include "controller/engine/causes/positions.h"
#include "controller/engine/facts/facts.h"

/* The row names no place: the deciding evidence tells it. */
#define ROLE_TOLD   ROLE_COUNT
#define STAGE_TOLD  STAGE_COUNT
#define PACKET_TOLD PACKET_COUNT

#define ROW_MAX_REASONS 4

struct row
{
    enum cause cause;
    enum position position;
    enum role role;
    enum stage stage; /* a rule that decides tells its own */
    enum packet packet;
    /* The row is written for what goes to the destination.  Here it holds of
     * what comes back as well, with the ends and the packets changed over;
     * POSITION_UNKNOWN: it does not. */
    enum position mirror;
    /* For POSITION_DROPPED: the kernel's reasons (enum skb_drop_reason), each of
     * which the row is about, with the function that dropped it, after a blank,
     * where a reason is shared. */
    const char *reasons[ROW_MAX_REASONS];
    fact_list needs;    /* all must be known to be true */
    fact_list needs_no; /* all must be known to be false */
    fact_list proof;    /* with these it is proven; none: never */
    fact_list doubts;   /* each not known to be false makes it likely only */
    /* Each not known to be true makes it possible only: what other packets than
     * this attempt's may have brought about as well. */
    fact_list assumes;
    fact_ref decider; /* whose evidence tells the details */
    /* Facts that show that it would stop the next attempt too; with none the
     * row is never an obstacle. */
    fact_list standing;
    fact_list standing_no;
    /* Nothing but a packet that never came speaks for it: no single attempt
     * proves it. */
    bool silent;
    /* The state that it needs is the attempt's own: where some attempts connect,
     * it explains those that fail, proven or not. */
    bool by_itself;
    /* A person would suspect it first, and this row of that position tells best
     * what speaks against its cause. */
    enum position suspect;
    unsigned number; /* its place in the table: rows_next() sets it */
};

/* Walks over the table in its order, each mirrored row behind the one that it is
 * made from.  Begin with {0}. */
struct row_cursor
{
    size_t group;
    size_t index;
    unsigned number;
    bool mirrored;
};
bool rows_next(struct row_cursor *cursor, struct row *out);

enum standing
{
    STANDING_REFUTED,
    STANDING_OPEN, /* something that would decide was not observed */
    STANDING_HOLDS,
};

/* Does it hold, by what is known, whatever the position? */
enum standing row_standing(const struct row *row, const struct known *known);

/* Is its proof in hand, doubts aside? */
bool row_has_proof(const struct row *row, const struct known *known);

/* Is it proven?  Of a SYN that went where a name led it, and that did not come to
 * the host that is named, nothing is while that host may not hold the address:
 * the name itself may be what is wrong. */
bool row_is_proven(const struct row *row, const struct known *known);

/* Could it be proven yet, for all that is known? */
bool row_may_be_proven(const struct row *row, const struct known *known);

/* Would this row stop the next attempt, by the state that was seen? */
bool row_stands(const struct row *row, const struct known *known);

/* Is the row about such a drop event (EVIDENCE_DROP)? */
bool row_is_about(const struct row *row, const struct evidence *event);

#endif
