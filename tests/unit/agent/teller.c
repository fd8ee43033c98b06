/* A helper that tells over its channel what it has been given; with "wait" it
 * then waits for the channel's end. */
#include "tests/unit/agent/teller.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define CHANNEL 3

extern char **environ;

static uint64_t read_hex(const char *name)
{
    FILE *file = fopen("/proc/self/status", "re");
    unsigned long long value = ~0ULL;
    char line[256];

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), ":%llx", &value);
    if (file != NULL)
        fclose(file);
    return value;
}

static void join_words(char **words, char *out, size_t size)
{
    size_t used = 0;

    for (; *words != NULL && used < size; words++)
        used += (size_t)snprintf(out + used, size - used, " %s", *words);
}

static void look(struct told *told)
{
    struct rlimit core;

    told->pid = getpid();
    getresuid(&told->uids[0], &told->uids[1], &told->uids[2]);
    getresgid(&told->gids[0], &told->gids[1], &told->gids[2]);
    told->groups = getgroups(0, NULL);
    told->permitted = read_hex("CapPrm");
    told->effective = read_hex("CapEff");
    told->inheritable = read_hex("CapInh");
    told->ambient = read_hex("CapAmb");
    told->bounding = read_hex("CapBnd");
    told->blocked = read_hex("SigBlk");
    told->ignored = read_hex("SigIgn");
    told->no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    prctl(PR_GET_PDEATHSIG, &told->dies_with);
    getrlimit(RLIMIT_CORE, &core);
    told->core_limit = core.rlim_cur;
    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            told->open_fds |= UINT64_C(1) << fd;
}

int main(int argc, char **argv)
{
    struct told told = {0};
    char byte;

    look(&told);
    join_words(argv + 1, told.arguments, sizeof(told.arguments));
    join_words(environ, told.environment, sizeof(told.environment));
    if (send(CHANNEL, &told, sizeof(told), MSG_NOSIGNAL) != sizeof(told))
        return 9;
    if (argc > 1 && strcmp(argv[1], "wait") == 0)
        (void)!read(CHANNEL, &byte, 1);
    return 5;
}
