#include "controller/server/directory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"
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

bool directory_find_host(void *owner, const char *name, struct case_host *out)
{
    const struct directory *directory = owner;
    const struct agent *agent = registry_find(directory->registry, name);
    struct store_agent stored;

    memset(out, 0, sizeof(*out));
    snprintf(out->name, sizeof(out->name), "%s", name);
    if (agent != NULL) {
        out->is_connected = true;
        out->control = agent->control;
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

bool directory_find_owner(void *owner, const struct address *address,
                          char name[static HOST_NAME_SIZE])
{
    const struct directory *directory = owner;
    const struct agent *agent =
        registry_find_owner(directory->registry, address);

    if (agent == NULL)
        return false;
    snprintf(name, HOST_NAME_SIZE, "%s", agent->name);
    return true;
}

struct listing
{
    char *text;
    size_t size;
    bool is_cut;
};

static void list_one(void *owner, const struct store_agent *agent)
{
    struct listing *listing = owner;
    size_t used = strlen(listing->text);
    const char *comma = used > 0 ? ", " : "";

    if (listing->is_cut)
        return;
    /* What says that there are more must fit after this name. */
    if (used + strlen(comma) + strlen(agent->name) + sizeof(", ...") >
        listing->size) {
        snprintf(listing->text + used, listing->size - used, ", ...");
        listing->is_cut = true;
        return;
    }
    snprintf(listing->text + used, listing->size - used, "%s%s", comma,
             agent->name);
}

void directory_list_hosts(void *owner, char *text, size_t size)
{
    const struct directory *directory = owner;
    struct listing listing = {.text = text, .size = size};

    text[0] = '\0';
    store_each_agent(directory->store, list_one, &listing, NULL);
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
