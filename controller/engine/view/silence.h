/* What left one end and was not seen at the other: lost, or only late? */
#ifndef VERDICT_SILENCE_H
#define VERDICT_SILENCE_H

#include "controller/engine/view/view.h"

/* Longer than this no way takes that anybody uses. */
#define SILENCE_LONG_NS 3000000000

/* So long is waited on the fastest way for a packet that was sent again, or that
 * is tried once others were lost. */
#define SILENCE_AGAIN_NS 80000000

/* May the packets of that kind still have been on their way when the far capture
 * ended?  No if it watched for SILENCE_LONG_NS, or for twice as long as something
 * took to go the whole way and come back: what answers from in front of the slow
 * part tells nothing of it. */
bool silence_may_be_slowness(const struct view *view, enum packet packet);

/* Is it proven that the packets of that kind were lost on their way?  Three
 * attempts lost theirs, one of them also the one that the kernel sent again,
 * none got through, no host freed one itself, and no way is so slow. */
bool silence_is_proven(const struct view *view, enum packet packet);

#endif
