/* From how far away a reset came, seen from the source alone: by the routers that
 * took one from its TTL, by the walk, whose copies he answers from his place on,
 * and by the link address that it bears. */
#ifndef VERDICT_ANSWERER_H
#define VERDICT_ANSWERER_H

#include "controller/engine/view/view.h"

enum answerer_place
{
    ANSWERER_UNKNOWN,    /* the walk met nobody who resets */
    ANSWERER_NEIGHBOUR,  /* on the source's own link, as its neighbour entry */
    ANSWERER_OTHER_LINK, /* on that link, with another link address */
    ANSWERER_GATEWAY,    /* the gateway itself; the address called is farther */
    ANSWERER_IS_GATEWAY, /* the gateway itself, which ends the way */
    ANSWERER_FITS,       /* where the walk ends: as the host called would */
    /* A router before the end of the walk; or the host, if its answers come by a
     * way that has one router less. */
    ANSWERER_NEARER,
    ANSWERER_ODD, /* the ways there and back differ: TTL and walk do not agree */
};

struct answerer
{
    enum answerer_place place;
    int64_t ttl;                 /* of the reset */
    int routers;                 /* that passed it on, by its TTL */
    const struct evidence *copy; /* the walk's first that was reset, or NULL */
    const struct evidence *before; /* the hop before that, or NULL */
};

/* Hosts begin with a TTL of 64, 128 or 255; each router takes one off. */
int answerer_routers(int64_t ttl);

/* Of that reset (EVIDENCE_PACKET), which came in at the source. */
struct answerer answerer_find(const struct view *view,
                              const struct evidence *reset);

#endif
