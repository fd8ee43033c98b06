/* What a helper that the keeper started finds itself to be. */
#ifndef TESTS_AGENT_TELLER_H
#define TESTS_AGENT_TELLER_H

#include <stdint.h>

#include <sys/types.h>

struct told
{
    pid_t pid;
    uid_t uids[3]; /* real, effective, saved */
    gid_t gids[3];
    int groups;
    uint64_t permitted, effective, inheritable, ambient, bounding;
    int no_new_privileges;
    int dies_with;       /* this signal, when its parent does */
    uint64_t blocked;    /* signals */
    uint64_t ignored;    /* likewise */
    uint64_t core_limit; /* bytes */
    uint64_t open_fds;   /* as bits, of the first 64 */
    char arguments[256]; /* a blank before each */
    char environment[512];
};

#endif
