/* Calls a function whenever a descriptor can be read.  Owns the libuv handle,
 * whose closing is asynchronous, so that an observer's state can be freed at
 * once. */
#ifndef OBSERVE_WATCH_H
#define OBSERVE_WATCH_H

#include <uv.h>

struct err;
struct watch;

typedef void (*watch_fn)(void *data);

/* Watches fd, which stays the caller's and must stay open until watch_stop().
 * On success *out is the caller's to stop; on failure untouched. */
int watch_start(uv_loop_t *loop, int fd, watch_fn fn, void *data,
                struct watch **out, struct err *err);

/* No call comes after this, and fd may be closed.  The memory goes when the
 * loop runs next.  NULL is fine. */
void watch_stop(struct watch *watch);

#endif
