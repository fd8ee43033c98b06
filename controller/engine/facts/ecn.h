/* Is it for asking for ECN that SYNs are lost?  With the kernel's default
 * (tcp_ecn_fallback) what is sent again asks for it no more, and gets through:
 * the connection opens, a second late. */
#ifndef VERDICT_ECN_H
#define VERDICT_ECN_H

#include "controller/engine/facts/losses.h"
#include "controller/engine/facts/sendings.h"

enum ecn_loss
{
    ECN_LOSS_NOT,      /* some that ask come, or some that do not are lost */
    ECN_LOSS_POSSIBLE, /* so is the first packet of each flow */
    ECN_LOSS_LIKELY,   /* a trial without ECN, the first of its flow, came, and
                          one that asks for it did not */
};

/* Does this SYN ask for ECN (ECE and CWR)?  False of NULL. */
bool ecn_is_asked_for(const struct evidence *syn);

/* Are the SYNs that were lost those that ask for ECN, and they alone? */
enum ecn_loss ecn_loss_of_all(const struct view *view,
                              const struct sendings *syns);

/* The same of the two SYNs of one loss. */
enum ecn_loss ecn_loss_of_one(const struct view *view, const struct loss *loss);

#endif
