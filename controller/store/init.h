/* A new state folder: authority, keys, database, the first operator. */
#ifndef CONTROLLER_INIT_H
#define CONTROLLER_INIT_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define INIT_MAX_SANS 32

struct init_options
{
    const char *state_dir;
    const char *sans[INIT_MAX_SANS + 1]; /* NULL-terminated, at least one */
    size_t san_count;
    uint16_t listen_port; /* written into the operator's profile */
    int64_t now_s;
};

/* Makes everything in a temporary folder inside the state folder (which may be
 * a mount point) and moves it up at the end: after a failure nothing is left,
 * and what a crash leaves the next init clears away.  -EEXIST when the state
 * folder holds something already. */
int init_run(const struct init_options *options, struct err *err);

#endif
