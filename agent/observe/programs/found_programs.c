#include "agent/observe/programs/found_programs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "agent/observe/host/mounts.h"
#include "agent/worker/worker.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/fs.h"
#include "common/base/text.h"

#define MAX_FDINFO 4096
#define MAX_LINKS  512
#define MAX_PINS   512
#define PIN_DEPTH  4
#define BUDGET_NS  (40 * (int64_t)NS_PER_MS)

struct found_program *found_programs_add(struct found_programs *found,
                                         const char *hook)
{
    struct found_program *item;

    if (found->count == FOUND_PROGRAMS_MAX) {
        found->cut = true;
        return NULL;
    }
    item = &found->items[found->count++];
    *item = (struct found_program){.hook = hook};
    return item;
}

size_t found_programs_count(const struct found_programs *found,
                            const char *hook, const char *interface)
{
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++)
        count += strcmp(found->items[i].hook, hook) == 0 &&
                 (interface == NULL ||
                  strcmp(found->items[i].interface, interface) == 0);
    return count;
}

uint32_t found_programs_parse(const char *fdinfo)
{
    static const char label[] = "\nprog_id:";
    const char *line = strstr(fdinfo, label);
    uint32_t id = 0;

    if (line == NULL || sscanf(line + sizeof(label) - 1, "%" SCNu32, &id) != 1)
        return 0;
    return id;
}

static uint32_t program_behind(const char *pid, const char *fd)
{
    CLEAN_FREE char *text = NULL;
    char path[64];
    size_t size;

    text_format(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
    if (fs_read(path, MAX_FDINFO, &text, &size, NULL) < 0)
        return 0;
    return found_programs_parse(text);
}

static void read_name(struct found_program *item)
{
    int program = bpf_call_program_open(item->program);

    if (program < 0)
        return;
    if (bpf_call_program_name(program, item->name) < 0)
        item->name[0] = '\0';
    close(program);
}

/* A link of the right sort that attaches this program. */
static bool attaches(const struct bpf_call_link *link,
                     const struct found_program *item)
{
    static const struct
    {
        const char *hook; /* begins so */
        uint32_t type;
    } types[] = {
        {"cgroup-", BPF_CALL_LINK_CGROUP},
        {"xdp", BPF_CALL_LINK_XDP},
        {"tcx-", BPF_CALL_LINK_TCX},
    };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strncmp(item->hook, types[i].hook, strlen(types[i].hook)) == 0)
            return link->type == types[i].type &&
                   link->program == item->program;
    return false;
}

static void find_links(struct found_programs *found)
{
    struct bpf_call_link link = {0};

    for (unsigned n = 0;
         n < MAX_LINKS && bpf_call_next_link(link.id, &link) == 0; n++)
        for (size_t i = 0; i < found->count; i++)
            if (found->items[i].program != 0 && found->items[i].link == 0 &&
                attaches(&link, &found->items[i]))
                found->items[i].link = link.id;
}

static void keep_holder(struct found_programs *found, uint32_t program, int pid)
{
    for (size_t i = 0; i < found->count; i++)
        if (program != 0 && found->items[i].program == program &&
            found->items[i].holder.pid == 0)
            processes_describe(&found->items[i].holder, pid);
}

/* Descriptors that stand for BPF objects only: a readlink for each of the
 * others is all that they cost. */
static void search_process(struct found_programs *found, int pid,
                           int64_t deadline)
{
    CLEAN(processes_close_dir) DIR *folder = NULL;
    const struct dirent *entry;
    char target[32];
    char number[16];
    char path[64];

    snprintf(number, sizeof(number), "%d", pid);
    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    folder = opendir(path);
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL &&
           clock_monotonic_ns() < deadline) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target,
                                    sizeof(target) - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        if (strncmp(target, "anon_inode:bpf", 14) == 0)
            keep_holder(found, program_behind(number, entry->d_name), pid);
    }
}

static void find_holders(struct found_programs *found, int64_t deadline)
{
    CLEAN(processes_close_dir) DIR *folder = opendir("/proc");
    int pid;

    while (folder != NULL && clock_monotonic_ns() < deadline &&
           (pid = processes_next(folder)) > 0)
        search_process(found, pid, deadline);
}

struct pins
{
    struct found_programs *found;
    unsigned looked_at;
};

static void keep_pin(struct found_programs *found, const char *path)
{
    CLEAN_FD int object = bpf_call_pinned_open(path);
    uint32_t program;
    char number[16];

    if (object < 0)
        return;
    snprintf(number, sizeof(number), "%d", object);
    program = program_behind("self", number);
    for (size_t i = 0; i < found->count; i++)
        if (program != 0 && found->items[i].program == program &&
            strlen(path) < FOUND_PATH_SIZE)
            snprintf(found->items[i].pinned, FOUND_PATH_SIZE, "%s", path);
}

static void search_folder(struct pins *pins, const char *path, unsigned depth)
{
    CLEAN(processes_close_dir) DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL &&
           pins->looked_at++ < MAX_PINS) {
        char below[2 * FOUND_PATH_SIZE];
        int length;

        if (entry->d_name[0] == '.')
            continue;
        length = snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof(below))
            continue;
        if (entry->d_type == DT_DIR && depth > 0)
            search_folder(pins, below, depth - 1);
        else if (entry->d_type == DT_REG)
            keep_pin(pins->found, below);
    }
}

static void search_mount(const struct mount *mount, void *data)
{
    search_folder(data, mount->path, PIN_DEPTH);
}

static void emit(struct worker *worker, const struct found_program *item)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_PROGRAM, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_HOOK, item->hook);
    evidence_put_text(&evidence, KEY_INTERFACE, item->interface);
    evidence_put_text(&evidence, KEY_KIND, item->kind);
    evidence_put_number(&evidence, KEY_PROGRAM, item->program);
    evidence_put_text(&evidence, KEY_NAME, item->name);
    evidence_put_number(&evidence, KEY_LINK, item->link);
    evidence_put_number(&evidence, KEY_PREFERENCE, item->preference);
    evidence_put_number(&evidence, KEY_HANDLE, item->handle);
    evidence_put_number(&evidence, KEY_CHAIN_INDEX, item->chain);
    evidence_put_text(&evidence, KEY_PROTOCOL, item->protocol);
    evidence_put_text(&evidence, KEY_CGROUP, item->cgroup);
    evidence_put_text(&evidence, KEY_PINNED, item->pinned);
    evidence_put_number(&evidence, KEY_PID, (uint32_t)item->holder.pid);
    evidence_put_text(&evidence, KEY_PROCESS, item->holder.name);
    worker_emit(worker, &evidence);
}

static bool is_in_our_namespace(int pid)
{
    struct stat ours;
    struct stat theirs;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
    return stat("/proc/thread-self/ns/net", &ours) == 0 &&
           stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

static bool is_foreign(const struct found_program *item)
{
    if (!item->is_own_only)
        return false;
    if (item->holder.pid != 0)
        return !is_in_our_namespace(item->holder.pid);
    return item->pinned[0] == '\0';
}

void found_programs_tell(struct found_programs *found, struct worker *worker)
{
    struct pins pins = {.found = found};
    bool is_bpf = false;

    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].program == 0)
            continue;
        is_bpf = true;
        read_name(&found->items[i]);
    }
    if (is_bpf) {
        find_links(found);
        mounts_visit("bpf", search_mount, &pins);
        find_holders(found, clock_monotonic_ns() + BUDGET_NS);
    }
    for (size_t i = 0; i < found->count; i++)
        if (!is_foreign(&found->items[i]))
            emit(worker, &found->items[i]);
    if (found->cut)
        worker_limit(worker, "programs",
                     "programs beyond the first %d are not told",
                     FOUND_PROGRAMS_MAX);
}
