#include "agent/bpf/bpf_call.h"

#include <errno.h>
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

int bpf_call_link_id(int link, uint32_t *id)
{
    struct bpf_link_info info;
    union bpf_attr attributes;
    int status;

    memset(&info, 0, sizeof(info));
    memset(&attributes, 0, sizeof(attributes));
    attributes.info.bpf_fd = (uint32_t)link;
    attributes.info.info_len = sizeof(info);
    attributes.info.info = as_number(&info);
    status = call(BPF_OBJ_GET_INFO_BY_FD, &attributes);
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
