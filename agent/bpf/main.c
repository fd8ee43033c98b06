/* probe-agent-bpf: loads the program that watches drops, hands program and maps
 * to the keeper over descriptor 3, and ends.  So neither libbpf nor the
 * megabytes that it reads of the kernel's types stay anywhere. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>

#include "agent/bpf/drop_record.h"
#include "agent/bpf/handover.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "drop_events.skel.h"

#define CHANNEL_FD    3
#define TRACEPOINT    "btf_trace_kfree_skb"
#define REASONS       "skb_drop_reason"
#define REASON_PREFIX "SKB_DROP_REASON_"
#define MIN_ARGUMENTS 3 /* packet, location, reason */

static char last_words[ERR_TEXT_SIZE / 2]; /* libbpf's latest complaint */

__attribute__((format(printf, 2, 0))) static int
keep_words(enum libbpf_print_level level, const char *format, va_list arguments)
{
    if (level == LIBBPF_WARN && last_words[0] == '\0') {
        vsnprintf(last_words, sizeof(last_words), format, arguments);
        last_words[strcspn(last_words, "\n")] = '\0';
    }
    return 0;
}

static void free_types(struct btf **types)
{
    btf__free(*types);
}

static void free_object(struct drop_events_bpf **object)
{
    drop_events_bpf__destroy(*object);
}

/* How many arguments the tracepoint passes on; 0 when it is not there. */
static uint32_t count_arguments(const struct btf *types)
{
    int id = btf__find_by_name_kind(types, TRACEPOINT, BTF_KIND_TYPEDEF);
    const struct btf_type *type;

    if (id < 0)
        return 0;
    type = btf__type_by_id(types, btf__type_by_id(types, (uint32_t)id)->type);
    if (type == NULL || !btf_is_ptr(type))
        return 0;
    type = btf__type_by_id(types, type->type);
    if (type == NULL || !btf_is_func_proto(type) || btf_vlen(type) == 0)
        return 0;
    return btf_vlen(type) - 1u; /* without the tracepoint's own data */
}

/* The names' numbers differ from one kernel to the next. */
static void fill_reasons(const struct btf *types, int map)
{
    int id = btf__find_by_name_kind(types, REASONS, BTF_KIND_ENUM);
    const struct btf_type *type =
        id < 0 ? NULL : btf__type_by_id(types, (uint32_t)id);
    const struct btf_enum *items = type == NULL ? NULL : btf_enum(type);

    for (int i = 0; type != NULL && i < btf_vlen(type); i++) {
        const char *name = btf__name_by_offset(types, items[i].name_off);
        uint32_t key = (uint32_t)items[i].val;
        char value[DROP_REASON_SIZE] = "";

        if (name == NULL || key >= DROP_REASONS)
            continue;
        if (strncmp(name, REASON_PREFIX, strlen(REASON_PREFIX)) == 0)
            name += strlen(REASON_PREFIX);
        snprintf(value, sizeof(value), "%s", name);
        bpf_map_update_elem(map, &key, value, BPF_ANY);
    }
}

static int load(const struct btf *types, struct drop_events_bpf *object,
                struct err *err)
{
    uint32_t arguments = count_arguments(types);
    int status;

    if (arguments < MIN_ARGUMENTS)
        return err_set(err, -ENOTSUP,
                       "this kernel gives no reason for a drop (needs Linux "
                       "5.17)");
    object->rodata->kfree_arguments = arguments;
    status = drop_events_bpf__load(object);
    if (status < 0)
        return err_set(err, status, "the kernel refuses the program: %s (%s)",
                       strerror(-status), last_words);
    fill_reasons(types, bpf_map__fd(object->maps.reasons));
    return 0;
}

static int prepare(struct drop_events_bpf **out, struct err *err)
{
    CLEAN(free_types) struct btf *types = btf__load_vmlinux_btf();
    struct drop_events_bpf *object;

    if (types == NULL)
        return err_set(err, -errno,
                       "this kernel does not describe its types (BTF): %s",
                       strerror(errno));
    object = drop_events_bpf__open();
    if (object == NULL)
        return err_set(err, -errno, "the program cannot be read: %s",
                       strerror(errno));
    *out = object;
    return load(types, object, err);
}

int main(void)
{
    CLEAN(free_object) struct drop_events_bpf *object = NULL;
    struct handover handover = {.status = 0};
    int fds[HANDOVER_COUNT];
    struct err err = {0};

    log_init("probe-agent-bpf", LOG_LEVEL_WARNING);
    libbpf_set_print(keep_words);
    handover.status = prepare(&object, &err);
    snprintf(handover.text, sizeof(handover.text), "%s", err.text);
    if (handover.status == 0) {
        fds[HANDOVER_PROGRAM] = bpf_program__fd(object->progs.drop_events);
        fds[HANDOVER_SLOTS] = bpf_map__fd(object->maps.slots);
        fds[HANDOVER_RINGS] = bpf_map__fd(object->maps.rings);
        fds[HANDOVER_REASONS] = bpf_map__fd(object->maps.reasons);
    }
    if (handover_send(CHANNEL_FD, &handover, fds) < 0) {
        log_error("descriptor %d does not take what was loaded (%s): this "
                  "program is started by probe-agent",
                  CHANNEL_FD, strerror(errno));
        return 2;
    }
    return 0;
}
