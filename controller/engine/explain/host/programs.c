/* Programs in the packet's way: what is said of them, and which command takes
 * them out of it. */
#include "controller/engine/view/programs.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

#define MAX_CANDIDATES 8
/* The programs that may have done it: one, as a rule. */
struct candidates
{
    const struct evidence *items[MAX_CANDIDATES];
    size_t count;
};

static void add_candidates(struct candidates *candidates,
                           const struct view *view, enum role role,
                           const char *hook, const char *interface)
{
    const struct evidence *item;

    for (unsigned n = 0;
         candidates->count < MAX_CANDIDATES &&
         (item = view_program(view, role, hook, interface, n)) != NULL;
         n++)
        candidates->items[candidates->count++] = item;
}

/* "BPF program tc_drop (id 7)", "u32 filter". */
static void print_program(const struct evidence *item, char *text, size_t size)
{
    const char *name = evidence_text(item, KEY_NAME, "");

    if (!evidence_has(item, KEY_PROGRAM))
        text_format(text, size, "the %s filter",
                    evidence_text(item, KEY_KIND, "unknown"));
    else
        text_format(text, size, "the BPF program %s%s(id %lld)", name,
                    name[0] == '\0' ? "" : " ",
                    (long long)evidence_number(item, KEY_PROGRAM, 0));
}

static void add_number_if(struct finding *finding, const char *name,
                          const struct evidence *item, enum evidence_key key)
{
    if (evidence_has(item, key))
        finding_add_number(finding, name, evidence_number(item, key, 0));
}

static void add_program(struct finding *finding, const struct evidence *item)
{
    finding_add_text(finding, "program", evidence_text(item, KEY_NAME, NULL));
    add_number_if(finding, "program_id", item, KEY_PROGRAM);
    if (evidence_has(item, KEY_PREFERENCE)) { /* a tc filter */
        finding_add_text(finding, "kind", evidence_text(item, KEY_KIND, NULL));
        add_number_if(finding, "preference", item, KEY_PREFERENCE);
        add_number_if(finding, "handle", item, KEY_HANDLE);
    }
    add_number_if(finding, "link", item, KEY_LINK);
    finding_add_text(finding, "cgroup", evidence_text(item, KEY_CGROUP, NULL));
    finding_add_text(finding, "held_by",
                     evidence_text(item, KEY_PROCESS, NULL));
    add_number_if(finding, "pid", item, KEY_PID);
    finding_add_text(finding, "pinned", evidence_text(item, KEY_PINNED, NULL));
    finding_cite(finding, item);
}

/* Names the one candidate, or says how many there are. */
static void print_candidates(const struct candidates *candidates,
                             const char *what, struct finding *finding,
                             char *text, size_t size)
{
    if (candidates->count == 0) {
        text_format(text, size, "%s", what);
        return;
    }
    if (candidates->count == 1) {
        print_program(candidates->items[0], text, size);
        add_program(finding, candidates->items[0]);
        return;
    }
    finding_add_number(finding, "candidates", (int64_t)candidates->count);
    for (size_t i = 0; i < candidates->count; i++)
        finding_cite(finding, candidates->items[i]);
    text_format(text, size, "one of %zu programs and filters",
                candidates->count);
}

/* Where the program has a process or a name that keeps it alive. */
static const char *holder_of(const struct evidence *item, char *text,
                             size_t size)
{
    if (evidence_has(item, KEY_PROCESS))
        text_format(text, size, "; %s (pid %lld) holds it",
                    evidence_text(item, KEY_PROCESS, "?"),
                    (long long)evidence_number(item, KEY_PID, 0));
    else if (evidence_has(item, KEY_PINNED))
        text_format(text, size, "; it is pinned at %s",
                    evidence_text(item, KEY_PINNED, "?"));
    else
        text[0] = '\0';
    return text;
}

static bool is_egress(const struct case_file *file)
{
    return file->decider != NULL &&
           strcmp(evidence_text(file->decider, KEY_REASON, ""), "TC_EGRESS") ==
               0;
}

/* The XDP mode in which the function that dropped it runs programs. */
static const char *xdp_mode(const struct case_file *file)
{
    return strcmp(file->decider == NULL
                      ? ""
                      : evidence_text(file->decider, KEY_FUNCTION, ""),
                  "do_xdp_generic") == 0
               ? "generic"
               : "native";
}

static struct candidates on_device(const struct case_file *file,
                                   const struct finding *finding)
{
    const char *interface = explain_interface(file);
    struct candidates candidates = {.count = 0};
    bool egress = is_egress(file);

    if (finding->cause == CAUSE_XDP_DROP) {
        add_candidates(&candidates, file->view, finding->role, "xdp",
                       interface);
        return candidates;
    }
    add_candidates(&candidates, file->view, finding->role,
                   egress ? "tcx-egress" : "tcx-ingress", interface);
    add_candidates(&candidates, file->view, finding->role,
                   egress ? "tc-egress" : "tc-ingress", interface);
    return candidates;
}

void sentence_device_program(const struct case_file *file,
                             const struct words *words, struct finding *finding)
{
    struct candidates candidates = on_device(file, finding);
    bool is_xdp = finding->cause == CAUSE_XDP_DROP;
    char who[96];
    char holder[128] = "";

    finding_add_text(finding, "interface", explain_interface(file));
    if (is_xdp)
        finding_add_text(finding, "mode", xdp_mode(file));
    else
        finding_add_text(finding, "direction",
                         is_egress(file) ? "egress" : "ingress");
    print_candidates(&candidates, is_xdp ? "an XDP program" : "a tc filter",
                     finding, who, sizeof(who));
    if (candidates.count == 1)
        holder_of(candidates.items[0], holder, sizeof(holder));
    finding_say(finding, "%s on %s's %s (%s%s) drops the %s%s", who,
                words->host, explain_interface(file), is_xdp ? "XDP, " : "tc ",
                is_xdp            ? xdp_mode(file)
                : is_egress(file) ? "egress"
                                  : "ingress",
                words->packet, holder);
}

/* Detaching by the link, where there is one, is the only way. */
static bool start_link_detach(struct command_line *line,
                              const struct evidence *item)
{
    if (!evidence_has(item, KEY_LINK))
        return false;
    command_start(line, COMMAND_ON_HOST, "bpftool");
    command_fixed(line, "link detach id");
    command_number(line, evidence_number(item, KEY_LINK, 0));
    return true;
}

static void print_filter_handle(const struct evidence *item, char *text,
                                size_t size)
{
    unsigned long handle =
        (unsigned long)evidence_number(item, KEY_HANDLE, 0) & 0xffffffff;

    if (strcmp(evidence_text(item, KEY_KIND, ""), "u32") == 0)
        text_format(text, size, "%lx:%lx:%lx", handle >> 20,
                    handle >> 12 & 0xff, handle & 0xfff);
    else
        text_format(text, size, "0x%lx", handle);
}

static void start_tc(struct command_line *line, const struct evidence *item,
                     const char *interface, bool egress)
{
    static const char *const kinds[] = {
        "basic", "bpf",  "cgroup", "flow",    "flower", "fw", "matchall",
        "route", "rsvp", "rsvp6",  "tcindex", "u32",    NULL};
    char handle[32];

    if (strncmp(evidence_text(item, KEY_HOOK, ""), "tcx-", 4) == 0) {
        command_start(line, COMMAND_IN_NETWORK, "bpftool");
        command_fixed(line, "net detach");
        command_word(line, egress ? "tcx_egress" : "tcx_ingress");
        command_fixed(line, "dev");
        command_device(line, interface);
        return;
    }
    command_start(line, COMMAND_IN_NETWORK, "tc");
    command_fixed(line, "filter del dev");
    command_device(line, interface);
    command_word(line, egress ? "egress" : "ingress");
    if (evidence_has(item, KEY_CHAIN_INDEX)) {
        command_fixed(line, "chain");
        command_number(line, evidence_number(item, KEY_CHAIN_INDEX, 0));
    }
    command_fixed(line, "pref");
    command_number(line, evidence_number(item, KEY_PREFERENCE, 0));
    print_filter_handle(item, handle, sizeof(handle));
    command_fixed(line, "handle");
    command_word(line, handle);
    command_one_of(line, evidence_text(item, KEY_KIND, "bpf"), kinds);
}

static void start_xdp(struct command_line *line, const struct evidence *item,
                      const char *interface)
{
    static const struct
    {
        const char *mode, *word;
    } words[] = {{"generic", "xdpgeneric"},
                 {"native", "xdpdrv"},
                 {"offload", "xdpoffload"}};
    const char *word = "xdp";

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(evidence_text(item, KEY_KIND, ""), words[i].mode) == 0)
            word = words[i].word;
    command_start(line, COMMAND_IN_NETWORK, "ip");
    command_fixed(line, "link set dev");
    command_device(line, interface);
    command_word(line, word);
    command_fixed(line, "off");
}

/* Of several it is not known which to remove. */
void fix_device_program(const struct case_file *file,
                        const struct finding *finding, struct judgement *out)
{
    struct candidates candidates = on_device(file, finding);
    const char *interface = explain_interface(file);
    struct command_line line;

    if (candidates.count != 1)
        return;
    if (!start_link_detach(&line, candidates.items[0])) {
        if (finding->cause == CAUSE_XDP_DROP)
            start_xdp(&line, candidates.items[0], interface);
        else
            start_tc(&line, candidates.items[0], interface, is_egress(file));
    }
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reload",
            "takes the program out of the way of all packets there; whoever "
            "attached it may do so again, and who is connected by what else it "
            "does (balancing, tunnels) may be cut off",
            &line);
}

/* The hook of a control group that decides about this packet there. */
static const char *group_hook(const struct case_file *file)
{
    const char *reason = file->decider == NULL
                             ? ""
                             : evidence_text(file->decider, KEY_REASON, "");

    if (strcmp(reason, "BPF_CGROUP_EGRESS") == 0)
        return "cgroup-egress";
    if (strcmp(reason, "SOCKET_FILTER") == 0)
        return "cgroup-ingress";
    return NULL;
}

static struct candidates bpf_candidates(const struct case_file *file,
                                        const struct finding *finding)
{
    static const char *const hooks[] = {
        "netfilter-prerouting", "netfilter-input", "netfilter-forward",
        "netfilter-output", "netfilter-postrouting"};
    struct candidates candidates = {.count = 0};
    const char *hook = group_hook(file);

    if (hook != NULL) {
        add_candidates(&candidates, file->view, finding->role, hook, NULL);
        return candidates;
    }
    for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
        add_candidates(&candidates, file->view, finding->role, hooks[i], NULL);
    return candidates;
}

void sentence_bpf(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    struct candidates candidates = bpf_candidates(file, finding);
    const char *hook = group_hook(file);
    char who[96];
    char holder[128] = "";
    const char *group = "";

    print_candidates(&candidates, "a BPF program", finding, who, sizeof(who));
    if (candidates.count == 1) {
        holder_of(candidates.items[0], holder, sizeof(holder));
        group = evidence_text(candidates.items[0], KEY_CGROUP, "");
    }
    if (hook == NULL)
        finding_say(
            finding, "%s on %s's netfilter %s the %s%s", who, words->host,
            finding->confidence == CONFIDENCE_PROVEN ? "drops"
                                                     : "most likely drops",
            words->packet, holder);
    else
        finding_say(finding, "%s on the control group %s%sof %s drops the %s%s",
                    who, group, group[0] == '\0' ? "" : " ", words->host,
                    words->packet, holder);
}

/* systemd's own programs carry out IPAddressDeny= and its like: the unit is the
 * group's last name, and it may be told to let the peer through. */
static void fix_unit(const struct case_file *file, const struct evidence *item,
                     enum role role, struct judgement *out)
{
    const struct subject *subject = file->view->subject;
    const char *group = evidence_text(item, KEY_CGROUP, "");
    const char *slash = strrchr(group, '/');
    char peer[ADDRESS_TEXT_SIZE];
    struct command_line line;

    if (strncmp(evidence_text(item, KEY_NAME, ""), "sd_fw_", 6) != 0 ||
        slash == NULL || strchr(slash, '.') == NULL)
        return;
    address_print(
        role == ROLE_SOURCE ? &subject->destination : &subject->source, peer);
    command_start(&line, COMMAND_ON_HOST, "systemctl");
    command_fixed(&line, "set-property --runtime");
    command_name(&line, slash + 1);
    command_joined(&line, "IPAddressAllow=", peer, "");
    fix_add(out, role, OPENS_CONNECTION, "until-reboot",
            "lets the unit speak with this peer; to keep it, leave out "
            "--runtime",
            &line);
}

/* The hook is "cgroup-" and bpftool's word for the same. */
static void fix_group(const struct evidence *item, enum role role,
                      struct judgement *out)
{
    static const char *const hooks[] = {"ingress", "egress", "connect4",
                                        "connect6", NULL};
    const char *group = evidence_text(item, KEY_CGROUP, "");
    struct command_line line;

    if (!start_link_detach(&line, item)) {
        command_start(&line, COMMAND_ON_HOST, "bpftool");
        command_fixed(&line, "cgroup detach");
        command_word(&line, group); /* unset: this host does not see it */
        command_one_of(&line,
                       evidence_text(item, KEY_HOOK, "") + strlen("cgroup-"),
                       hooks);
        command_fixed(&line, "id");
        command_number(&line, evidence_number(item, KEY_PROGRAM, 0));
        if (group[0] != '/')
            command_drop(&line);
    }
    fix_add(out, role, OPENS_EVERYONE, "until-reload",
            "detaches the program from the control group; whoever attached it "
            "may do so again, and who is connected by what else it does may be "
            "cut off",
            &line);
}

void fix_bpf(const struct case_file *file, const struct finding *finding,
             struct judgement *out)
{
    struct candidates candidates = bpf_candidates(file, finding);
    struct command_line line;

    if (candidates.count != 1)
        return;
    if (group_hook(file) != NULL) {
        fix_unit(file, candidates.items[0], finding->role, out);
        fix_group(candidates.items[0], finding->role, out);
        return;
    }
    if (start_link_detach(&line, candidates.items[0]))
        fix_add(out, finding->role, OPENS_EVERYONE, "until-reload",
                "detaches the program; whoever attached it may do so again, "
                "and who is connected by what else it does may be cut off",
                &line);
}

void sentence_socket_filter(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    const struct evidence *filter =
        view_program(file->view, finding->role, "socket-filter", NULL, 0);
    const char *process =
        filter == NULL ? NULL : evidence_text(filter, KEY_PROCESS, NULL);

    if (process == NULL) {
        finding_say(finding,
                    "a filter on %s's listening socket, or a BPF program on "
                    "its control group, drops the %s",
                    words->host, words->packet);
        return;
    }
    finding_add_text(finding, "process", process);
    finding_add_number(finding, "pid", evidence_number(filter, KEY_PID, 0));
    finding_add_text(finding, "kind", evidence_text(filter, KEY_KIND, NULL));
    finding_cite(finding, filter);
    finding_say(finding,
                "the filter that %s (pid %lld) on %s has put on its listening "
                "socket drops the %s: only the program can take it off",
                process, (long long)evidence_number(filter, KEY_PID, 0),
                words->host, words->packet);
}

static struct candidates refusing(const struct case_file *file)
{
    struct candidates candidates = {.count = 0};

    add_candidates(&candidates, file->view, ROLE_SOURCE,
                   file->view->subject->destination.family == 6
                       ? "cgroup-connect6"
                       : "cgroup-connect4",
                   NULL);
    return candidates;
}

#define ERROR_NOT_PERMITTED 1 /* EPERM: as BPF programs refuse */

void sentence_denied(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    struct candidates candidates = refusing(file);
    int64_t error = file->decider == NULL
                        ? 0
                        : evidence_number(file->decider, KEY_ERRNO, 0);
    const char *name = error == ERROR_NOT_PERMITTED ? "EPERM" : "EACCES";
    bool seccomp =
        view_program(file->view, ROLE_SOURCE, "seccomp", NULL, 0) != NULL;
    const char *group = "";
    char who[96];

    finding_add_text(finding, "error", name);
    if (error != ERROR_NOT_PERMITTED || candidates.count == 0) {
        finding_say(finding,
                    "%s's kernel refuses connect() with %s before any packet "
                    "is made: %s",
                    words->host, name,
                    seccomp
                        ? "a seccomp filter or a security module (Landlock, "
                          "SELinux, AppArmor ...)"
                        : "a security module (Landlock, SELinux, AppArmor "
                          "...)");
        return;
    }
    print_candidates(&candidates, "a BPF program", finding, who, sizeof(who));
    if (candidates.count == 1)
        group = evidence_text(candidates.items[0], KEY_CGROUP, "");
    finding_say(finding,
                "%s on the control group %s%sof %s refuses connect() with %s "
                "before any packet is made",
                who, group, group[0] == '\0' ? "" : " ", words->host, name);
}

void fix_denied(const struct case_file *file, const struct finding *finding,
                struct judgement *out)
{
    struct candidates candidates = refusing(file);

    if (candidates.count == 1 && file->decider != NULL &&
        evidence_number(file->decider, KEY_ERRNO, 0) == ERROR_NOT_PERMITTED)
        fix_group(candidates.items[0], finding->role, out);
}
