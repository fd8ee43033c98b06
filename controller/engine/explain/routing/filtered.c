/* What a filter between the hosts goes by: told by trials, of which some got
 * through and some did not. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/routing/path_words.h"
#include "controller/engine/facts/trials.h"

#define LIST_SIZE 160

struct list
{
    char text[LIST_SIZE];
    unsigned count;
};

/* "TCP port 443", "ping"; empty for what resembles the SYN itself. */
static void name_trial(const struct trial_end *end, char *text, size_t size)
{
    text[0] = '\0';
    if (end->trial == TRIAL_OTHER_PORT)
        text_format(text, size, "TCP port %u", end->port);
    else if (end->trial == TRIAL_UDP)
        text_format(text, size, "UDP port %u", end->port);
    else if (end->trial == TRIAL_PING)
        text_format(text, size, "ping");
}

static void list_add(struct list *list, const char *name)
{
    size_t used = strlen(list->text);

    text_format(list->text + used, sizeof(list->text) - used, "%s%s",
                list->count++ == 0 ? "" : ", ", name);
}

/* Those that met this fate, in words; cites them. */
static void list_trials(const struct case_file *file, enum fate fate,
                        struct finding *finding, struct list *list)
{
    struct trial_end ends[TRIALS_TOLD_MAX];
    unsigned count =
        trials_list(file->view, view_sender(finding->packet), ends);
    char name[40];

    *list = (struct list){0};
    for (unsigned i = 0; i < count; i++) {
        name_trial(&ends[i], name, sizeof(name));
        if (ends[i].fate != fate || name[0] == '\0')
            continue;
        list_add(list, name);
        if (fate == FATE_PASSED)
            finding_cite(finding, ends[i].sight);
    }
}

/* How many packets like the one that was lost were lost once more. */
static unsigned count_repeats(const struct case_file *file, enum role from)
{
    struct trial_end ends[TRIALS_TOLD_MAX];
    unsigned count = trials_list(file->view, from, ends);
    unsigned repeats = 0;

    for (unsigned i = 0; i < count; i++)
        repeats += ends[i].trial <= TRIAL_BARE && ends[i].fate == FATE_VANISHED;
    return repeats;
}

/* What the filter stops: not everybody's where another host's SYN got through. */
static void write_filtered(const struct case_file *file,
                           const struct words *words,
                           const struct finding *finding, char *text,
                           size_t size)
{
    if (view_sender(finding->packet) != ROLE_SOURCE)
        text_format(text, size, "answer from");
    else if (trials_vantage_came(file->view) == NULL)
        text_format(text, size, "TCP to");
    else
        text_format(text, size, "TCP from %s to", words->source_address);
}

static void say_port(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    bool forward = view_sender(finding->packet) == ROLE_SOURCE;
    unsigned port = file->view->subject->port;
    unsigned repeats = count_repeats(file, view_sender(finding->packet));
    char watch[80];
    char place[ADDRESS_TEXT_SIZE + 24];
    char again[64] = "";
    char what[ADDRESS_TEXT_SIZE + 24];
    struct list passed;
    struct list vanished;

    path_write_watch(file, finding, watch, sizeof(watch));
    path_write_place(file, finding, place, sizeof(place));
    write_filtered(file, words, finding, what, sizeof(what));
    list_trials(file, FATE_VANISHED, finding, &vanished);
    list_trials(file, FATE_PASSED, finding, &passed);
    finding_add_text(finding, "passed", passed.text);
    finding_add_text(finding, "vanished", vanished.text);
    if (repeats > 0)
        text_format(again, sizeof(again),
                    ", nor did %u others to port %u, sent later", repeats,
                    port);
    finding_say(finding,
                "the %s left %s and did not reach %s%s%s; from the same "
                "address %s got through: a filter on the way%s lets no %s port "
                "%u through",
                words->packet, forward ? words->source : words->destination,
                forward ? words->destination : words->source, watch, again,
                passed.text, place, what, port);
}

/* Another host's SYN got through to the port: who, and by the same hop or not. */
static void add_vantage(const struct case_file *file, const char *joint,
                        struct finding *finding)
{
    const struct evidence *came = trials_vantage_came(file->view);
    const struct evidence *hop = trials_vantage_hop(file->view);
    char address[ADDRESS_TEXT_SIZE];
    struct address from;
    char text[200];

    if (came == NULL || finding->packet != PACKET_SYN)
        return;
    from = evidence_address(came, KEY_SOURCE);
    address_print(&from, address);
    finding_add_text(finding, "vantage", file->view->subject->vantage_host);
    finding_cite(finding, came);
    finding_cite(finding, hop);
    text_format(
        text, sizeof(text), "a SYN to port %u from %s (%s) got through%s",
        file->view->subject->port, file->view->subject->vantage_host, address,
        hop != NULL ? " by that very hop"
                    : ", by a way that is not known to be the same");
    finding_append(finding, joint, text);
}

static void say_source(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    char watch[80];
    char place[ADDRESS_TEXT_SIZE + 24];
    struct list vanished;

    path_write_watch(file, finding, watch, sizeof(watch));
    path_write_place(file, finding, place, sizeof(place));
    list_trials(file, FATE_VANISHED, finding, &vanished);
    finding_add_text(finding, "vanished", vanished.text);
    finding_say(finding,
                "the SYN left %s and did not reach %s%s, nor did %u others to "
                "port %u, sent later%s%s: a filter on the way%s does not let "
                "%s through",
                words->source, words->destination, watch,
                count_repeats(file, ROLE_SOURCE), file->view->subject->port,
                vanished.count > 0 ? ", nor " : "", vanished.text, place,
                words->source_address);
    add_vantage(file, "; ", finding);
}

void sentence_filtered(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    path_cite_captures(file, finding);
    if (finding->cause == CAUSE_SOURCE_FILTERED_ON_PATH) {
        say_source(file, words, finding);
        return;
    }
    say_port(file, words, finding);
    add_vantage(file, "; ", finding);
}

void path_add_vantage(const struct case_file *file, struct finding *finding)
{
    if (finding->cause == CAUSE_LOST_ON_PATH)
        add_vantage(file, "; ", finding);
}

/* --- an option of the SYN --- */

static const struct
{
    enum trial trial;
    const char *option; /* for the detail */
    const char *words;
} options[] = {
    {TRIAL_WITHOUT_TIMESTAMPS, "timestamps", "without TCP timestamps"},
    {TRIAL_WITHOUT_SACK, "sack-permitted", "without \"SACK permitted\""},
    {TRIAL_WITHOUT_WINDOW_SCALE, "window-scale", "without window scaling"},
    {TRIAL_SMALL_MSS, "mss", "with an MSS of 536"},
    {TRIAL_BARE, "several",
     "without timestamps, SACK and window scaling, with an MSS of 536,"},
};

static void cite_option(const struct view *view, enum role from,
                        enum trial blamed, struct finding *finding)
{
    const enum trial both[] = {blamed, TRIAL_SAME};

    for (size_t i = 0; i < ARRAY_SIZE(both); i++)
        finding_cite(finding, from == ROLE_SOURCE
                                  ? trials_find(view, from, both[i]).sight
                                  : trials_find_answer(view, both[i]).sight);
}

bool path_add_option(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    enum role from = view_sender(finding->packet);
    enum trial blamed = finding->packet == PACKET_ACK
                            ? TRIAL_COUNT
                            : trials_blame_option(file->view, from);
    bool forward = from == ROLE_SOURCE;
    char text[240];

    (void)words;
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        if (options[i].trial != blamed)
            continue;
        finding_add_text(finding, "filtered_option", options[i].option);
        cite_option(file->view, from, blamed, finding);
        text_format(text, sizeof(text),
                    "%sa SYN %s got through, %sone just like the attempts' "
                    "did not: what drops it looks at its TCP options",
                    forward ? "" : "the answer to ", options[i].words,
                    forward ? "" : "that to ");
        finding_append(finding, "; ", text);
        return true;
    }
    return false;
}
