/* Observer: the kernel settings that decide over a connection's packets. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "agent/observe/host/netlink.h"
#include "agent/observe/interest.h"
#include "agent/observe/observer.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/trace/sysctl_name.h"

#define MAX_VALUE        256
#define MAX_WITHOUT_IPV6 16

/* One that this kernel lacks is left out. */
static const char *const global_names[] = {
    "net.ipv4.ip_forward",
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_syn_linear_timeouts",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_abort_on_overflow",
    "net.core.somaxconn",
    "net.ipv6.bindv6only",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_count",
};

static const struct
{
    const char *area;
    const char *leaf;
} device_names[] = {
    {"net.ipv4.conf", "rp_filter"},    {"net.ipv4.conf", "accept_local"},
    {"net.ipv4.conf", "arp_ignore"},   {"net.ipv4.conf", "arp_filter"},
    {"net.ipv6.conf", "hop_limit"},    {"net.ipv4.conf", "forwarding"},
    {"net.ipv6.conf", "disable_ipv6"}, {"net.ipv6.conf", "forwarding"},
};

struct sysctls
{
    struct worker *worker;
    struct netlink *netlink;
    struct interest interest;
};

/* The name's dots are the path's slashes, and the other way round. */
static void print_path(const char *name, char *path, size_t size)
{
    snprintf(path, size, "/proc/sys/%s", name);
    for (path += strlen("/proc/sys/"); *path != '\0'; path++) {
        if (*path == '/')
            *path = '.';
        else if (*path == '.')
            *path = '/';
    }
}

static int read_value(const char *name, char value[static MAX_VALUE])
{
    CLEAN_FREE char *text = NULL;
    char path[32 + SYSCTL_NAME_SIZE];
    size_t size;
    int status;

    print_path(name, path, sizeof(path));
    status = fs_read(path, MAX_VALUE - 1, &text, &size, NULL);
    if (status < 0)
        return status;
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        text[--size] = '\0';
    for (char *tab = strchr(text, '\t'); tab != NULL; tab = strchr(tab, '\t'))
        *tab = ' ';
    snprintf(value, MAX_VALUE, "%s", text);
    return 0;
}

static void emit_sysctl(struct sysctls *sysctls, const char *name,
                        const char *interface)
{
    char value[MAX_VALUE];
    struct evidence evidence;

    if (read_value(name, value) < 0)
        return;
    evidence_init(&evidence, EVIDENCE_SYSCTL, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_NAME, name);
    evidence_set_text(&evidence, KEY_VALUE, value);
    evidence_set_text(&evidence, KEY_INTERFACE, interface);
    worker_emit(sysctls->worker, &evidence);
}

static void emit_interface(struct sysctls *sysctls, const char *name,
                           bool is_interface)
{
    char full[SYSCTL_NAME_SIZE];

    /* Never a way out of the folder, whatever an interface is called. */
    if (strchr(name, '/') != NULL || strcmp(name, "..") == 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(device_names); i++)
        emit_sysctl(
            sysctls,
            sysctl_name(device_names[i].area, name, device_names[i].leaf, full),
            is_interface ? name : NULL);
}

static bool has_ipv4_address(int any_socket, const char *interface)
{
    struct ifreq request = {0};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
    return ioctl(any_socket, SIOCGIFADDR, &request) == 0;
}

static bool is_without_ipv6(const char *interface,
                            char name[static SYSCTL_NAME_SIZE])
{
    char value[MAX_VALUE];

    if (strchr(interface, '/') != NULL || strcmp(interface, "lo") == 0)
        return false;
    sysctl_name("net.ipv6.conf", interface, "disable_ipv6", name);
    return read_value(name, value) == 0 && strcmp(value, "1") == 0;
}

/* Interfaces that speak IPv4 alone because IPv6 was switched off there: their
 * addresses and routes went with it, so that nothing else points to them.  How
 * many there are is told in one piece. */
static void emit_without_ipv6(struct sysctls *sysctls)
{
    CLEAN_FD int any_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct if_nameindex *all = if_nameindex();
    struct evidence evidence;
    unsigned count = 0;

    for (size_t i = 0; all != NULL && all[i].if_index != 0; i++) {
        char name[SYSCTL_NAME_SIZE];

        if (is_without_ipv6(all[i].if_name, name) &&
            has_ipv4_address(any_socket, all[i].if_name) &&
            count++ < MAX_WITHOUT_IPV6)
            emit_sysctl(sysctls, name, all[i].if_name);
    }
    if_freenameindex(all);
    evidence_init(&evidence, EVIDENCE_SYSCTL, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_NAME, "net.ipv6.conf.*.disable_ipv6");
    evidence_set_text(&evidence, KEY_VALUE, "1");
    evidence_set_number(&evidence, KEY_COUNT, count);
    worker_emit(sysctls->worker, &evidence);
}

static struct address called_address(const struct worker *worker)
{
    return worker_order(worker)->role == ROLE_SOURCE
               ? worker_peer(worker)
               : worker_order(worker)->destination;
}

static int sysctls_arm(struct worker *worker, void **state, struct err *err)
{
    struct sysctls *sysctls = calloc(1, sizeof(*sysctls));
    int status;

    if (sysctls == NULL)
        return err_set(err, -ENOMEM, "sysctls: out of memory");
    sysctls->worker = worker;
    status = netlink_open(NETLINK_ROUTE, &sysctls->netlink, err);
    if (status < 0) {
        free(sysctls);
        return status;
    }
    *state = sysctls;
    for (size_t i = 0; i < ARRAY_SIZE(global_names); i++)
        emit_sysctl(sysctls, global_names[i], NULL);
    emit_interface(sysctls, "all", false);
    emit_interface(sysctls, "default", false);
    interest_find(&sysctls->interest, sysctls->netlink, worker);
    for (size_t i = 0; i < sysctls->interest.count; i++)
        emit_interface(sysctls, sysctls->interest.names[i], true);
    if (called_address(worker).family == 6)
        emit_without_ipv6(sysctls);
    return 0;
}

/* A SYN may come in where nobody expected it. */
static void sysctls_notice(void *state, const struct evidence *evidence)
{
    struct sysctls *sysctls = state;

    if (interest_notice(&sysctls->interest, evidence))
        emit_interface(sysctls, evidence_text(evidence, KEY_INTERFACE, ""),
                       true);
}

static unsigned sysctls_disarm(void *state)
{
    struct sysctls *sysctls = state;

    netlink_close(sysctls->netlink);
    free(sysctls);
    return 0;
}

const struct observer sysctls_observer = {
    .name = "sysctls",
    .at_source = true,
    .at_destination = true,
    .produces = EVIDENCE_BIT(EVIDENCE_SYSCTL),
    .reads = EVIDENCE_BIT(EVIDENCE_PACKET),
    .arm = sysctls_arm,
    .notice = sysctls_notice,
    .disarm = sysctls_disarm,
};
