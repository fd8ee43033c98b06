/* Packets of an attempt that were lost, and got through when they were sent
 * again: what the captures of both ends tell of it. */
#ifndef VERDICT_LOSSES_H
#define VERDICT_LOSSES_H

#include "controller/engine/facts/facts.h"
#include "controller/engine/view/view.h"

struct loss
{
    enum packet packet; /* SYN or SYN-ACK; an ACK nobody sends again */
    /* ROLE_PATH: it left one host and did not come to the other; else the host
     * that let it out late, or did not heed it, or whose kernel says so. */
    enum role at;
    const struct evidence *first; /* it, when it was lost */
    const struct evidence *again; /* the one that got through */
};

/* The first loss of attempt n on its way; false if there was none, or nobody
 * could have seen it. */
bool losses_find(const struct view *view, unsigned n, struct loss *out);

/* The same of an attempt that failed: where its last packet was lost, as far as
 * that was seen.  again is NULL. */
bool losses_find_end(const struct view *view, unsigned n, struct loss *out);

/* Was attempt n given up after one loss on the way, where another attempt's packet
 * was lost as well and got through when it was sent again?  Then that loss is
 * not what stops them. */
bool losses_cut_short(const struct view *view, unsigned n);

/* A rule of that host dropped a packet of attempt n, whose successor got through:
 * the fact that says so. */
struct held_back
{
    enum role at;
    enum packet packet;
    fact_ref fact;
    const struct evidence *rule;
};

/* False if no packet had to be sent again, or no rule is to blame. */
bool losses_find_rule(const struct view *view, unsigned n,
                      struct held_back *out);

#endif
