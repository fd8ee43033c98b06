/* A guest of the destination host: who holds the called address behind one of
 * its devices, a virtual machine on a bridge, a container's macvlan. */
#ifndef VERDICT_GUESTS_H
#define VERDICT_GUESTS_H

#include "controller/engine/view/view.h"

/* Does the called address belong to one?  So it is, where the host does not hold
 * it, its SYNs come with another link address than the host's, and what answers
 * (the handshake, the question for its link address) leaves by the host's own
 * device. */
bool view_finds_guest(const struct view *view);

/* Frames that bear another host's link address are the guest's then, not
 * strangers'; what it sends itself is seen as such again below a bridge. */
bool view_is_guests(const struct view *view, const struct evidence *frame);

#endif
