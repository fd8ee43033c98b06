#include "agent/keeper/drops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/bpf/bpf_call.h"
#include "agent/bpf/drop_record.h"
#include "agent/keeper/spawn.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/log.h"

static void give_up(struct drops *drops, int status, const char *text)
{
    drops->got = (struct handover){.status = status};
    snprintf(drops->got.text, sizeof(drops->got.text), "%s", text);
    log_info("drop events are not available: %s", text);
}

static void close_channel(struct drops *drops)
{
    if (drops->channel >= 0)
        close(drops->channel);
    drops->channel = -1;
}

void drops_start(struct drops *drops)
{
    struct spawn spawn = {.helper = "probe-agent-bpf", .fds_count = 1};
    struct err err = {0};
    int ends[2];
    int status = spawn_make_channel(ends, &err);

    *drops = (struct drops){.channel = -1,
                            .got = {.status = -EINPROGRESS,
                                    .text = "the program is still being "
                                            "loaded: try again"}};
    for (int i = 0; i < HANDOVER_COUNT; i++)
        drops->fds[i] = -1;
    if (status < 0) {
        give_up(drops, status, err.text);
        return;
    }
    spawn.fds[0] = ends[1];
    drops->channel = ends[0];
    drops->loader = spawn_helper(&spawn, &err);
    close(ends[1]);
    if (drops->loader > 0)
        return;
    drops->loader = 0;
    close_channel(drops);
    give_up(drops, err.code, err.text);
}

void drops_receive(struct drops *drops)
{
    struct handover got;
    int status = handover_receive(drops->channel, &got, drops->fds);

    if (status == -EAGAIN || status == -EINTR)
        return;
    close_channel(drops);
    if (status < 0)
        give_up(drops, status, "the helper that loads the program failed");
    else if (got.status < 0)
        give_up(drops, got.status, got.text);
    else
        drops->got = got;
}

bool drops_reap(struct drops *drops, pid_t pid)
{
    if (pid != drops->loader)
        return false;
    drops->loader = 0;
    return true;
}

/* The link that the other workers hold, or a new one. */
static int attach(struct drops *drops)
{
    int link = drops->link == 0 ? -ENOENT : bpf_call_link_open(drops->link);
    int status;

    if (link >= 0)
        return link;
    link = bpf_call_attach(drops->fds[HANDOVER_PROGRAM]);
    if (link < 0)
        return link;
    status = bpf_call_link_id(link, &drops->link);
    if (status < 0) {
        close(link);
        return status;
    }
    return link;
}

int drops_hand_over(struct drops *drops, uint32_t slot)
{
    struct handover handover = drops->got;
    int fds[HANDOVER_COUNT];
    CLEAN_FD int link = -1;
    CLEAN_FD int near = -1;
    CLEAN_FD int far = -1;
    int ends[2];
    int status = spawn_make_channel(ends, NULL);

    if (status < 0)
        return status;
    near = ends[0];
    far = ends[1];
    memcpy(fds, drops->fds, sizeof(fds));
    if (handover.status == 0) {
        link = attach(drops);
        if (link < 0) {
            handover.status = link;
            snprintf(handover.text, sizeof(handover.text),
                     "the program cannot be attached: %s", strerror(-link));
        }
        fds[HANDOVER_PROGRAM] = link;
    }
    handover.slot = slot;
    status = handover_send(near, &handover, fds);
    return status < 0 ? status : TAKE_FD(far);
}

void drops_release(struct drops *drops, uint32_t slot)
{
    static const struct drop_slot nobody;

    if (drops->got.status != 0)
        return;
    bpf_call_write(drops->fds[HANDOVER_SLOTS], slot, &nobody);
    bpf_call_delete(drops->fds[HANDOVER_RINGS], slot);
}

void drops_stop(struct drops *drops)
{
    close_channel(drops);
    for (int i = 0; i < HANDOVER_COUNT; i++)
        if (drops->fds[i] >= 0)
            close(drops->fds[i]);
    drops->got.status = -ECANCELED;
}
