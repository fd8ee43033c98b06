#include "agent/bpf/bpf_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <sys/syscall.h>

/* The kernel takes the union as large as it knows it, if the rest is zero. */
static int call(enum bpf_cmd command, union bpf_attr *attributes)
{
    long result = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

    return result < 0 ? -errno : (int)result;
}

static uint64_t as_number(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

int bpf_call_attach(int program)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.raw_tracepoint.prog_fd = (uint32_t)program;
    return call(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

/* The kernel fills in what it knows, if what it does not know is zero. */
static int call_info(int object, void *info, uint32_t size)
{
    union bpf_attr attributes;

    memset(info, 0, size);
    memset(&attributes, 0, sizeof(attributes));
    attributes.info.bpf_fd = (uint32_t)object;
    attributes.info.info_len = size;
    attributes.info.info = as_number(info);
    return call(BPF_OBJ_GET_INFO_BY_FD, &attributes);
}

int bpf_call_link_id(int link, uint32_t *id)
{
    struct bpf_link_info info;
    int status = call_info(link, &info, sizeof(info));

    if (status == 0)
        *id = info.id;
    return status;
}

int bpf_call_link_open(uint32_t id)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.link_id = id;
    return call(BPF_LINK_GET_FD_BY_ID, &attributes);
}

static int call_element(enum bpf_cmd command, int map, uint32_t key,
                        const void *value)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.map_fd = (uint32_t)map;
    attributes.key = as_number(&key);
    attributes.value = as_number(value);
    return call(command, &attributes);
}

int bpf_call_read(int map, uint32_t key, void *value)
{
    return call_element(BPF_MAP_LOOKUP_ELEM, map, key, value);
}

int bpf_call_write(int map, uint32_t key, const void *value)
{
    return call_element(BPF_MAP_UPDATE_ELEM, map, key, value);
}

int bpf_call_delete(int map, uint32_t key)
{
    return call_element(BPF_MAP_DELETE_ELEM, map, key, NULL);
}

int bpf_call_make_ring(uint32_t size)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.map_type = BPF_MAP_TYPE_RINGBUF;
    attributes.max_entries = size;
    return call(BPF_MAP_CREATE, &attributes);
}

int bpf_call_program_open(uint32_t id)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_id = id;
    return call(BPF_PROG_GET_FD_BY_ID, &attributes);
}

int bpf_call_program_name(int program, char name[static BPF_CALL_NAME_SIZE])
{
    struct bpf_prog_info info;
    int status = call_info(program, &info, sizeof(info));

    if (status == 0)
        snprintf(name, BPF_CALL_NAME_SIZE, "%.*s", BPF_CALL_NAME_SIZE - 1,
                 info.name);
    return status;
}

int bpf_call_pinned_open(const char *path)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.pathname = as_number(path);
    attributes.file_flags = BPF_F_RDONLY;
    return call(BPF_OBJ_GET, &attributes);
}

int bpf_call_query(int target, uint32_t type, bool effective, uint32_t *ids,
                   uint32_t *count)
{
    union bpf_attr attributes;
    int status;

    memset(&attributes, 0, sizeof(attributes));
    attributes.query.target_fd = (uint32_t)target;
    attributes.query.attach_type = type;
    attributes.query.query_flags = effective ? BPF_F_QUERY_EFFECTIVE : 0;
    attributes.query.prog_ids = as_number(ids);
    attributes.query.prog_cnt = *count;
    status = call(BPF_PROG_QUERY, &attributes);
    if (status == 0)
        *count = attributes.query.prog_cnt;
    return status;
}

/* struct bpf_link_info, with what kernels after 6.1 added to it. */
struct link_info
{
    uint32_t type, id, program, padding;
    union
    {
        struct
        {
            uint64_t id;
            uint32_t attach_type;
        } cgroup;
        struct
        {
            uint32_t family, hook;
            int32_t priority;
            uint32_t flags;
        } netfilter;
        struct
        {
            uint32_t interface, attach_type;
        } device;
        uint64_t room[8];
    };
};

int bpf_call_next_link(uint32_t after, struct bpf_call_link *out)
{
    union bpf_attr attributes;
    struct link_info info;
    int link;
    int status;

    memset(&attributes, 0, sizeof(attributes));
    attributes.start_id = after;
    status = call(BPF_LINK_GET_NEXT_ID, &attributes);
    if (status < 0)
        return status;
    *out = (struct bpf_call_link){.id = attributes.next_id};
    link = bpf_call_link_open(out->id);
    if (link == -ENOENT) /* gone in between: no link at all */
        return 0;
    if (link < 0)
        return link;
    status = call_info(link, &info, sizeof(info));
    close(link);
    if (status < 0)
        return status;
    out->type = info.type;
    out->program = info.program;
    if (info.type == BPF_CALL_LINK_CGROUP) {
        out->cgroup.id = info.cgroup.id;
        out->cgroup.attach_type = info.cgroup.attach_type;
    } else if (info.type == BPF_CALL_LINK_NETFILTER) {
        out->netfilter.family = info.netfilter.family;
        out->netfilter.hook = info.netfilter.hook;
        out->netfilter.priority = info.netfilter.priority;
    } else {
        out->device.interface = info.device.interface;
        out->device.attach_type = info.device.attach_type;
    }
    return 0;
}
