/* What a tunnel's device tells of its other end. */
#ifndef OBSERVE_TUNNELS_H
#define OBSERVE_TUNNELS_H

struct evidence;
struct nlattr;

/* Adds what IFLA_LINKINFO says of the tunnel (REMOTE, PORT, TUNNEL_ID); of a
 * device that is none, nothing.  info may be NULL. */
void tunnel_put(struct evidence *evidence, const struct nlattr *info);

#endif
