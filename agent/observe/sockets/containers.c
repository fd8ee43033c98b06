/* Observer: the containers that should have the port on which nothing listens,
 * as Docker's state on disk tells: one that publishes it and does not run, or
 * that has it and does not publish it.  Its daemon is not asked: whoever may do
 * that is root on the host. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/keeper/policy.h"
#include "agent/observe/host/processes.h"
#include "agent/observe/observer.h"
#include "agent/observe/sockets/docker_state.h"
#include "agent/observe/sockets/elsewhere.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define DAEMON_SETTINGS "/etc/docker/daemon.json"
#define DAEMON_PID      "/run/docker.pid"
#define MAX_SETTINGS    (64 * 1024)
#define MAX_STATE       (512 * 1024)
#define MAX_TOLD        3
#define PATH_SIZE       512
#define TIME_NS         (100 * (int64_t)NS_PER_MS)

struct found
{
    struct docker_container container;
    int worth;
};

struct containers
{
    struct worker *worker;
    bool passed_on; /* a SYN, to a container: it is not the host's to take */
    bool answered;
    bool daemon_runs;
    struct found best[MAX_TOLD];
    size_t count;
    unsigned silent; /* containers that run and publish nothing */
};

static int containers_arm(struct worker *worker, void **state, struct err *err)
{
    struct containers *containers = calloc(1, sizeof(*containers));

    if (containers == NULL)
        return err_set(err, -ENOMEM, "containers: out of memory");
    containers->worker = worker;
    *state = containers;
    return 0;
}

static void containers_notice(void *state, const struct evidence *evidence)
{
    struct containers *containers = state;
    int packet = evidence_word(evidence, KEY_PACKET);

    if (evidence_word(evidence, KEY_DIRECTION) != DIRECTION_OUT ||
        evidence_has(evidence, KEY_NAMESPACE))
        return;
    containers->passed_on |= packet == PACKET_SYN;
    containers->answered |= packet == PACKET_SYN_ACK;
}

/* How much the container tells about the port; 0: nothing. */
static int worth_of(const struct docker_container *container)
{
    bool runs = strcmp(container->state, "running") == 0;

    if (container->publishes)
        return 3;
    if (!runs || container->shares_host)
        return 0;
    if (container->exposes)
        return 2;
    return container->publishes_any ? 0 : 1;
}

static void keep(struct containers *containers,
                 const struct docker_container *container)
{
    int worth = worth_of(container);
    size_t at = containers->count;

    if (worth == 0)
        return;
    containers->silent += worth == 1;
    while (at > 0 && (containers->best[at - 1].worth < worth ||
                      (containers->best[at - 1].worth == worth &&
                       strcmp(containers->best[at - 1].container.name,
                              container->name) > 0))) {
        if (at < MAX_TOLD)
            containers->best[at] = containers->best[at - 1];
        at--;
    }
    if (at == MAX_TOLD)
        return;
    containers->best[at] = (struct found){*container, worth};
    if (containers->count < MAX_TOLD)
        containers->count++;
}

static bool is_alive(int pid)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/%d", pid);
    return pid > 0 && access(path, F_OK) == 0;
}

static bool daemon_runs(void)
{
    CLEAN_FREE char *text = NULL;
    size_t size;

    return fs_read(DAEMON_PID, 32, &text, &size, NULL) == 0 &&
           is_alive((int)strtol(text, NULL, 10));
}

static void read_container(struct containers *containers, const char *folder,
                           const char *id)
{
    CLEAN_FREE char *config = NULL;
    CLEAN_FREE char *host = NULL;
    uint16_t port = worker_order(containers->worker)->port;
    struct docker_container container;
    char path[PATH_SIZE];
    size_t size;

    snprintf(path, sizeof(path), "%s/%s/config.v2.json", folder, id);
    if (fs_read(path, MAX_STATE, &config, &size, NULL) < 0)
        return;
    snprintf(path, sizeof(path), "%s/%s/hostconfig.json", folder, id);
    (void)fs_read(path, MAX_STATE, &host, &size, NULL);
    if (!docker_state_parse(config, host, port, &container))
        return;
    if (container.pid > 0 && !is_alive(container.pid))
        container.state = "lost"; /* nobody wrote how it ended */
    keep(containers, &container);
}

/* Each has a folder, which is called by its id. */
static void read_all(struct containers *containers)
{
    CLEAN(processes_close_dir) DIR *list = NULL;
    CLEAN_FREE char *settings = NULL;
    int64_t deadline = clock_monotonic_ns() + TIME_NS;
    const struct dirent *entry;
    char root[PATH_SIZE / 2];
    char folder[PATH_SIZE / 2 + 16];
    size_t size;

    (void)fs_read(DAEMON_SETTINGS, MAX_SETTINGS, &settings, &size, NULL);
    docker_state_find_root(settings, root, sizeof(root));
    snprintf(folder, sizeof(folder), "%s/containers", root);
    list = opendir(folder);
    while (list != NULL && (entry = readdir(list)) != NULL) {
        if (strlen(entry->d_name) != 64)
            continue;
        if (clock_monotonic_ns() > deadline) {
            worker_limit(containers->worker, "containers",
                         "there are more containers than could be looked at: "
                         "one of them may be meant to have the port");
            return;
        }
        read_container(containers, folder, entry->d_name);
    }
}

static void tell(const struct containers *containers,
                 const struct docker_container *container)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_CONTAINER, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_NAME, container->name);
    evidence_set_text(&evidence, KEY_CONTAINER, container->id);
    evidence_set_text(&evidence, KEY_STATE, container->state);
    evidence_set_number(&evidence, KEY_ALIVE, containers->daemon_runs);
    if (container->pid > 0)
        evidence_set_number(&evidence, KEY_PID, container->pid);
    if (strcmp(container->state, "exited") == 0)
        evidence_set_number(&evidence, KEY_EXIT_STATUS, container->exit_status);
    evidence_put_text(&evidence, KEY_TEXT, container->error);
    if (container->publishes) {
        evidence_set_number(&evidence, KEY_PORT,
                            worker_order(containers->worker)->port);
        evidence_set_address(&evidence, KEY_ADDRESS, &container->on);
    }
    if (container->publishes || container->exposed != 0)
        evidence_set_number(&evidence, KEY_DESTINATION_PORT,
                            container->publishes ? container->own_port
                                                 : container->exposed);
    worker_emit(containers->worker, &evidence);
}

/* What runs and publishes nothing is told of where it is one of few: which of
 * many was meant, nobody knows. */
static void containers_collect(void *state)
{
    struct containers *containers = state;

    if (containers->passed_on || containers->answered ||
        !worker_policy(containers->worker)->containers ||
        elsewhere_count(worker_order(containers->worker)->port) != 0)
        return;
    containers->daemon_runs = daemon_runs();
    read_all(containers);
    for (size_t i = 0; i < containers->count; i++)
        if (containers->best[i].worth > 1 || containers->silent <= MAX_TOLD)
            tell(containers, &containers->best[i].container);
}

static unsigned containers_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer containers_observer = {
    .name = "containers",
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_CONTAINER),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = containers_arm,
    .notice = containers_notice,
    .collect = containers_collect,
    .disarm = containers_disarm,
};
