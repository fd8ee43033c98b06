/* The table of causes: one row for each way to lose a packet.
 *
 * judge.c finds the position: how far the attempt surely came.  The rows of
 * that position stand in the order in which the packet meets their places; the
 * first that holds is the cause.  A row with its proof in hand beats an earlier
 * one without, for it shows that the packet passed the earlier place. */
#ifndef VERDICT_ROWS_H
#define VERDICT_ROWS_H

#include "controller/verdict/facts.h"

/* How far an attempt came. */
enum position
{
    POSITION_UNKNOWN,
    POSITION_UNRESOLVED,     /* there is no address to try */
    POSITION_NOT_SENT,       /* the SYN never left the source */
    POSITION_LOOPED,         /* it came back to the end that had sent it */
    POSITION_LOST_FORWARD,   /* it left and never reached the destination */
    POSITION_ELSEWHERE,      /* never reached it, yet an answer came */
    POSITION_ONE_ENDED,      /* an answer came; nobody watches there */
    POSITION_HANDED_ON,      /* the destination translated or forwarded it */
    POSITION_REFUSED,        /* the destination refused it */
    POSITION_NO_ANSWER,      /* it reached the destination, nothing left */
    POSITION_LOST_REVERSE,   /* the SYN-ACK left and never came back */
    POSITION_ANSWER_IGNORED, /* the SYN-ACK came back, to no avail */
    POSITION_ACK_LOST,       /* open at the source, not at the destination */
    POSITION_WRONG_HOLDER, /* open, at another program than the one asked for */
    POSITION_NOT_TAKEN,    /* open at the source, left by the listener */
    POSITION_CONNECTED,
    POSITION_COUNT,
};

struct row
{
    enum cause cause;
    enum position position;
    enum role role;
    enum stage stage; /* where the deciding evidence names none */
    enum packet packet;
    fact_list needs;    /* all must be known to be true */
    fact_list needs_no; /* all must be known to be false */
    fact_list proof;    /* with these it is proven; none: never */
    fact_list doubts;   /* each not known to be false makes it likely only */
    fact_ref decider;   /* whose evidence tells the details */
    /* Facts that show that it would stop the next attempt too; with none the
     * row is never an obstacle. */
    fact_list standing;
    fact_list standing_no;
};

/* The row of that number, from 0; NULL behind the last. */
const struct row *row_at(size_t index);

enum standing
{
    STANDING_REFUTED,
    STANDING_OPEN, /* something that would decide was not observed */
    STANDING_HOLDS,
};

struct ruling
{
    enum standing standing;
    enum confidence confidence; /* when it holds */
};

/* Judges one row by what is known, whatever the position. */
struct ruling row_judge(const struct row *row, const struct known *known);

/* Is the proof that the row asks for in hand, doubts aside? */
bool row_is_proven(const struct row *row, const struct known *known);

/* How far this attempt came. */
enum position locate_position(const struct known *known);

/* The row that explains it, NULL if none does. */
const struct row *rows_explain(enum position position,
                               const struct known *known,
                               struct ruling *ruling);

/* Would this row stop the next attempt, by the state that was seen? */
bool row_stands(const struct row *row, const struct known *known);

#endif
