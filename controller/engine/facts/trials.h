/* What became of the trials: packets that differ from the attempts' SYN in one
 * respect each, sent once those were known to vanish (agent/probe/trials.h). */
#ifndef VERDICT_TRIALS_H
#define VERDICT_TRIALS_H

#include "controller/engine/facts/facts.h"
#include "controller/engine/view/view.h"

enum fate
{
    FATE_UNKNOWN, /* it was not sent, did not leave, or nobody watched for it */
    FATE_PASSED,  /* the other end's capture saw it come in */
    FATE_VANISHED, /* it left, and that capture, which went on watching, did
                      not */
};

struct trial_end
{
    enum trial trial;
    enum fate fate;
    uint16_t port;                /* of the destination; 0: it has none */
    const struct evidence *sight; /* as it came in, or else as it left */
};

#define TRIALS_TOLD_MAX 16

/* What became of each trial that left that end; one for each other port.
 * Returns how many, in the order of the trials and ports. */
unsigned trials_list(const struct view *view, enum role from,
                     struct trial_end out[static TRIALS_TOLD_MAX]);

/* Of the trial that has one packet: its fate. */
struct trial_end trials_find(const struct view *view, enum role from,
                             enum trial trial);

/* What became of the destination's answer to a trial of the source's: unknown
 * where the trial was no SYN that it took. */
struct trial_end trials_find_answer(const struct view *view, enum trial trial);

/* What became of the vantage point's copies of the SYN: the first that the
 * destination saw come in, or NULL; and the hop of its walk that is the last that
 * answered the source's, NULL where its packets are not known to cross it. */
const struct evidence *trials_vantage_came(const struct view *view);
const struct evidence *trials_vantage_hop(const struct view *view);

/* Without which option of the attempts' SYN does it pass, where it vanishes with
 * it, or from the destination the answer to it: the one trial that lacks only
 * that; TRIAL_BARE: without several of them; TRIAL_COUNT: no option is to blame. */
enum trial trials_blame_option(const struct view *view, enum role from);

#endif
