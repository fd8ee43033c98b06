#include "controller/server/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/case/pick_address.h"
#include "controller/store/store.h"

static void note_turn(struct agent *agent, const struct address *control,
                      int64_t now_ns)
{
    if (address_equal(&agent->control, control))
        return;
    if (now_ns - agent->turn_ns >= REGISTRY_TURN_NS)
        agent->turns = 0;
    agent->turns++;
    agent->turn_ns = now_ns;
    agent->rival = agent->control;
}

bool registry_is_shared(const struct agent *agent, int64_t now_ns)
{
    return agent->turns >= REGISTRY_TURNS &&
           now_ns - agent->turn_ns < REGISTRY_TURN_NS;
}

int registry_add(struct registry *registry, const char *name,
                 const struct address *control, struct session *session,
                 int64_t now_ns, struct session **replaced)
{
    struct agent *agent = registry_find(registry, name);

    *replaced = NULL;
    if (agent != NULL) {
        *replaced = agent->session;
        note_turn(agent, control, now_ns);
        memset(&agent->offset, 0, sizeof(agent->offset));
    } else {
        agent = calloc(1, sizeof(*agent));
        if (agent == NULL)
            return -ENOMEM;
        snprintf(agent->name, sizeof(agent->name), "%s", name);
        HASH_ADD_STR(registry->agents, name, agent);
    }
    agent->session = session;
    agent->control = *control;
    return 0;
}

void registry_remove(struct registry *registry, const char *name,
                     const struct session *session)
{
    struct agent *agent = registry_find(registry, name);

    if (agent == NULL || agent->session != session)
        return;
    HASH_DEL(registry->agents, agent);
    free(agent);
}

struct agent *registry_find(const struct registry *registry, const char *name)
{
    struct agent *agent = NULL;

    HASH_FIND_STR(registry->agents, name, agent);
    return agent;
}

static bool owns(const struct agent *agent, const struct address *address)
{
    for (size_t i = 0; i < agent->inventory.count; i++)
        if (address_equal(&agent->inventory.addresses[i], address))
            return true;
    return false;
}

/* What it lists again it has not lost. */
static void forget_regained(struct agent *agent)
{
    for (unsigned i = 0; i < REGISTRY_MAX_LOST; i++)
        if (address_is_set(&agent->lost[i]) && owns(agent, &agent->lost[i])) {
            agent->lost[i] = (struct address){0};
            agent->lost_ns[i] = 0;
        }
}

/* The slot of nothing, or else the oldest. */
static unsigned free_slot(const struct agent *agent)
{
    unsigned oldest = 0;

    for (unsigned i = 0; i < REGISTRY_MAX_LOST; i++)
        if (agent->lost_ns[i] < agent->lost_ns[oldest])
            oldest = i;
    return oldest;
}

void registry_take_inventory(struct agent *agent,
                             const struct message_inventory *inventory,
                             int64_t now_ns)
{
    struct agent before = {.inventory = agent->inventory};

    agent->inventory = *inventory;
    agent->inventory.primary4 =
        pick_primary(inventory, &agent->control, &before.inventory.primary4, 4);
    agent->inventory.primary6 =
        pick_primary(inventory, &agent->control, &before.inventory.primary6, 6);
    agent->has_inventory = true;
    forget_regained(agent);
    for (size_t i = 0; i < before.inventory.count; i++)
        if (!owns(agent, &before.inventory.addresses[i])) {
            unsigned slot = free_slot(agent);

            agent->lost[slot] = before.inventory.addresses[i];
            agent->lost_ns[slot] = now_ns;
        }
}

struct agent *registry_find_owner(const struct registry *registry,
                                  const struct address *address,
                                  const char *asking)
{
    struct agent *found = NULL, *own = NULL;

    for (struct agent *agent = registry->agents; agent != NULL;
         agent = agent->hh.next) {
        if (!owns(agent, address))
            continue;
        if (strcmp(agent->name, asking) == 0) {
            own = agent;
            continue;
        }
        if (found != NULL)
            return NULL;
        found = agent;
    }
    return found != NULL ? found : own;
}

static unsigned common_bits(const struct address *a, const struct address *b)
{
    unsigned bits = 0;

    while (bits < 8 * address_size(a) &&
           ((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & 0x80 >> bits % 8) == 0)
        bits++;
    return bits;
}

static int nearness(const struct agent *agent, const struct address *address)
{
    int nearest = -1;

    for (size_t i = 0; i < agent->inventory.count; i++) {
        const struct address *own = &agent->inventory.addresses[i];

        if (own->family == address->family &&
            (int)common_bits(own, address) > nearest)
            nearest = (int)common_bits(own, address);
    }
    return nearest;
}

struct agent *registry_find_near(const struct registry *registry,
                                 const struct address *address,
                                 const char *const but[static 2],
                                 int64_t now_ns)
{
    struct agent *found = NULL;
    int nearest = -1;

    for (struct agent *agent = registry->agents; agent != NULL;
         agent = agent->hh.next) {
        int near = nearness(agent, address);

        if (near < 0 || strcmp(agent->name, but[0]) == 0 ||
            strcmp(agent->name, but[1]) == 0 ||
            registry_is_shared(agent, now_ns))
            continue;
        if (near > nearest ||
            (near == nearest && strcmp(agent->name, found->name) < 0)) {
            found = agent;
            nearest = near;
        }
    }
    return found;
}

bool registry_knows_network(const struct registry *registry,
                            const struct address *address)
{
    unsigned length = address->family == 6 ? 64 : 24;

    for (const struct agent *agent = registry->agents; agent != NULL;
         agent = agent->hh.next)
        for (size_t i = 0; i < agent->inventory.count; i++)
            if (address_same_prefix(&agent->inventory.addresses[i], address,
                                    length))
                return true;
    return false;
}

/* When it lost the address, if it held it and does no more.  0: it never did. */
static int64_t lost_when(const struct agent *agent,
                         const struct address *address)
{
    for (unsigned i = 0; i < REGISTRY_MAX_LOST; i++)
        if (address_equal(&agent->lost[i], address))
            return agent->lost_ns[i];
    return 0;
}

size_t registry_find_holders(const struct registry *registry,
                             const struct address *address,
                             struct case_holder *out, size_t size)
{
    size_t count = 0;

    for (const struct agent *agent = registry->agents;
         agent != NULL && count < size; agent = agent->hh.next) {
        bool holds = owns(agent, address);
        int64_t lost_ns = holds ? 0 : lost_when(agent, address);

        if (!holds && lost_ns == 0)
            continue;
        out[count] = (struct case_holder){.lost_ns = lost_ns};
        snprintf(out[count++].name, sizeof(out->name), "%s", agent->name);
    }
    return count;
}

const struct agent *registry_find_link(const struct registry *registry,
                                       const char *link)
{
    const struct agent *found = NULL;

    for (const struct agent *agent = registry->agents; agent != NULL;
         agent = agent->hh.next) {
        if (!text_list_holds(agent->inventory.links, ',', link, strlen(link)))
            continue;
        if (found != NULL)
            return NULL;
        found = agent;
    }
    return found;
}

static void append_address(char *text, size_t size,
                           const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    size_t used = strlen(text);

    address_print(address, printed);
    if (used + 1 + strlen(printed) < size)
        snprintf(text + used, size - used, "%s%s", used > 0 ? "," : "",
                 printed);
}

void registry_describe(const struct agent *agent, int64_t now_s,
                       struct store_agent *out)
{
    const struct message_inventory *inventory = &agent->inventory;

    memset(out, 0, sizeof(*out));
    snprintf(out->name, sizeof(out->name), "%s", agent->name);
    out->last_seen_s = now_s;
    snprintf(out->version, sizeof(out->version), "%s", inventory->software);
    snprintf(out->kernel, sizeof(out->kernel), "%s", inventory->kernel);
    address_print(&agent->control, out->control_address);
    for (size_t i = 0; i < inventory->count; i++)
        append_address(out->addresses, sizeof(out->addresses),
                       &inventory->addresses[i]);
    if (address_is_set(&inventory->primary4))
        address_print(&inventory->primary4, out->primary4);
    if (address_is_set(&inventory->primary6))
        address_print(&inventory->primary6, out->primary6);
}

void registry_parse_stored(const struct store_agent *stored,
                           struct message_inventory *out)
{
    char text[STORE_ADDRESSES_SIZE];
    char *rest = NULL;

    memset(out, 0, sizeof(*out));
    snprintf(text, sizeof(text), "%s", stored->addresses);
    for (char *word = strtok_r(text, ",", &rest);
         word != NULL && out->count < MESSAGE_MAX_ADDRESSES;
         word = strtok_r(NULL, ",", &rest))
        if (address_parse(word, &out->addresses[out->count]) == 0)
            out->count++;
    if (address_parse(stored->primary4, &out->primary4) < 0)
        out->primary4 = (struct address){0};
    if (address_parse(stored->primary6, &out->primary6) < 0)
        out->primary6 = (struct address){0};
    snprintf(out->kernel, sizeof(out->kernel), "%s", stored->kernel);
    snprintf(out->software, sizeof(out->software), "%s", stored->version);
}

void registry_fini(struct registry *registry)
{
    struct agent *agent = registry->agents;

    while (agent != NULL) {
        struct agent *next = agent->hh.next;

        HASH_DEL(registry->agents, agent);
        free(agent);
        agent = next;
    }
}
