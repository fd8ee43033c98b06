/* The agents whose addresses a finding tells: a gateway, a hop, a translation's
 * target; and who else holds, or held, the address that a packet went to. */
#include "controller/engine/view/holders.h"

#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/explain.h"
#include "controller/engine/explain/sentences.h"

#define MAX_NAMED    3 /* in one sentence */
#define HOLDING_SIZE (ADDRESS_TEXT_SIZE + 32)

/* "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80". */
static bool read_address(const char *text, struct address *out)
{
    char copy[ADDRESS_TEXT_SIZE];
    const char *start = text[0] == '[' ? text + 1 : text;
    size_t size;

    if (address_parse(text, out) == 0)
        return true;
    size = strcspn(start, text[0] == '[' ? "]" : ":");
    if (start[size] == '\0' || size >= sizeof(copy))
        return false;
    memcpy(copy, start, size);
    copy[size] = '\0';
    return address_parse(copy, out) == 0;
}

static bool is_traced(const struct view *view, const struct address *address)
{
    return address_equal(address, &view->subject->source) ||
           address_equal(address, &view->subject->destination);
}

static void say_away(const struct evidence *holder, char *text, size_t size)
{
    size_t used = strlen(text);

    if (holders_is_away(holder))
        text_format(text + used, size - used,
                    ", whose agent is offline (last seen %s)",
                    evidence_text(holder, KEY_TEXT, "?"));
}

/* Who holds what the detail tells, and what that is: "192.0.2.1 is an address",
 * of 192.0.2.1:80, too. */
static const struct evidence *find_told(const struct view *view,
                                        const struct detail *detail,
                                        char text[static HOLDING_SIZE])
{
    const struct evidence *link;
    struct address address;

    if (detail->is_number)
        return NULL;
    link = holders_of_link(view, detail->text);
    if (link != NULL) {
        text_format(text, HOLDING_SIZE, "%s is a link address", detail->text);
        return link;
    }
    if (!read_address(detail->text, &address) || is_traced(view, &address))
        return NULL;
    address_print(&address, text);
    text_format(text + strlen(text), HOLDING_SIZE - strlen(text),
                " is an address");
    return holders_of(view, &address);
}

static void name_told(const struct view *view, struct finding *finding)
{
    const struct evidence *named[MAX_NAMED];
    size_t count = 0, told = finding->detail_count;

    for (size_t i = 0; i < told && count < MAX_NAMED; i++) {
        char text[HOLDING_SIZE + HOST_NAME_SIZE + 96];
        const struct evidence *holder =
            find_told(view, &finding->details[i], text);
        char name[sizeof(finding->details[0].name)];

        for (size_t k = 0; k < count && holder != NULL; k++)
            if (named[k] == holder)
                holder = NULL;
        if (holder == NULL)
            continue;
        named[count++] = holder;
        text_format(name, sizeof(name), "%s_host", finding->details[i].name);
        finding_add_text(finding, name, evidence_text(holder, KEY_NAME, NULL));
        finding_cite(finding, holder);
        text_format(text + strlen(text), sizeof(text) - strlen(text), " of %s",
                    evidence_text(holder, KEY_NAME, "?"));
        say_away(holder, text, sizeof(text));
        finding_append(finding, "; ", text);
    }
}

/* Where it matters who else there is: the packet went nobody knows where, or to
 * a host that is not the right one. */
static bool may_be_astray(const struct finding *finding)
{
    static const enum cause causes_of[] = {
        CAUSE_UNDETERMINED, CAUSE_ADDRESS_NOT_LOCAL, CAUSE_ARP_NOT_ANSWERED,
        CAUSE_NEIGHBOUR_WRONG_ADDRESS, CAUSE_HOST_DOWN};

    for (size_t i = 0; i < ARRAY_SIZE(causes_of); i++)
        if (finding->cause == causes_of[i])
            return true;
    return finding->role == ROLE_PATH && finding->cause != CAUSE_CONNECTED;
}

static bool is_anybody_there(const struct view *view, enum role role)
{
    return role == ROLE_SOURCE || view->subject->destination_host[0] != '\0';
}

static void name_away(const struct evidence *holder, const char *address,
                      struct finding *finding)
{
    char text[ADDRESS_TEXT_SIZE + HOST_NAME_SIZE + 128];

    text_format(text, sizeof(text), "%s is an address of %s", address,
                evidence_text(holder, KEY_NAME, "?"));
    say_away(holder, text, sizeof(text));
    finding_add_text(finding, "held_by_offline",
                     evidence_text(holder, KEY_NAME, NULL));
    finding_cite(finding, holder);
    finding_append(finding, "; ", text);
}

/* Of what merely vanished, an entry that leads to the host before may be the
 * cause: while the address is new, or no agent tells of it. */
static const struct evidence *find_former(const struct view *view, enum role to,
                                          const struct finding *finding)
{
    static const enum cause causes_of[] = {
        CAUSE_UNDETERMINED,     CAUSE_LOST_ON_PATH,
        CAUSE_ARP_NOT_ANSWERED, CAUSE_NEIGHBOUR_WRONG_ADDRESS,
        CAUSE_HOST_DOWN,        CAUSE_ADDRESS_NOT_LOCAL};
    const struct evidence *before = holders_before(view, to);

    if (before == NULL ||
        (is_anybody_there(view, to) &&
         evidence_number(before, KEY_AGE_S, 0) > HOLDERS_LATELY_S))
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(causes_of); i++)
        if (finding->cause == causes_of[i])
            return before;
    return NULL;
}

static void name_others(const struct view *view, struct finding *finding)
{
    enum role to = finding->packet == PACKET_SYN_ACK &&
                           finding->role == ROLE_PATH &&
                           finding->cause != CAUSE_ANSWERED_BY_OTHER
                       ? ROLE_SOURCE
                       : ROLE_DESTINATION;
    const struct evidence *second = holders_second(view, to);
    const struct evidence *before = find_former(view, to, finding);
    const struct evidence *away = holders_away(view, to);
    char address[ADDRESS_TEXT_SIZE];
    char text[ADDRESS_TEXT_SIZE + HOST_NAME_SIZE + 128];
    char age[32];

    address_print(to == ROLE_SOURCE ? &view->subject->source
                                    : &view->subject->destination,
                  address);
    if (second != NULL && finding_text(finding, "held_by_too") != NULL)
        return;
    if (second != NULL) {
        text_format(text, sizeof(text), "%s holds %s%s",
                    evidence_text(second, KEY_NAME, "?"), address,
                    view_end(view, to)->own_address != NULL ? " as well" : "");
        finding_add_text(finding, "held_by_too",
                         evidence_text(second, KEY_NAME, NULL));
        finding_cite(finding, second);
        finding_append(finding, "; ", text);
    } else if (before != NULL &&
               finding_text(finding, "held_before_by") == NULL) {
        age_print(evidence_number(before, KEY_AGE_S, 0), age, sizeof(age));
        text_format(text, sizeof(text), "%s held %s until %s ago%s",
                    evidence_text(before, KEY_NAME, "?"), address, age,
                    is_anybody_there(view, to)
                        ? ": a neighbour entry on the way may still lead there"
                        : ": name it with --to, and its agent tells more");
        finding_add_text(finding, "held_before_by",
                         evidence_text(before, KEY_NAME, NULL));
        finding_cite(finding, before);
        finding_append(finding, "; ", text);
    } else if (away != NULL && strcmp(evidence_text(away, KEY_NAME, ""),
                                      view->subject->absent_host) != 0) {
        name_away(away, address, finding);
    }
}

void explain_holders(const struct view *view, struct finding *finding)
{
    name_told(view, finding);
    if (may_be_astray(finding))
        name_others(view, finding);
}
