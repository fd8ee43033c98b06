/* The listener and its queue: what is said. */
#include "common/base/text.h"
#include "controller/verdict/explain_parts.h"

static void describe_listener(struct finding *finding,
                              const struct evidence *listener, char *text,
                              size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address bound = evidence_address(listener, KEY_ADDRESS);

    address_print(&bound, address);
    finding_add_text(finding, "address", address);
    finding_add_number(finding, "port", evidence_number(listener, KEY_PORT, 0));
    finding_add_text(finding, "process",
                     evidence_text(listener, KEY_PROCESS, NULL));
    if (evidence_has(listener, KEY_PID))
        finding_add_number(finding, "pid",
                           evidence_number(listener, KEY_PID, 0));
    if (evidence_has(listener, KEY_PID))
        text_format(text, size, "%s (pid %lld)",
                    evidence_text(listener, KEY_PROCESS, "a process"),
                    (long long)evidence_number(listener, KEY_PID, 0));
    else
        text_format(text, size, "%s",
                    evidence_text(listener, KEY_PROCESS, "a process"));
}

void sentence_listening(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char who[96];
    char address[ADDRESS_TEXT_SIZE];
    const struct evidence *listener = file->decider;
    unsigned port = file->view->subject->port;
    struct address bound;

    if (listener == NULL)
        return;
    bound = evidence_address(listener, KEY_ADDRESS);
    address_print(&bound, address);
    describe_listener(finding, listener, who, sizeof(who));
    if (finding->cause == CAUSE_LISTENING_IN_OTHER_NAMESPACE) {
        finding_add_text(finding, "listener_namespace",
                         evidence_text(listener, KEY_NAMESPACE, NULL));
        finding_say(
            finding,
            "%s listens on port %u, but in the network namespace %s of %s, not "
            "in the host's own",
            who, port, evidence_text(listener, KEY_NAMESPACE, "?"),
            words->host);
    } else if (finding->cause == CAUSE_LISTENING_ON_OTHER_FAMILY)
        finding_say(finding,
                    "on %s, %s listens on port %u of %s only, and the SYN "
                    "comes by IPv%u",
                    words->host, who, port, address,
                    file->view->subject->destination.family);
    else if (finding->cause == CAUSE_LISTENING_ON_OTHER_DEVICE)
        finding_say(finding,
                    "on %s, %s listens on port %u of the device %s only",
                    words->host, who, port,
                    evidence_text(listener, KEY_INTERFACE, "?"));
    else
        finding_say(finding, "on %s, %s listens on %s port %u only, not on %s",
                    words->host, who, address, port,
                    words->destination_address);
}

void sentence_not_listening(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    finding_say(finding,
                "nothing listens on port %u of %s: its TCP answers with a "
                "reset",
                file->view->subject->port, words->host);
}

void sentence_queue(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    char who[96];
    const struct evidence *listener = file->decider;
    const struct evidence *counter =
        file->known->because[FACT_QUEUE_OVERFLOWED];

    if (listener == NULL)
        return;
    describe_listener(finding, listener, who, sizeof(who));
    finding_add_number(finding, "queue",
                       evidence_number(listener, KEY_QUEUE, 0));
    finding_add_number(finding, "limit",
                       evidence_number(listener, KEY_QUEUE_LIMIT, 0));
    finding_add_text(finding, "process_state",
                     evidence_text(listener, KEY_PROCESS_STATE, NULL));
    if (evidence_has(listener, KEY_FILES))
        finding_add_number(finding, "files",
                           evidence_number(listener, KEY_FILES, 0));
    if (evidence_has(listener, KEY_FILES_LIMIT))
        finding_add_number(finding, "files_limit",
                           evidence_number(listener, KEY_FILES_LIMIT, 0));
    finding_cite(finding, counter);
    finding_say(
        finding,
        "the accept queue of %s on %s port %u is full (%lld waiting, limit "
        "%lld): the process does not accept fast enough",
        who, words->host, file->view->subject->port,
        (long long)evidence_number(listener, KEY_QUEUE, 0),
        (long long)evidence_number(listener, KEY_QUEUE_LIMIT, 0));
}
