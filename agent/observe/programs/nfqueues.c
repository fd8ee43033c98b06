#include "agent/observe/programs/nfqueues.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/worker/worker.h"
#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define FILE_NAME  "/proc/thread-self/net/netfilter/nfnetlink_queue"
#define MAX_FILE   (256 * 1024)
#define MAX_QUEUES 64

bool nfqueues_parse(const char *line, uint16_t *queue)
{
    unsigned number;
    unsigned reader;

    if (sscanf(line, "%u %u ", &number, &reader) != 2 || number > UINT16_MAX)
        return false;
    *queue = (uint16_t)number;
    return true;
}

static void emit_queue(struct worker *worker, uint16_t queue)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_NFQUEUE, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_INDEX, queue);
    worker_emit(worker, &evidence);
}

void nfqueues_report(struct worker *worker)
{
    CLEAN_FREE char *text = NULL;
    struct evidence evidence;
    struct err err = {0};
    int64_t count = 0;
    uint16_t queue;
    size_t size;
    char *line;
    char *rest;
    int status = fs_read(FILE_NAME, MAX_FILE, &text, &size, &err);

    if (status < 0 && status != -ENOENT) { /* not there: no queue was ever */
        worker_limit(worker, "programs", "%s", err.text);
        return;
    }
    line = status < 0 ? NULL : strtok_r(text, "\n", &rest);
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (nfqueues_parse(line, &queue) && count++ < MAX_QUEUES)
            emit_queue(worker, queue);
    evidence_init(&evidence, EVIDENCE_NFQUEUES, clock_monotonic_ns());
    evidence_set_number(&evidence, KEY_COUNT, count);
    evidence_set_number(&evidence, KEY_COMPLETE, count <= MAX_QUEUES);
    worker_emit(worker, &evidence);
}
