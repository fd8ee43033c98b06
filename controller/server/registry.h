/* The agents that are connected, by certificate name, and what they said about
 * themselves.  No I/O: the server tells it. */
#ifndef CONTROLLER_REGISTRY_H
#define CONTROLLER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/base/address.h"
#include "controller/case/case.h"
#include "controller/case/offset.h"
#include "proto/message.h"

struct session;
struct store_agent;

#define REGISTRY_MAX_LOST 8 /* addresses remembered of each agent */

struct agent
{
    char name[HOST_NAME_SIZE];
    struct session *session; /* never NULL */
    struct address control;  /* the peer address of its connection */
    /* Its connection was taken over from this address, so often in a row, each
     * within REGISTRY_TURN_NS of the one before; see registry_is_shared(). */
    struct address rival;
    unsigned turns;
    int64_t turn_ns;
    struct message_inventory inventory;
    bool has_inventory;
    /* Addresses that it held while it was connected and holds no more. */
    struct address lost[REGISTRY_MAX_LOST];
    int64_t lost_ns[REGISTRY_MAX_LOST]; /* when that was seen; 0: a free slot */
    struct offset_track offset;
    UT_hash_handle hh;
};

struct registry
{
    struct agent *agents;
};

/* A takeover within this time of the one before goes on with it, and so many in
 * a row are two hosts. */
#define REGISTRY_TURN_NS 10000000000
#define REGISTRY_TURNS   4

/* Adds an agent.  An agent of that name that is there already is replaced and
 * its session handed back in *replaced for the caller to close (else NULL).
 * -ENOMEM. */
int registry_add(struct registry *registry, const char *name,
                 const struct address *control, struct session *session,
                 int64_t now_ns, struct session **replaced);

/* Do two hosts hold this agent's identity, a cloned machine perhaps?  They throw
 * each other out several times a second; one that merely comes back by another
 * address does so once. */
bool registry_is_shared(const struct agent *agent, int64_t now_ns);

/* Forgets the agent of this session; another session's stays. */
void registry_remove(struct registry *registry, const char *name,
                     const struct session *session);

/* NULL when it is not connected. */
struct agent *registry_find(const struct registry *registry, const char *name);

/* Keeps what it says of itself, and which addresses it has lost since and not
 * got back, the latest of them where they are too many.  The
 * primary addresses that it had stay while it has them; see pick_primary(). */
void registry_take_inventory(struct agent *agent,
                             const struct message_inventory *inventory,
                             int64_t now_ns);

/* The connected agent that owns this address; NULL when none or, since nobody
 * can say which is meant, when several do.  The agent named `asking` is one of
 * them only if no other is: who calls an address that it holds itself, or has
 * just given back, means the other host. */
struct agent *registry_find_owner(const struct registry *registry,
                                  const struct address *address,
                                  const char *asking);

/* The connected agents that hold this address, or held it while they were
 * connected: at most `size` of them.  Returns how many. */
size_t registry_find_holders(const struct registry *registry,
                             const struct address *address,
                             struct case_holder *out, size_t size);

/* The connected agent, but for those two, that is nearest to this address: one
 * of its addresses has the longest prefix in common, of several the first by
 * name.  One whose identity two hosts hold is none: which of them would answer
 * is not known.  NULL: no other has an address of that family. */
struct agent *registry_find_near(const struct registry *registry,
                                 const struct address *address,
                                 const char *const but[static 2],
                                 int64_t now_ns);

/* Does a connected agent hold an address of the same network: of one /24 in IPv4,
 * of one /64 in IPv6? */
bool registry_knows_network(const struct registry *registry,
                            const struct address *address);

/* The connected agent of which a device has this link address, as the kernel
 * writes it; NULL when none or several have. */
const struct agent *registry_find_link(const struct registry *registry,
                                       const char *link);

/* To and from what the store keeps of it. */
void registry_describe(const struct agent *agent, int64_t now_s,
                       struct store_agent *out);
void registry_parse_stored(const struct store_agent *stored,
                           struct message_inventory *out);

void registry_fini(struct registry *registry);

#endif
