/* A connection that opens and is closed from the other side at once: by whom,
 * and what it had said. */
#include <string.h>

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"
#include "controller/engine/view/service.h"

#define MAX_NAMED 4 /* of a group that shares the port */
#define WHO_SIZE  256
#define SAID_SIZE 128

/* Who listens where the SYN was passed on to, or the listeners of the port. */
static size_t find_takers(const struct case_file *file,
                          const struct evidence *found[static MAX_NAMED])
{
    const struct evidence *out =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_OUT].first;
    size_t count;

    if (out != NULL && fact_is(file->known, F(DESTINATION, HANDED_ON), YES)) {
        found[0] = service_diverted_to(file->view, out);
        return found[0] != NULL;
    }
    count = facts_takers(file->view, PHASE_AFTER, found, MAX_NAMED);
    if (count == 0) /* it ended meanwhile */
        count = facts_takers(file->view, PHASE_BEFORE, found, MAX_NAMED);
    return count;
}

static void append(char *text, size_t size, const char *joint, const char *more)
{
    size_t used = strlen(text);

    text_format(text + used, size - used, "%s%s", joint, more);
}

static void name_takers(const struct case_file *file, struct finding *finding,
                        char who[static WHO_SIZE])
{
    const struct evidence *found[MAX_NAMED];
    size_t count = find_takers(file, found);
    char name[96];

    if (count == 0) {
        text_format(who, WHO_SIZE, "what %s passes it on to",
                    fact_is(file->known, F(DESTINATION, HANDED_ON), YES)
                        ? "the destination"
                        : "the port");
        return;
    }
    listener_describe(finding, found[0], who, WHO_SIZE);
    finding_cite(finding, found[0]);
    if (count == 1)
        return;
    for (size_t i = 1; i < count; i++) {
        process_name(found[i], name, sizeof(name));
        append(who, WHO_SIZE, i + 1 < count ? ", " : " or ", name);
        finding_cite(finding, found[i]);
    }
    append(who, WHO_SIZE, ", which share the port", "");
    finding_add_text(finding, "sharers", who);
}

static void print_said(const struct evidence *end, char said[static SAID_SIZE])
{
    int64_t received = evidence_number(end, KEY_RECEIVED, 0);

    if (received == 0)
        text_format(said, SAID_SIZE, "without a word");
    else if (evidence_number(end, KEY_REFUSES, 0) != 0)
        text_format(said, SAID_SIZE,
                    "after %lld octets that read like a refusal",
                    (long long)received);
    else
        text_format(said, SAID_SIZE, "after %lld octets", (long long)received);
}

void sentence_closed(const struct case_file *file, const struct words *words,
                     struct finding *finding)
{
    const struct evidence *end = file->attempt->end;
    const struct evidence *own = facts_own_closing(file->attempt);
    char said[SAID_SIZE];
    char who[WHO_SIZE] = "a proxy or another device on the way";
    bool reset;
    double open_ms;

    if (end == NULL)
        return;
    reset = evidence_word(end, KEY_FOLLOWED) == FOLLOWED_RESET;
    open_ms = (double)evidence_number(end, KEY_OPEN_US, 0) / 1000;
    print_said(end, said);
    finding_add_text(finding, "closed_by", reset ? "reset" : "fin");
    finding_add_number(finding, "open_us",
                       evidence_number(end, KEY_OPEN_US, 0));
    finding_add_number(finding, "received",
                       evidence_number(end, KEY_RECEIVED, 0));
    if (fact_is(file->known, F(DESTINATION, AGENT), NO))
        text_format(who, sizeof(who), "%s, or a device before it,",
                    words->host);
    else if (finding->role == ROLE_DESTINATION)
        name_takers(file, finding, who);
    finding_cite(finding, own);
    finding_say(finding,
                "the connection to %s port %u opens, and %s %s it again after "
                "%.1f ms, %s",
                words->destination, led_port(file->view), who,
                reset ? "resets" : "closes", open_ms, said);
}
