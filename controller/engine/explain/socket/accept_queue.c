/* The listener's queues and the process that should empty them: what is said,
 * and which command mends it. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"

#define FEW_FILES 1024 /* a limit to raise it to, where nothing forbids it */

/* The listener whose queue is meant; NULL if none was seen. */
static const struct evidence *listener_of(const struct case_file *file)
{
    const fact_ref facts[] = {F(DESTINATION, QUEUE_FULL),
                              F(DESTINATION, PROCESS_STOPPED),
                              F(DESTINATION, LISTENER_TAKES)};

    if (file->decider != NULL && file->decider->kind == EVIDENCE_LISTENER)
        return file->decider;
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        const struct evidence *because = file->known->because[facts[i]];

        if (because != NULL && because->kind == EVIDENCE_LISTENER)
            return because;
    }
    return NULL;
}

/* Every listener that can be had of the same socket, the last one first: it
 * knows most of the processes. */
static const struct evidence *latest_of(const struct view *view,
                                        const struct evidence *listener)
{
    const struct evidence *found = listener;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_LISTENER && item->role == listener->role &&
            evidence_has(item, KEY_INODE) &&
            evidence_number(item, KEY_INODE, 0) ==
                evidence_number(listener, KEY_INODE, -1) &&
            view_is_earlier(found, item))
            found = item;
    }
    return found;
}

static bool is_stopped(const struct evidence *listener)
{
    const char *state = evidence_text(listener, KEY_PROCESS_STATE, "");

    return state[0] == 'T' || state[0] == 't';
}

/* With all of its control group: a signal does not wake it. */
static bool is_frozen(const struct evidence *listener)
{
    return strcmp(evidence_text(listener, KEY_PROCESS_STATE, ""), "F") == 0;
}

static bool is_out_of_files(const struct evidence *listener)
{
    return evidence_has(listener, KEY_FILES) &&
           evidence_has(listener, KEY_FILES_LIMIT) &&
           evidence_number(listener, KEY_FILES, 0) >=
               evidence_number(listener, KEY_FILES_LIMIT, 0);
}

/* What the process is known to suffer from. */
static const char *trouble_of(const struct evidence *listener)
{
    if (is_stopped(listener))
        return "the process is stopped";
    if (is_frozen(listener))
        return "the process is frozen, with its control group";
    if (is_out_of_files(listener))
        return "the process has no file descriptor left to accept with";
    if (strcmp(evidence_text(listener, KEY_PROCESS_STATE, ""), "D") == 0)
        return "the process hangs in the kernel";
    return "the process does not accept fast enough";
}

static void add_process(struct finding *finding,
                        const struct evidence *listener)
{
    finding_add_text(finding, "process_state",
                     evidence_text(listener, KEY_PROCESS_STATE, NULL));
    if (evidence_has(listener, KEY_FILES))
        finding_add_number(finding, "files",
                           evidence_number(listener, KEY_FILES, 0));
    if (evidence_has(listener, KEY_FILES_LIMIT))
        finding_add_number(finding, "files_limit",
                           evidence_number(listener, KEY_FILES_LIMIT, 0));
}

/* listen() cuts a longer backlog to net.core.somaxconn. */
static void add_limit(const struct case_file *file, struct finding *finding,
                      const struct evidence *listener)
{
    int64_t most =
        view_sysctl(file->view, ROLE_DESTINATION, "net.core.somaxconn", -1);
    int64_t limit = evidence_number(listener, KEY_QUEUE_LIMIT, -1);

    finding_add_number(finding, "queue",
                       evidence_number(listener, KEY_QUEUE, 0));
    finding_add_number(finding, "limit", limit);
    if (most < 0 || limit < 0)
        return;
    finding_add_text(finding, "limited_by",
                     limit < most ? "the program's own backlog"
                                  : "net.core.somaxconn");
}

static const char *group_note(const struct case_file *file)
{
    const struct evidence *members[2];

    return facts_takers(file->view, PHASE_BEFORE, members, 2) > 1
               ? "; other sockets share the port, and the source's port "
                 "decides which of them a connection comes to"
               : "";
}

void sentence_queue(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    char who[96];
    const struct evidence *listener = listener_of(file);
    unsigned port = led_port(file->view);

    finding_cite(finding,
                 file->known->because[F(DESTINATION, QUEUE_OVERFLOWED)]);
    if (listener == NULL) {
        finding_say(finding, "the accept queue of port %u on %s is full", port,
                    words->host);
        return;
    }
    listener = latest_of(file->view, listener);
    listener_describe(finding, listener, who, sizeof(who));
    add_limit(file, finding, listener);
    add_process(finding, listener);
    finding_cite(finding, listener);
    finding_cite(finding, file->known->because[F(DESTINATION, HALF_OPEN)]);
    finding_say(
        finding,
        "the accept queue of %s on %s port %u is full (%lld waiting, "
        "backlog %lld)%s: %s%s",
        who, words->host, port,
        (long long)evidence_number(listener, KEY_QUEUE, 0),
        (long long)evidence_number(listener, KEY_QUEUE_LIMIT, 0),
        finding->packet != PACKET_ACK ? ""
        : fact_is(file->known, F(DESTINATION, ABORTS_ON_OVERFLOW), YES)
            ? ", so the handshake's ACK is answered with a reset"
            : ", so the handshake's ACK is dropped and the connection, open at "
              "the source, stays half-open here",
        trouble_of(listener), group_note(file));
}

void sentence_syn_queue(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char who[96] = "the listener";
    const struct evidence *listener =
        file->known->because[F(DESTINATION, LISTENER_TAKES)];
    const struct evidence *half_open =
        file->known->because[F(DESTINATION, SYN_QUEUE_LONG)];
    long long count =
        half_open == NULL ? 0 : evidence_number(half_open, KEY_COUNT, 0);

    if (listener != NULL) {
        listener_describe(finding, listener, who, sizeof(who));
        finding_add_number(finding, "limit",
                           evidence_number(listener, KEY_QUEUE_LIMIT, 0));
    }
    finding_add_number(finding, "half_open", count);
    finding_add_number(finding, "max_syn_backlog",
                       view_sysctl(file->view, ROLE_DESTINATION,
                                   "net.ipv4.tcp_max_syn_backlog", 0));
    finding_add_text(finding, "sysctl", "net.ipv4.tcp_syncookies=0");
    finding_say(finding,
                "the SYN queue of %s on %s port %u is full: %lld connections "
                "wait half-open, and SYN cookies are switched off "
                "(net.ipv4.tcp_syncookies=0)",
                who, words->host, led_port(file->view), count);
}

int64_t explain_unaccepted_ms(const struct view *view)
{
    int64_t most = 0;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];
        int64_t waited = evidence_number(item, KEY_WAITED_MS, 0);

        if (item->kind == EVIDENCE_CONNECTION &&
            item->role == ROLE_DESTINATION && waited > most)
            most = waited;
    }
    return most;
}

/* What runs may be slow only, and accept after all. */
static void print_doing(const struct evidence *listener, int64_t watched,
                        char *text, size_t size)
{
    if (is_stopped(listener))
        text_format(text, size, "is stopped (state T): it never reads");
    else if (is_frozen(listener))
        text_format(text, size,
                    "is frozen, with its control group (docker pause, "
                    "systemctl freeze): it never reads");
    else if (strcmp(evidence_text(listener, KEY_PROCESS_STATE, ""), "D") == 0)
        text_format(text, size,
                    "hangs in the kernel (state D): it never reads");
    else
        text_format(text, size,
                    "accepted nothing in the %lld.%lld s that it was watched: "
                    "it is stuck, or slower than that",
                    (long long)watched / 1000, (long long)watched / 100 % 10);
}

void sentence_stopped(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    char who[96];
    char doing[160];
    const struct evidence *listener = listener_of(file);
    unsigned port = led_port(file->view);

    if (listener == NULL) {
        finding_say(finding,
                    "the connection to %s port %u opens, and nobody accepts it",
                    words->host, port);
        return;
    }
    listener = latest_of(file->view, listener);
    listener_describe(finding, listener, who, sizeof(who));
    finding_add_number(finding, "queue",
                       evidence_number(listener, KEY_QUEUE, 0));
    finding_add_number(finding, "limit",
                       evidence_number(listener, KEY_QUEUE_LIMIT, 0));
    add_process(finding, listener);
    finding_cite(finding, listener);
    print_doing(listener, explain_unaccepted_ms(file->view), doing,
                sizeof(doing));
    finding_add_number(finding, "watched_ms",
                       explain_unaccepted_ms(file->view));
    finding_say(finding,
                "the connection opens, for the kernel of %s completes the "
                "handshake, but %s, which listens on port %u, %s "
                "(connections that wait: %lld)%s",
                words->host, who, port, doing,
                (long long)evidence_number(listener, KEY_QUEUE, 0),
                group_note(file));
}

static void fix_continue(const struct evidence *listener, struct judgement *out)
{
    struct command_line line;

    command_start(&line, COMMAND_ON_HOST, "kill");
    command_fixed(&line, "-CONT");
    command_pid(&line, evidence_number(listener, KEY_PID, 0));
    fix_add(out, ROLE_DESTINATION, OPENS_NOTHING, "until-restart",
            "lets the process go on; find out who stopped it", &line);
}

/* By whatever has frozen it, as far as its name tells. */
static void fix_thaw(const struct evidence *listener, struct judgement *out)
{
    const char *unit = evidence_text(listener, KEY_UNIT, "");
    struct command_line line;

    if (strncmp(unit, "docker-", 7) == 0 &&
        evidence_has(listener, KEY_CONTAINER)) {
        command_start(&line, COMMAND_ON_HOST, "docker");
        command_fixed(&line, "unpause");
        command_name(&line, evidence_text(listener, KEY_CONTAINER, ""));
    } else {
        command_start(&line, COMMAND_ON_HOST, "systemctl");
        command_fixed(&line, "thaw");
        command_name(&line, unit);
    }
    if (unit[0] == '\0')
        command_drop(&line);
    fix_add(out, ROLE_DESTINATION, OPENS_NOTHING, "until-restart",
            "lets its control group go on; find out who froze it", &line);
}

/* Up to the hard limit it is the process's own right. */
static void fix_files(const struct evidence *listener, struct judgement *out)
{
    int64_t soft = evidence_number(listener, KEY_FILES_LIMIT, 0);
    int64_t hard = evidence_number(listener, KEY_FILES_HARD, INT64_MAX);
    int64_t wanted = soft > FEW_FILES / 2 ? soft * 2 : FEW_FILES;
    char limits[48];
    struct command_line line;

    if (soft < 0 || soft > INT32_MAX)
        return;      /* no kernel lets a process have so many */
    if (hard > soft) /* within it */
        text_format(limits, sizeof(limits),
                    "%lld:", (long long)(wanted < hard ? wanted : hard));
    else
        text_format(limits, sizeof(limits), "%lld:%lld", (long long)wanted,
                    (long long)wanted);
    command_start(&line, COMMAND_ON_HOST, "prlimit");
    command_fixed(&line, "--pid");
    command_pid(&line, evidence_number(listener, KEY_PID, 0));
    command_joined(&line, "--nofile=", limits, "");
    fix_add(out, ROLE_DESTINATION, OPENS_NOTHING, "until-restart",
            "gives the process more file descriptors; to keep it, raise its "
            "limit where it is started (LimitNOFILE= of its unit)",
            &line);
}

/* Whatever makes it hang: of a process in the kernel a signal would not rid us
 * either. */
static void fix_restart(const struct evidence *listener, struct judgement *out)
{
    const char *unit = evidence_text(listener, KEY_UNIT, "");
    size_t size = strlen(unit);
    struct command_line line;

    if (size <= 8 || strcmp(unit + size - 8, ".service") != 0 ||
        !unit_may_be_stopped(unit) ||
        strcmp(evidence_text(listener, KEY_PROCESS_STATE, ""), "D") == 0)
        return;
    command_start(&line, COMMAND_ON_HOST, "systemctl");
    command_fixed(&line, "restart");
    command_name(&line, unit);
    fix_add(out, ROLE_DESTINATION, OPENS_NOTHING, "permanent",
            "starts the service anew; what made it hang may come again: see "
            "what it does before",
            &line);
}

void fix_queue(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    const struct evidence *listener = listener_of(file);

    (void)finding;
    if (listener == NULL)
        return;
    listener = latest_of(file->view, listener);
    if (!evidence_has(listener, KEY_PID))
        return;
    if (is_stopped(listener))
        fix_continue(listener, out);
    else if (is_frozen(listener))
        fix_thaw(listener, out);
    else if (is_out_of_files(listener))
        fix_files(listener, out);
    else
        fix_restart(listener, out);
}

void fix_stopped(const struct case_file *file, const struct finding *finding,
                 struct judgement *out)
{
    fix_queue(file, finding, out);
}

void fix_syn_queue(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    struct command_line line;

    (void)file;
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w net.ipv4.tcp_syncookies=1");
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "lets the kernel answer without keeping half-open connections; to "
            "keep it, put it into a file of /etc/sysctl.d",
            &line);
}
