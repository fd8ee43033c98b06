/* The few bpf(2) commands that keeper and worker need, without libbpf: objects
 * are loaded elsewhere (loader.c), here they are only used.  All return 0 or a
 * descriptor (closed on exec), or -errno. */
#ifndef BPF_BPF_CALL_H
#define BPF_BPF_CALL_H

#include <stdbool.h>
#include <stdint.h>

/* Attaches a program to the tracepoint that it was made for, for as long as the
 * descriptor returned is open anywhere. */
int bpf_call_attach(int program);

/* The kernel's number of a link, and the way back: -ENOENT once it is gone. */
int bpf_call_link_id(int link, uint32_t *id);
int bpf_call_link_open(uint32_t id);

/* One element of an array map; value is of the map's value size. */
int bpf_call_read(int map, uint32_t key, void *value);
int bpf_call_write(int map, uint32_t key, const void *value);

/* Takes an inner map out of an array of maps; -ENOENT if none is there. */
int bpf_call_delete(int map, uint32_t key);

int bpf_call_make_ring(uint32_t size);

#define BPF_CALL_NAME_SIZE 16 /* BPF_OBJ_NAME_LEN */

/* What stands in a packet's way, by the kernel's number of it.  These need
 * CAP_SYS_ADMIN, or -EPERM. */
int bpf_call_program_open(uint32_t id);
int bpf_call_program_name(int program, char name[static BPF_CALL_NAME_SIZE]);

/* Whatever is pinned under this path. */
int bpf_call_pinned_open(const char *path);

/* The programs attached somewhere: target is a cgroup's descriptor or, for
 * tcx, a device's index; type the kernel's enum bpf_attach_type.  With
 * effective, those of the groups above are told too, in the order in which they
 * run.  count is the room in ids, and what of it was used.  -EINVAL if the
 * kernel knows no such type, -ENOSPC if there are more. */
int bpf_call_query(int target, uint32_t type, bool effective, uint32_t *ids,
                   uint32_t *count);

/* Of the kernel's enum bpf_link_type, which older headers know in part. */
#define BPF_CALL_LINK_CGROUP    3
#define BPF_CALL_LINK_XDP       6
#define BPF_CALL_LINK_NETFILTER 10
#define BPF_CALL_LINK_TCX       11

struct bpf_call_link
{
    uint32_t id;
    uint32_t type;
    uint32_t program;
    union
    {
        struct
        {
            uint64_t id;
            uint32_t attach_type;
        } cgroup;
        struct
        {
            uint32_t family; /* NFPROTO_ */
            uint32_t hook;   /* NF_INET_ */
            int32_t priority;
        } netfilter;
        struct
        {
            uint32_t interface;
            uint32_t attach_type;
        } device;
    };
};

/* The link with the lowest number above that one (0: the first), in all of the
 * machine.  -ENOENT behind the last. */
int bpf_call_next_link(uint32_t after, struct bpf_call_link *out);

#endif
