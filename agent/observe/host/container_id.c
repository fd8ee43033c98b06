#include "agent/observe/host/container_id.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/trace/order.h"

#define ID_DIGITS 64
#define DIGITS    "0123456789abcdef"

struct part /* of a path, between two slashes */
{
    const char *text;
    size_t size;
};

static bool begins(const struct part *part, const char *prefix)
{
    size_t size = strlen(prefix);

    return part->size >= size && strncmp(part->text, prefix, size) == 0;
}

static bool is(const struct part *part, const char *text)
{
    return part->size == strlen(text) && begins(part, text);
}

/* Takes the prefix and the ending off.  False when it lacks one. */
static bool strip(struct part *part, const char *prefix, const char *ending)
{
    size_t before = strlen(prefix);
    size_t behind = strlen(ending);

    if (part->size <= before + behind || !begins(part, prefix) ||
        strncmp(part->text + part->size - behind, ending, behind) != 0)
        return false;
    part->text += before;
    part->size -= before + behind;
    return true;
}

static bool is_id(const struct part *part)
{
    return part->size == ID_DIGITS && strspn(part->text, DIGITS) >= ID_DIGITS;
}

/* ID in a form that tells who made the group; a bare one only below a group
 * that is a runtime's. */
static bool holds_id(const struct part *parent, const struct part *part,
                     struct part *id)
{
    static const struct
    {
        const char *prefix;
        const char *ending;
    } forms[] = {
        {"docker-", ".scope"},
        {"libpod-", ".scope"},
        {"cri-containerd-", ".scope"},
        {"crio-", ".scope"},
        {"nerdctl-", ".scope"},
        {"libpod-payload-", ""},
        {"libpod-", ""},
        {"crio-", ""},
    };
    static const char *const parents[] = {
        "docker",   "moby",      "default",    "k8s.io",        "buildkit",
        "kubepods", "burstable", "besteffort", "libpod_parent",
    };
    const char *colon;

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        *id = *part;
        if (strip(id, forms[i].prefix, forms[i].ending) && is_id(id))
            return true;
    }
    /* kubelet's slice and containerd's own driver: SLICE:cri-containerd:ID */
    colon = memmem(part->text, part->size, ":cri-containerd:", 16);
    *id = *part;
    if (colon != NULL) {
        id->text = colon + 16;
        id->size -= (size_t)(id->text - part->text);
        return is_id(id);
    }
    if (!is_id(part))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(parents); i++)
        if (is(parent, parents[i]))
            return true;
    return begins(parent, "pod") || /* kubernetes, and podman-PID.scope */
           is_id(parent);           /* Amazon's task */
}

/* systemd writes what it does not take for a name as \x2d. */
static bool unescape(const struct part *part, char out[CONTAINER_ID_SIZE])
{
    size_t size = 0;

    for (size_t i = 0; i < part->size; i++) {
        char digits[3] = "";

        if (size + 1 >= CONTAINER_ID_SIZE)
            return false;
        out[size] = part->text[i];
        if (part->text[i] == '\\') {
            if (i + 3 >= part->size || part->text[i + 1] != 'x')
                return false;
            memcpy(digits, part->text + i + 2, 2);
            out[size] = (char)strtoul(digits, NULL, 16);
            i += 3;
        }
        size++;
    }
    out[size] = '\0';
    return inside_name_is_valid(out);
}

/* Those whose groups bear names instead. */
static bool holds_name(const struct part *parent, const struct part *part,
                       struct part *name)
{
    *name = *part;
    if (strip(name, "lxc.payload.", "") ||
        strip(name, "systemd-nspawn@", ".service"))
        return true;
    return is(parent, "lxc");
}

/* A user's own groups and a service's may be delegated. */
static bool may_be_divided(const struct part *part)
{
    struct part name = *part;

    return begins(part, "user-") || is(part, "user.slice") ||
           strip(&name, "", ".service");
}

/* The outermost container of one line's path. */
static bool find_in_path(const char *path, struct container_id *out)
{
    struct part parent = {"", 0};

    *out = (struct container_id){0};
    while (*path == '/') {
        struct part part = {path + 1, strcspn(path + 1, "/\n")};
        struct part found;

        if (holds_id(&parent, &part, &found)) {
            snprintf(out->id, sizeof(out->id), "%.*s", (int)found.size,
                     found.text);
            return true;
        }
        if (holds_name(&parent, &part, &found) && unescape(&found, out->id)) {
            out->is_name = true;
            return true;
        }
        out->is_claimed = out->is_claimed || may_be_divided(&part);
        parent = part;
        path = part.text + part.size;
    }
    return false;
}

bool container_id_find(const char *cgroup, struct container_id *out)
{
    bool is_known = false;

    /* NUMBER:CONTROLLERS:PATH; of several hierarchies the best witness. */
    for (const char *line = cgroup; line != NULL && *line != '\0';
         line = strchr(line, '\n')) {
        struct container_id found;
        const char *path;

        line += *line == '\n';
        path = strstr(line, ":/");
        if (path == NULL || path > line + strcspn(line, "\n") ||
            !find_in_path(path + 1, &found))
            continue;
        if (!is_known || (out->is_claimed && !found.is_claimed))
            *out = found;
        is_known = true;
    }
    return is_known;
}
