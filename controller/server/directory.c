#include "controller/server/directory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/likeness.h"
#include "common/base/text.h"
#include "controller/report/values.h"
#include "controller/server/registry.h"
#include "controller/store/store.h"

static void print_time(int64_t time_s, char *out, size_t size)
{
    time_t value = (time_t)time_s;
    struct tm utc;

    if (time_s == 0)
        snprintf(out, size, "never");
    else if (gmtime_r(&value, &utc) == NULL ||
             strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(out, size, "%lld", (long long)time_s);
}

/* The one agent whose name differs from what was written by case alone. */
struct spelling
{
    const char *written;
    char name[HOST_NAME_SIZE];
    unsigned count;
};

static void compare_spelling(void *owner, const struct store_agent *agent)
{
    struct spelling *spelling = owner;

    if (strcasecmp(agent->name, spelling->written) != 0)
        return;
    snprintf(spelling->name, sizeof(spelling->name), "%s", agent->name);
    spelling->count++;
}

/* Of two agents that differ in nothing else neither is meant by a third way to
 * write them. */
static const char *spell(const struct directory *directory, const char *name,
                         struct spelling *spelling)
{
    struct store_agent stored;

    *spelling = (struct spelling){.written = name};
    if (registry_find(directory->registry, name) == NULL &&
        store_find_agent(directory->store, name, &stored, NULL) < 0)
        store_each_agent(directory->store, compare_spelling, spelling, NULL);
    return spelling->count == 1 ? spelling->name : name;
}

bool directory_find_host(void *owner, const char *written,
                         struct case_host *out)
{
    const struct directory *directory = owner;
    struct spelling spelling;
    const char *name = spell(directory, written, &spelling);
    const struct agent *agent = registry_find(directory->registry, name);
    struct store_agent stored;

    memset(out, 0, sizeof(*out));
    snprintf(out->name, sizeof(out->name), "%s", name);
    if (agent != NULL) {
        out->is_connected = true;
        out->control = agent->control;
        if (registry_is_shared(agent, clock_monotonic_ns()))
            out->rival = agent->rival;
        out->inventory = agent->inventory;
        _Static_assert(sizeof(out->lost) == sizeof(agent->lost),
                       "as many as the registry keeps");
        memcpy(out->lost, agent->lost, sizeof(out->lost));
        return true;
    }
    if (store_find_agent(directory->store, name, &stored, NULL) < 0)
        return false;
    print_time(stored.last_seen_s, out->last_seen, sizeof(out->last_seen));
    registry_parse_stored(&stored, &out->inventory);
    if (address_parse(stored.control_address, &out->control) < 0)
        out->control = (struct address){0};
    return true;
}

static bool tell_name(const struct agent *agent,
                      char name[static HOST_NAME_SIZE])
{
    if (agent == NULL)
        return false;
    snprintf(name, HOST_NAME_SIZE, "%s", agent->name);
    return true;
}

bool directory_find_owner(void *owner, const struct address *address,
                          const char *asking, char name[static HOST_NAME_SIZE])
{
    const struct directory *directory = owner;

    return tell_name(registry_find_owner(directory->registry, address, asking),
                     name);
}

bool directory_find_near(void *owner, const struct address *address,
                         const char *const but[static 2],
                         char name[static HOST_NAME_SIZE])
{
    const struct directory *directory = owner;

    return tell_name(registry_find_near(directory->registry, address, but,
                                        clock_monotonic_ns()),
                     name);
}

size_t directory_find_holders(void *owner, const struct address *address,
                              struct case_holder out[CASE_MAX_HOLDERS])
{
    const struct directory *directory = owner;

    return registry_find_holders(directory->registry, address, out,
                                 CASE_MAX_HOLDERS);
}

bool directory_knows_network(void *owner, const struct address *address)
{
    const struct directory *directory = owner;

    return registry_knows_network(directory->registry, address);
}

bool directory_find_link(void *owner, const char *link,
                         char name[static HOST_NAME_SIZE])
{
    const struct directory *directory = owner;

    return tell_name(registry_find_link(directory->registry, link), name);
}

struct away /* who is looked for */
{
    const struct registry *registry;
    char address[ADDRESS_TEXT_SIZE];
    struct case_holder *out;
    bool is_found;
};

static void look_for_away(void *owner, const struct store_agent *agent)
{
    struct away *away = owner;

    if (away->is_found ||
        !text_list_holds(agent->addresses, ',', away->address,
                         strlen(away->address)) ||
        registry_find(away->registry, agent->name) != NULL)
        return;
    away->is_found = true;
    snprintf(away->out->name, sizeof(away->out->name), "%s", agent->name);
    print_time(agent->last_seen_s, away->out->seen, sizeof(away->out->seen));
}

bool directory_find_away(void *owner, const struct address *address,
                         struct case_holder *out)
{
    const struct directory *directory = owner;
    struct away away = {.registry = directory->registry, .out = out};

    memset(out, 0, sizeof(*out));
    address_print(address, away.address);
    return store_each_agent(directory->store, look_for_away, &away, NULL) ==
               0 &&
           away.is_found;
}

/* The known names, with how far each is from what was written. */
struct known_name
{
    unsigned distance;
    char name[HOST_NAME_SIZE];
};

struct listing
{
    const char *written;
    struct known_name *names;
    size_t count;
};

static void list_one(void *owner, const struct store_agent *agent)
{
    struct listing *listing = owner;
    struct known_name *grown = reallocarray(listing->names, listing->count + 1,
                                            sizeof(*listing->names));
    struct known_name *added;

    if (grown == NULL) /* the list is a help, not an answer */
        return;
    listing->names = grown;
    added = &grown[listing->count++];
    added->distance = likeness_distance(listing->written, agent->name);
    snprintf(added->name, sizeof(added->name), "%s", agent->name);
}

static int compare_names(const void *a, const void *b)
{
    const struct known_name *one = a, *other = b;

    if (one->distance != other->distance)
        return one->distance < other->distance ? -1 : 1;
    return strcmp(one->name, other->name);
}

/* What says that there are more must fit after each name. */
static void print_names(const struct listing *listing, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < listing->count; i++) {
        const char *name = listing->names[i].name;
        const char *comma = i > 0 ? ", " : "";

        if (used + strlen(comma) + strlen(name) + sizeof(", ...") > size) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", comma, name);
    }
}

bool directory_list_hosts(void *owner, const char *written, char *text,
                          size_t size)
{
    const struct directory *directory = owner;
    struct listing listing = {.written = written};
    bool is_typo;

    store_each_agent(directory->store, list_one, &listing, NULL);
    if (listing.count > 0)
        qsort(listing.names, listing.count, sizeof(*listing.names),
              compare_names);
    print_names(&listing, text, size);
    is_typo =
        listing.count > 0 && likeness_is_typo(written, listing.names[0].name);
    free(listing.names);
    return is_typo;
}

struct offset_estimate directory_offset(void *owner, const char *name,
                                        int64_t now_ns)
{
    const struct directory *directory = owner;
    const struct agent *agent = registry_find(directory->registry, name);

    if (agent == NULL)
        return (struct offset_estimate){0};
    return offset_best(&agent->offset, now_ns);
}

struct writing
{
    const struct directory *directory;
    json_t *list;
    int64_t now_s;
};

static json_t *write_addresses(const struct message_inventory *inventory)
{
    json_t *list = json_array();
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < inventory->count; i++)
        json_array_append_new(
            list, json_string(address_print(&inventory->addresses[i], text)));
    return list;
}

/* The words of what it may not do; what a later agent lacks has none here. */
static json_t *write_lacks(uint32_t lacks)
{
    static const char *const words[LACK_COUNT] = {
#define LACK(name, word, text) [LACK_##name] = (word),
        AGENT_LACKS(LACK)
#undef LACK
    };
    json_t *list = json_array();

    for (size_t i = 0; i < LACK_COUNT; i++)
        if ((lacks & (1u << i)) != 0)
            json_array_append_new(list, json_string(words[i]));
    return list;
}

static void write_one(void *owner, const struct store_agent *stored)
{
    struct writing *writing = owner;
    const struct agent *agent =
        registry_find(writing->directory->registry, stored->name);
    json_t *object = json_object();
    struct store_agent now = *stored;
    struct message_inventory inventory;
    char seen[32];

    if (agent != NULL)
        registry_describe(agent, writing->now_s, &now);
    registry_parse_stored(&now, &inventory);
    values_put_text(object, "name", now.name);
    json_object_set_new(object, "connected", json_boolean(agent != NULL));
    values_put_text(object, "version", now.version);
    values_put_text(object, "kernel", now.kernel);
    json_object_set_new(object, "addresses", write_addresses(&inventory));
    values_put_text(object, "address", now.control_address);
    if (agent != NULL && registry_is_shared(agent, clock_monotonic_ns()))
        values_put_address(object, "shared_with", &agent->rival);
    if (agent != NULL && agent->has_inventory)
        json_object_set_new(object, "may_not",
                            write_lacks(agent->inventory.lacks));
    if (now.last_seen_s != 0) {
        print_time(now.last_seen_s, seen, sizeof(seen));
        values_put_text(object, "last_seen", seen);
    }
    print_time(stored->not_after_s, seen, sizeof(seen));
    values_put_text(object, "certificate_expires", seen);
    json_array_append_new(writing->list, object);
}

int directory_write_json(const struct directory *directory, int64_t now_s,
                         char **json, struct err *err)
{
    struct writing writing = {
        .directory = directory, .list = json_array(), .now_s = now_s};
    int status = store_each_agent(directory->store, write_one, &writing, err);
    json_t *root = json_pack("{s:o}", "agents", writing.list);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);

    json_decref(root);
    if (status == 0 && text == NULL)
        status = err_set(err, -ENOMEM, "out of memory");
    if (status < 0) {
        free(text);
        return status;
    }
    *json = text;
    return 0;
}
