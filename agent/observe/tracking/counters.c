/* Observer: the kernel's own counters of this network namespace that would
 * move when a packet of the trace came to grief.  Other traffic moves them
 * too: they confirm, they do not prove. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/observer.h"
#include "agent/observe/tracking/counter_text.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define MAX_FILE (64 * 1024)

static const char *const wanted[] = {
    "TcpExt.ListenOverflows",
    "TcpExt.ListenDrops",
    "TcpExt.TCPReqQFullDrop",
    "TcpExt.TCPReqQFullDoCookies",
    "TcpExt.SyncookiesSent",
    "TcpExt.SyncookiesRecv",
    "TcpExt.SyncookiesFailed",
    "TcpExt.EmbryonicRsts",
    "TcpExt.IPReversePathFilter",
    "TcpExt.TCPMD5NotFound",
    "TcpExt.TCPMD5Unexpected",
    "TcpExt.TCPMD5Failure",
    "TcpExt.TCPAORequired",
    "TcpExt.TCPAOKeyNotFound",
    "TcpExt.TCPAOBad",
    "TcpExt.PAWSActive",
    "TcpExt.PAWSEstab",
    "TcpExt.PAWSTimewait",
    "TcpExt.TSEcrRejected",
    "TcpExt.TCPSYNChallenge",
    "TcpExt.TCPChallengeACK",
    "TcpExt.TCPMinTTLDrop",
    "TcpExt.TCPDeferAcceptDrop",
    "TcpExt.TCPAbortOnMemory",
    "TcpExt.TCPMemoryPressures",
    "TcpExt.TCPBacklogDrop",
    "TcpExt.PFMemallocDrop",
    "TcpExt.TCPTimeouts",
    "TcpExt.TCPSynRetrans",
    "TcpExt.LockDroppedIcmps",
    "IpExt.InNoRoutes",
    "IpExt.InCsumErrors",
    "Tcp.AttemptFails",
    "Tcp.OutRsts",
    "Tcp.InErrs",
    "Tcp.InCsumErrors",
    "Tcp.RetransSegs",
    "Ip.InHdrErrors",
    "Ip.InAddrErrors",
    "Ip.InDiscards",
    "Ip.InUnknownProtos",
    "Ip.OutDiscards",
    "Ip.OutNoRoutes",
    "Ip.ForwDatagrams",
    "Ip.FragFails",
    "Icmp.OutDestUnreachs",
    "Icmp.InDestUnreachs",
    "Ip6InHdrErrors",
    "Ip6InTooBigErrors",
    "Ip6InNoRoutes",
    "Ip6InAddrErrors",
    "Ip6InTruncatedPkts",
    "Ip6InDiscards",
    "Ip6OutForwDatagrams",
    "Ip6OutDiscards",
    "Ip6OutNoRoutes",
    "Icmp6OutDestUnreachs",
    "Icmp6InDestUnreachs",
    "XfrmInNoPols",
    "XfrmInTmplMismatch",
    "XfrmInPolBlock",
    "XfrmInNoStates",
    "XfrmOutPolBlock",
    "XfrmOutPolError",
    "XfrmOutNoStates",
    "XfrmOutBundleGenError",
    "XfrmAcquireError",
    "XfrmFwdHdrError",
    "Conntrack.invalid",
    "Conntrack.insert_failed",
    "Conntrack.drop",
    "Conntrack.early_drop",
};

/* The files, in /proc of the reading thread: it is the one that may stand in
 * a namespace of its own. */
static const struct
{
    const char *path;
    int (*read)(char *text, counter_fn fn, void *data);
    bool optional;
} files[] = {
    {"/proc/thread-self/net/netstat", counter_text_read_pairs, false},
    {"/proc/thread-self/net/snmp", counter_text_read_pairs, false},
    {"/proc/thread-self/net/snmp6", counter_text_read_lines, true},
    {"/proc/thread-self/net/xfrm_stat", counter_text_read_lines, true},
    {"/proc/thread-self/net/stat/nf_conntrack", counter_text_read_columns,
     true},
};

struct snapshot
{
    uint64_t values[ARRAY_SIZE(wanted)];
    bool found[ARRAY_SIZE(wanted)];
};

struct counters
{
    struct worker *worker;
    struct snapshot before;
};

static void keep(const char *name, uint64_t value, void *data)
{
    struct snapshot *snapshot = data;

    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (strcmp(wanted[i], name) == 0) {
            snapshot->values[i] = value;
            snapshot->found[i] = true;
        }
}

static int read_file(size_t i, struct snapshot *snapshot, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    size_t size;
    int status = fs_read(files[i].path, MAX_FILE, &text, &size, err);

    if (status == -ENOENT && files[i].optional)
        return 0;
    if (status < 0)
        return status;
    if (files[i].read(text, keep, snapshot) < 0)
        return err_set(err, -EBADMSG, "%s is not as expected", files[i].path);
    return 0;
}

static int read_snapshot(struct snapshot *snapshot, struct err *err)
{
    memset(snapshot, 0, sizeof(*snapshot));
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        int status = read_file(i, snapshot, err);

        if (status < 0)
            return status;
    }
    return 0;
}

static int counters_arm(struct worker *worker, void **state, struct err *err)
{
    struct counters *counters = calloc(1, sizeof(*counters));
    int status;

    if (counters == NULL)
        return err_set(err, -ENOMEM, "counters: out of memory");
    counters->worker = worker;
    status = read_snapshot(&counters->before, err);
    if (status < 0) {
        free(counters);
        return status;
    }
    *state = counters;
    return 0;
}

/* BEFORE and AFTER are told so that AFTER - BEFORE is right although the
 * counter ran over in between: a file of 32-bit counters that did so shows a
 * smaller number, and 64 bits may not fit a signed number. */
static void emit_counter(struct counters *counters, size_t i, uint64_t after)
{
    uint64_t before = counters->before.values[i];
    uint64_t moved = after - before;
    struct evidence evidence;

    if (after < before && before <= UINT32_MAX)
        moved = (uint32_t)moved;
    if (before > INT64_MAX - moved)
        before = 0;
    evidence_init(&evidence, EVIDENCE_COUNTER, clock_monotonic_ns());
    evidence_set_text(&evidence, KEY_NAME, wanted[i]);
    evidence_set_number(&evidence, KEY_BEFORE, (int64_t)before);
    evidence_set_number(&evidence, KEY_AFTER, (int64_t)(before + moved));
    worker_emit(counters->worker, &evidence);
}

static void counters_collect(void *state)
{
    struct counters *counters = state;
    struct snapshot after;
    struct evidence evidence;
    struct err err = {0};

    if (read_snapshot(&after, &err) < 0) {
        worker_limit(counters->worker, "counters", "%s", err.text);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (after.found[i] && after.values[i] != counters->before.values[i])
            emit_counter(counters, i, after.values[i]);
    evidence_init(&evidence, EVIDENCE_COUNTERS, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COMPLETE, 1);
    worker_emit(counters->worker, &evidence);
}

static unsigned counters_disarm(void *state)
{
    free(state);
    return 0;
}

const struct observer counters_observer = {
    .name = "counters",
    .at_source = true,
    .at_destination = true,
    .produces =
        EVIDENCE_BIT(EVIDENCE_COUNTER) | EVIDENCE_BIT(EVIDENCE_COUNTERS),
    .arm = counters_arm,
    .collect = counters_collect,
    .disarm = counters_disarm,
};
