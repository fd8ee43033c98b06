/* The containers that should have the port on which nothing listens: suspected
 * by what their runtime keeps of them, which proves nothing of this SYN. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

#define MAX_SAID 3

static bool is_in(const struct evidence *container, const char *state)
{
    return strcmp(evidence_text(container, KEY_STATE, ""), state) == 0;
}

static bool publishes(const struct evidence *container)
{
    return evidence_has(container, KEY_PORT);
}

/* The agent tells the one that tells most of the port first. */
static const struct evidence *find_container(const struct view *view,
                                             size_t index)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_CONTAINER &&
            view->items[i]->role == ROLE_DESTINATION && index-- == 0)
            return view->items[i];
    return NULL;
}

static void say_ended(const struct evidence *container, char *text, size_t size)
{
    const char *error = evidence_text(container, KEY_TEXT, "");

    if (is_in(container, "exited"))
        text_format(text, size,
                    "publishes that port and has exited (status %lld)",
                    (long long)evidence_number(container, KEY_EXIT_STATUS, 0));
    else if (is_in(container, "created"))
        text_format(
            text, size, "should publish that port and was never started%s%s%s",
            error[0] == '\0' ? "" : " (", error, error[0] == '\0' ? "" : ")");
    else if (is_in(container, "lost"))
        text_format(text, size,
                    "should publish that port, and its process is gone%s",
                    evidence_number(container, KEY_ALIVE, 1) == 0
                        ? ": Docker's daemon does not run"
                        : "");
    else
        text_format(text, size, "publishes that port and is %s",
                    evidence_text(container, KEY_STATE, "?"));
}

static void say_running(const struct view *view,
                        const struct evidence *container, char *text,
                        size_t size)
{
    int64_t own = evidence_number(container, KEY_DESTINATION_PORT, 0);
    struct address on = evidence_address(container, KEY_ADDRESS);
    struct address called = view_called_address(view);
    char address[ADDRESS_TEXT_SIZE];

    if (publishes(container) && address_is_set(&on) &&
        !address_equal(&on, &called))
        text_format(text, size, "publishes that port on %s alone",
                    address_print(&on, address));
    else if (publishes(container))
        text_format(text, size,
                    "publishes that port as its own port %lld, and nothing on "
                    "the host leads there: Docker's rules and proxy for it are "
                    "gone (restarting Docker makes them anew)",
                    (long long)own);
    else if (own != 0 && own == (int64_t)view_called_port(view))
        text_format(text, size,
                    "runs, has that port of its own and does not publish it");
    else if (own != 0)
        text_format(text, size,
                    "runs and publishes no port (it has port %lld of its own)",
                    (long long)own);
    else
        text_format(text, size, "runs and publishes no port");
}

static void say_container(const struct view *view,
                          const struct evidence *container,
                          struct finding *finding)
{
    char text[JUDGEMENT_TEXT_SIZE / 2];

    if (is_in(container, "running"))
        say_running(view, container, text, sizeof(text));
    else
        say_ended(container, text, sizeof(text));
    finding_cite(finding, container);
    finding_say_more(finding, "; %sDocker's container %s %s",
                     publishes(container) ? "the likely reason: "
                                          : "perhaps meant: ",
                     evidence_text(container, KEY_NAME, "?"), text);
}

/* What is said of one that publishes the port leaves no room for guesses. */
void explain_containers(const struct view *view, struct finding *finding)
{
    const struct evidence *first = find_container(view, 0);

    if (first == NULL)
        return;
    finding_add_text(finding, "container",
                     evidence_text(first, KEY_NAME, NULL));
    finding_add_text(finding, "container_state",
                     evidence_text(first, KEY_STATE, NULL));
    finding_add_number(finding, "container_publishes", publishes(first));
    for (size_t i = 0; i < MAX_SAID; i++) {
        const struct evidence *container = find_container(view, i);

        if (container != NULL && publishes(container) == publishes(first))
            say_container(view, container, finding);
    }
}

/* It was stopped, or ended well: not what ended by its own fault, nor what would
 * be refused the port. */
static bool may_be_started(const struct view *view,
                           const struct evidence *container)
{
    static const int64_t stopped[] = {0, 130, 137, 143}; /* INT, KILL, TERM */
    struct address on = evidence_address(container, KEY_ADDRESS);
    struct address called = view_called_address(view);
    int64_t status = evidence_number(container, KEY_EXIT_STATUS, -1);

    if (!publishes(container) || !is_in(container, "exited") ||
        evidence_number(container, KEY_ALIVE, 0) == 0 ||
        (address_is_set(&on) && !address_equal(&on, &called)) ||
        listener_taken(view, "tcp") != NULL)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(stopped); i++)
        if (stopped[i] == status)
            return true;
    return false;
}

void fix_container(const struct view *view, const struct finding *finding,
                   struct judgement *out)
{
    const struct evidence *container = find_container(view, 0);
    struct command_line line;

    if (container == NULL || !may_be_started(view, container))
        return;
    command_start(&line, COMMAND_ON_HOST, "docker");
    command_fixed(&line, "start");
    command_name(&line, evidence_text(container, KEY_NAME, ""));
    fix_add(out, finding->role, OPENS_EVERYONE, "until-reboot",
            "starts the container that publishes the port, as it was made; "
            "with a restart policy it comes back by itself",
            &line);
}
