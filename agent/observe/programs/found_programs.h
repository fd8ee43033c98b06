/* Programs and filters found in a packet's way, gathered first and told in one
 * go: who made them and who keeps them alive takes one walk through the host
 * for all. */
#ifndef OBSERVE_FOUND_PROGRAMS_H
#define OBSERVE_FOUND_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/bpf/bpf_call.h"
#include "agent/observe/host/processes.h"

struct worker;

#define FOUND_PROGRAMS_MAX 16
#define FOUND_PATH_SIZE    128

struct found_program
{
    const char *hook;   /* a text that stays, as the schema lists them */
    char interface[16]; /* empty: at none */
    char kind[16];      /* of a tc filter or a socket filter, or the mode of
                           XDP; empty: does not apply */
    uint32_t program;   /* the kernel's number of it, 0: no BPF program */
    char name[BPF_CALL_NAME_SIZE];
    uint32_t link;                /* that attaches it, 0: none */
    uint32_t preference, handle;  /* of a tc filter */
    uint32_t chain;               /* of a tc filter */
    char protocol[8];             /* of a tc filter; empty: any */
    char cgroup[FOUND_PATH_SIZE]; /* empty: unknown, or does not apply */
    char pinned[FOUND_PATH_SIZE]; /* empty: nowhere that we see */
    struct process holder;        /* pid 0: none that we see */
    /* Listed for all of the machine: ours only if it is kept alive by a process
     * in our network namespace, or pinned where we see it. */
    bool is_own_only;
};

struct found_programs
{
    size_t count;
    bool cut; /* there were more */
    struct found_program items[FOUND_PROGRAMS_MAX];
};

/* A new entry for this hook, zeroed; NULL when there are too many. */
struct found_program *found_programs_add(struct found_programs *found,
                                         const char *hook);

/* How many were found at that hook (and that interface, if not NULL). */
size_t found_programs_count(const struct found_programs *found,
                            const char *hook, const char *interface);

/* Looks up names, links, pins and holders, and emits a piece of evidence for
 * each. */
void found_programs_tell(struct found_programs *found, struct worker *worker);

/* The number of the program that a BPF descriptor stands for, by the text of
 * its /proc/PID/fdinfo; 0 if it is something else. */
uint32_t found_programs_parse(const char *fdinfo);

#endif
