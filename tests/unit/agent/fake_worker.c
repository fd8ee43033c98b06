/* A worker that plays the part which the order's name asks for. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "agent/keeper/handoff.h"
#include "common/base/clean.h"
#include "common/trace/evidence.h"
#include "common/trace/layout.h"
#include "common/trace/order.h"
#include "tests/unit/random_evidence.h"

#define CHANNEL 3

static uint32_t layout; /* that it says is its own */

static void send_piece(struct evidence *evidence)
{
    evidence->layout = layout;
    if (send(CHANNEL, evidence, evidence_size(evidence), MSG_NOSIGNAL) < 0)
        exit(9);
}

static void say(enum evidence_kind kind, const char *text)
{
    struct evidence evidence;

    evidence_init(&evidence, kind, 1);
    evidence.id = 99; /* not ours to set: must not come through */
    if (kind == EVIDENCE_PHASE)
        evidence_set_word(&evidence, KEY_PHASE, PHASE_ARMED);
    evidence_set_text(&evidence, KEY_TEXT, text);
    send_piece(&evidence);
}

static void flood(void)
{
    struct evidence packet;
    uint32_t seed = 1;

    random_evidence(&packet, EVIDENCE_PACKET, &seed);
    for (int i = 0; i < 6000; i++)
        send_piece(&packet);
}

/* Says which commands come, until the one to collect. */
static void obey(void)
{
    struct command command;

    for (;;) {
        ssize_t size = recv(CHANNEL, &command, sizeof(command), 0);

        if (size != sizeof(command) || command.kind == COMMAND_ABORT)
            exit(0);
        say(EVIDENCE_PHASE, word_name(&command_words, command.kind));
        if (command.kind == COMMAND_COLLECT)
            return;
    }
}

static void tell_arguments(char **arguments)
{
    char line[512] = "";

    for (; *arguments != NULL; arguments++) {
        strcat(line, " ");
        strcat(line, *arguments);
    }
    say(EVIDENCE_LIMIT, line);
}

int main(int argc, char **argv)
{
    struct order order;

    (void)argc;
    if (recv(CHANNEL, &order, sizeof(order), 0) != sizeof(order))
        return 8;
    layout = layout_number();
    if (strcmp(order.name, "crash") == 0) {
        say(EVIDENCE_LIMIT, "about to crash");
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    } else if (strcmp(order.name, "fail") == 0) {
        return 7;
    } else if (strcmp(order.name, "hang") == 0) {
        for (;;)
            pause();
    } else if (strcmp(order.name, "flood") == 0) {
        flood();
        say(EVIDENCE_LIMIT, "after the flood");
    } else if (strcmp(order.name, "torrent") == 0) {
        char text[1000];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        for (int i = 0; i < 3000; i++)
            say(EVIDENCE_LIMIT, text);
    } else if (strcmp(order.name, "rubbish") == 0) {
        send(CHANNEL, &layout, sizeof(layout), 0);
        say(EVIDENCE_PACKET, NULL); /* nor is this a packet */
        say(EVIDENCE_LIMIT, "after the rubbish");
    } else if (strcmp(order.name, "old") == 0) { /* the evidence is */
        layout ^= 1;
        say(EVIDENCE_LIMIT, "of another layout");
    } else if (strcmp(order.name, "new") == 0) { /* than the order */
        return HANDOFF_OTHER_VERSION;
    } else if (strcmp(order.name, "arguments") == 0) {
        tell_arguments(argv + 1);
    } else {
        obey();
    }
    return 0;
}
