#include "agent/worker/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/worker/hosts_file.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define RESOLVE_MAX_ADDRESSES 16
#define HOSTS_FILE            "/etc/hosts"
#define MAX_HOSTS_FILE        (256 * 1024)

struct resolve
{
    struct worker *worker;
    resolve_done done;
    uv_async_t wake;

    char name[DNS_NAME_SIZE];
    int family;

    /* Written by the thread before finished is set. */
    atomic_bool finished;
    int status; /* of getaddrinfo */
    int errnum; /* for EAI_SYSTEM */
    struct address addresses[RESOLVE_MAX_ADDRESSES];
    unsigned count;

    bool is_told; /* its addresses are evidence */
};

static void *run(void *context)
{
    struct resolve *resolve = context;
    struct addrinfo hints = {.ai_family = resolve->family,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    uint16_t port;

    resolve->status = getaddrinfo(resolve->name, NULL, &hints, &list);
    resolve->errnum = errno;
    for (struct addrinfo *item = resolve->status == 0 ? list : NULL;
         item != NULL && resolve->count < RESOLVE_MAX_ADDRESSES;
         item = item->ai_next)
        if (address_from_sockaddr(
                item->ai_addr, &resolve->addresses[resolve->count], &port) == 0)
            resolve->count++;
    if (resolve->status == 0)
        freeaddrinfo(list);
    uv_async_send(&resolve->wake);
    /* Last: from here on the memory may be freed. */
    atomic_store(&resolve->finished, true);
    return NULL;
}

/* Where the name stands in the file that most resolvers ask first. */
static void put_line(struct evidence *evidence, const struct resolve *resolve,
                     const struct address *address, const char *hosts)
{
    struct hosts_line line;

    if (hosts == NULL)
        return;
    line = hosts_file_find(hosts, resolve->name, address);
    if (line.number == 0)
        return;
    evidence_set_text(evidence, KEY_PATH, HOSTS_FILE);
    evidence_set_number(evidence, KEY_POSITION, line.number);
    evidence_set_number(evidence, KEY_COUNT, line.names);
}

static void emit_addresses(const struct resolve *resolve)
{
    CLEAN_FREE char *hosts = NULL;
    struct evidence evidence;
    size_t size;

    if (fs_read(HOSTS_FILE, MAX_HOSTS_FILE, &hosts, &size, NULL) < 0)
        hosts = NULL; /* the answer is worth no less */
    for (unsigned i = 0; i < resolve->count; i++) {
        evidence_init(&evidence, EVIDENCE_RESOLVED, clock_monotonic_ns());
        evidence_set_text(&evidence, KEY_NAME, resolve->name);
        evidence_set_number(&evidence, KEY_INDEX, i);
        evidence_set_address(&evidence, KEY_ADDRESS, &resolve->addresses[i]);
        put_line(&evidence, resolve, &resolve->addresses[i], hosts);
        worker_emit(resolve->worker, &evidence);
    }
}

static const char *error_text(const struct resolve *resolve)
{
    if (resolve->status == EAI_SYSTEM)
        return strerror(resolve->errnum);
    if (resolve->status != 0)
        return gai_strerror(resolve->status);
    return resolve->count == 0 ? "the name has no address" : NULL;
}

static void on_wake(uv_async_t *wake)
{
    struct resolve *resolve = wake->data;
    const char *error = error_text(resolve);
    struct evidence evidence;

    if (error != NULL) {
        evidence_init(&evidence, EVIDENCE_RESOLVED, clock_monotonic_ns());
        evidence_set_text(&evidence, KEY_NAME, resolve->name);
        evidence_set_text(&evidence, KEY_TEXT, error);
        worker_emit(resolve->worker, &evidence);
    }
    emit_addresses(resolve);
    resolve->is_told = true;
    resolve->done(resolve->worker, error);
}

static int start_thread(struct resolve *resolve)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int status;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    status = pthread_create(&thread, &attributes, run, resolve);
    pthread_attr_destroy(&attributes);
    return -status;
}

static void free_resolve(uv_handle_t *handle)
{
    free(handle->data);
}

int resolve_start(struct resolve **out, struct worker *worker,
                  resolve_done done, struct err *err)
{
    const struct order *order = worker_order(worker);
    struct resolve *resolve = calloc(1, sizeof(*resolve));
    int status;

    if (resolve == NULL)
        return err_set(err, -ENOMEM, "no memory to resolve a name");
    resolve->worker = worker;
    resolve->done = done;
    memcpy(resolve->name, order->name, sizeof(resolve->name));
    resolve->family = order->family == 4   ? AF_INET
                      : order->family == 6 ? AF_INET6
                                           : AF_UNSPEC;
    uv_async_init(worker_loop(worker), &resolve->wake, on_wake);
    resolve->wake.data = resolve;
    status = start_thread(resolve);
    if (status < 0) {
        uv_close((uv_handle_t *)&resolve->wake, free_resolve);
        return err_set(err, status, "cannot start a thread to resolve %s: %s",
                       order->name, strerror(-status));
    }
    *out = resolve;
    return 0;
}

bool resolve_has_found(const struct resolve *resolve)
{
    return resolve->is_told && resolve->count > 0;
}

bool resolve_found(const struct resolve *resolve, const struct address *address)
{
    for (unsigned i = 0; resolve->is_told && i < resolve->count; i++)
        if (address_equal(&resolve->addresses[i], address))
            return true;
    return false;
}

bool resolve_close(struct resolve *resolve)
{
    if (!atomic_load(&resolve->finished)) {
        uv_unref((uv_handle_t *)&resolve->wake);
        return false;
    }
    uv_close((uv_handle_t *)&resolve->wake, free_resolve);
    return true;
}
