#include "agent/observe/sockets/docker_state.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"

#define DEFAULT_ROOT "/var/lib/docker"
#define NEVER        "0001-01-01" /* where a moment is that never came */

static void free_json(json_t **json)
{
    json_decref(*json);
}

static json_t *load(const char *text)
{
    return text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* As Docker takes them: it begins with a letter or a digit. */
static bool is_name(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size >= DOCKER_NAME_SIZE ||
        !isalnum((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)name[i]) && strchr("_.-", name[i]) == NULL)
            return false;
    return true;
}

static bool read_identity(const json_t *config, struct docker_container *out)
{
    const char *id = text_of(config, "ID");
    const char *name = text_of(config, "Name");

    if (strspn(id, "0123456789abcdef") < DOCKER_ID_SIZE - 1)
        return false;
    name += name[0] == '/';
    snprintf(out->id, sizeof(out->id), "%.12s", id);
    snprintf(out->name, sizeof(out->name), "%s",
             is_name(name) ? name : out->id);
    return true;
}

static void read_state(const json_t *state, struct docker_container *out)
{
    if (is_true(state, "Running")) {
        out->state = is_true(state, "Paused")       ? "paused"
                     : is_true(state, "Restarting") ? "restarting"
                                                    : "running";
        out->pid = (int)json_integer_value(json_object_get(state, "Pid"));
    } else if (is_true(state, "Dead")) {
        out->state = "dead";
    } else {
        out->state =
            strncmp(text_of(state, "StartedAt"), NEVER, strlen(NEVER)) == 0
                ? "created"
                : "exited";
    }
    out->exit_status =
        (int)json_integer_value(json_object_get(state, "ExitCode"));
    snprintf(out->error, sizeof(out->error), "%s", text_of(state, "Error"));
}

/* "80/tcp", or "80"; 0 for another protocol's, or none. */
static uint16_t tcp_port(const char *text)
{
    char *end;
    unsigned long port;

    if (!isdigit((unsigned char)*text))
        return 0;
    port = strtoul(text, &end, 10);
    return port > UINT16_MAX || (*end != '\0' && strcmp(end, "/tcp") != 0)
               ? 0
               : (uint16_t)port;
}

/* "8080", or "8080-8090", of which Docker takes one; empty: any. */
static bool is_among(const char *text, uint16_t port)
{
    char *end;
    unsigned long low, high;

    if (!isdigit((unsigned char)*text))
        return false;
    low = high = strtoul(text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        high = strtoul(end + 1, &end, 10);
    return *end == '\0' && low <= port && port <= high;
}

/* Of a stopped container the wish alone counts: what it had is written still. */
static void read_bindings(json_t *ports, uint16_t port,
                          struct docker_container *out)
{
    for (void *at = json_object_iter(ports); at != NULL;
         at = json_object_iter_next(ports, at)) {
        const json_t *bindings = json_object_iter_value(at);
        uint16_t own = tcp_port(json_object_iter_key(at));

        for (size_t i = 0; own != 0 && i < json_array_size(bindings); i++) {
            const json_t *binding = json_array_get(bindings, i);
            struct address on = {0};

            out->publishes_any = true;
            if (!is_among(text_of(binding, "HostPort"), port))
                continue;
            if (address_parse(text_of(binding, "HostIp"), &on) == 0 &&
                address_is_any(&on))
                on = (struct address){0};
            if (!out->publishes || !address_is_set(&on))
                out->on = on;
            out->publishes = true;
            out->own_port = own;
        }
    }
}

static void read_exposed(json_t *exposed, uint16_t port,
                         struct docker_container *out)
{
    for (void *at = json_object_iter(exposed); at != NULL;
         at = json_object_iter_next(exposed, at)) {
        uint16_t own = tcp_port(json_object_iter_key(at));

        out->exposes |= own != 0 && own == port;
        if (own != 0 && (out->exposed == 0 || own == port))
            out->exposed = own;
    }
}

bool docker_state_parse(const char *config_text, const char *host_text,
                        uint16_t port, struct docker_container *out)
{
    CLEAN(free_json) json_t *config = load(config_text);
    CLEAN(free_json) json_t *host = load(host_text);

    memset(out, 0, sizeof(*out));
    if (!json_is_object(config) || !read_identity(config, out))
        return false;
    read_state(json_object_get(config, "State"), out);
    read_bindings(json_object_get(host, "PortBindings"), port, out);
    if (strcmp(out->state, "exited") != 0 && strcmp(out->state, "created") != 0)
        read_bindings(json_object_get(
                          json_object_get(config, "NetworkSettings"), "Ports"),
                      port, out);
    read_exposed(
        json_object_get(json_object_get(config, "Config"), "ExposedPorts"),
        port, out);
    out->shares_host = strcmp(text_of(host, "NetworkMode"), "host") == 0;
    return true;
}

void docker_state_find_root(const char *daemon, char *root, size_t size)
{
    CLEAN(free_json) json_t *json = load(daemon);
    const char *found = text_of(json, "data-root");

    snprintf(root, size, "%s",
             found[0] == '/' && strlen(found) < size ? found : DEFAULT_ROOT);
}
