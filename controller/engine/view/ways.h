/* Routes as evidence: which one a packet took, and which others there were. */
#ifndef VERDICT_WAYS_H
#define VERDICT_WAYS_H

#include "controller/engine/view/view.h"

bool ways_rejects(const struct evidence *route);

/* The mark that rules gave this attempt's packet when it left that end, 0 for
 * none; step, if not NULL, gets the last step that shows it. */
int64_t ways_mark(const struct view *view, enum role role,
                  const struct attempt_view *attempt,
                  const struct evidence **step);

/* The route of this attempt's packet that leaves there (the SYN, the SYN-ACK):
 * that for its mark, if it has one; that by which it was seen to leave; else
 * the plain one.  NULL: unknown. */
const struct evidence *ways_route(const struct view *view, enum role role,
                                  const struct attempt_view *attempt);

/* The best other way towards the same peer, by another interface, or by the
 * same one through a gateway (same = true).  NULL: none is known. */
const struct evidence *ways_other(const struct view *view, enum role role,
                                  const struct evidence *route, bool same);

/* Did a packet of that kind leave there by that device? */
bool ways_saw_leave(const struct view *view, enum role role, enum packet packet,
                    const char *device);

/* Is what leaves there surely off the host, if the link is up?  A tunnel's
 * packet still meets the host's own rules and routes; a tun device has a
 * reader, or none; a bridge, a bond, a VLAN hand it to a device below. */
bool ways_is_uplink(const struct evidence *link);

/* Is the device an uplink, or made of some?  It may be a wire to the peer. */
bool ways_is_wired(const struct evidence *link);

/* Does nothing leave the host by it but what a device below it sends? */
bool ways_is_inner(const struct evidence *link);

/* Does the device put packets into others, that go to its other end? */
bool ways_is_tunnel(const struct evidence *link);

/* Did a device that is no software go on with what this one sent: the packet,
 * or the question for the route's next hop? */
bool ways_goes_on(const struct view *view, enum role role, enum packet packet,
                  const struct evidence *route);

/* The own address whose prefix makes this route: the same interface and
 * length, with the peer inside.  NULL: it is no address's own. */
const struct evidence *ways_is_connected(const struct view *view,
                                         enum role role,
                                         const struct evidence *route);

/* The address of the source's device that a packet leaving there would have
 * borne by rights, if this one is not on the device at all; else NULL. */
const struct evidence *ways_natural_source(const struct view *view,
                                           const char *device,
                                           const struct address *used);

#endif
