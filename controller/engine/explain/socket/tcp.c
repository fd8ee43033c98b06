/* What TCP itself demands of a SYN: what is said, and which command mends it. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/led.h"

/* Who takes the SYN, or would. */
static void name_listener(const struct case_file *file, struct finding *finding,
                          char *text, size_t size)
{
    const struct evidence *listener =
        file->known->because[F(DESTINATION, LISTENER_TAKES)];

    if (listener == NULL ||
        !fact_is(file->known, F(DESTINATION, LISTENER_TAKES), YES)) {
        text_format(text, size, "the listener");
        return;
    }
    listener_describe(finding, listener, text, size);
    finding_cite(finding, listener);
}

/* The key that the listener holds for the source, by any of its snapshots. */
static const struct evidence *find_signed(const struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_LISTENER &&
            view->items[i]->role == ROLE_DESTINATION &&
            evidence_has(view->items[i], KEY_SIGNED_PREFIX))
            return view->items[i];
    return NULL;
}

void sentence_signature(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char who[96];
    char prefix[ADDRESS_TEXT_SIZE];
    char key[ADDRESS_TEXT_SIZE + 40] = "";
    const struct evidence *signed_by = find_signed(file->view);
    struct address address;

    name_listener(file, finding, who, sizeof(who));
    if (signed_by != NULL) {
        address = evidence_address(signed_by, KEY_SIGNED_PREFIX);
        text_format(key, sizeof(key), " (it holds a key for %s/%lld)",
                    address_print(&address, prefix),
                    (long long)evidence_number(signed_by, KEY_PREFIX, 0));
        finding_add_text(finding, "key_for", prefix);
        finding_cite(finding, signed_by);
    }
    finding_say(finding,
                "%s on %s port %u takes only segments that are signed (TCP MD5 "
                "or AO)%s, and the %s of %s is not, or not with its key",
                who, words->host, led_port(file->view), key, words->packet,
                words->source);
}

void sentence_min_ttl(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    char who[96];
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    int64_t ttl = in == NULL ? -1 : evidence_number(in, KEY_TTL, -1);

    name_listener(file, finding, who, sizeof(who));
    finding_cite(finding, in);
    if (ttl < 0) {
        finding_say(finding, "%s on %s port %u demands a higher TTL", who,
                    words->host, led_port(file->view));
        return;
    }
    finding_add_number(finding, "ttl", ttl);
    finding_say(finding,
                "%s on %s port %u takes only packets from near by (GTSM): the "
                "SYN arrived with TTL %lld, and it demands more",
                who, words->host, led_port(file->view), (long long)ttl);
}

static unsigned source_port(const struct case_file *file)
{
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;

    if (in != NULL)
        return (unsigned)evidence_number(in, KEY_SOURCE_PORT, 0);
    return file->attempt->start == NULL
               ? 0
               : (unsigned)evidence_number(file->attempt->start,
                                           KEY_SOURCE_PORT, 0);
}

void sentence_stale(const struct case_file *file, const struct words *words,
                    struct finding *finding)
{
    char who[128] = "";
    char holder[96];
    const struct evidence *old =
        fact_is(file->known, F(DESTINATION, STALE_SOCKET), YES)
            ? file->known->because[F(DESTINATION, STALE_SOCKET)]
            : NULL;
    const char *state =
        old == NULL ? NULL : evidence_text(old, KEY_STATE, NULL);

    finding_add_number(finding, "source_port", source_port(file));
    finding_add_text(finding, "state", state);
    if (old != NULL && evidence_has(old, KEY_PID)) {
        finding_add_text(finding, "process",
                         evidence_text(old, KEY_PROCESS, NULL));
        finding_add_number(finding, "pid", evidence_number(old, KEY_PID, 0));
        process_name(old, holder, sizeof(holder));
        text_format(who, sizeof(who), ", held by %s,", holder);
    }
    finding_cite(finding, old);
    finding_cite(finding,
                 file->known->because[F(DESTINATION, OLD_SOCKET_TOOK)]);
    finding_say(finding,
                "an old connection from %s port %u%s%s%s%s on %s takes the SYN "
                "for one of its own: %s knows nothing of that connection any "
                "more",
                words->source_address, source_port(file),
                state != NULL ? " (" : "", state != NULL ? state : "",
                state != NULL ? ")" : "", who, words->host, words->source);
}

void fix_stale(const struct case_file *file, const struct finding *finding,
               struct judgement *out)
{
    char from[ADDRESS_TEXT_SIZE];
    char bracketed[ADDRESS_TEXT_SIZE + 2];
    const struct subject *subject = file->view->subject;
    const struct evidence *in =
        file->attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    struct address source =
        in == NULL ? subject->source : evidence_address(in, KEY_SOURCE);
    struct command_line line;

    if (source_port(file) == 0 || !address_is_set(&source))
        return;
    command_start(&line, COMMAND_IN_NETWORK, "ss");
    command_fixed(&line, "-K -t state all dst");
    address_print(&source, from);
    text_format(bracketed, sizeof(bracketed), "[%s]", from);
    command_word(&line, source.family == 6 ? bracketed : from);
    command_fixed(&line, "dport =");
    command_joined_number(&line, ":", source_port(file));
    command_fixed(&line, "sport =");
    command_joined_number(&line, ":", led_port(file->view));
    fix_add(out, finding->role, OPENS_NOTHING, "permanent",
            "closes the old connection; the next one is left behind when the "
            "source goes away without a word again",
            &line);
}
