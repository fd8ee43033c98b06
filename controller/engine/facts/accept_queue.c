/* Facts from the listener's queues, and what became of the attempt's own
 * connection in them. */
#include <string.h>

#include "controller/engine/facts/derive.h"
#include "controller/engine/view/led.h"

#define MAX_GROUP     64   /* listeners that share a port */
#define UNACCEPTED_MS 1000 /* so long, and the process is called stuck */

struct group /* of listeners, before and after the trace */
{
    const struct evidence *before[MAX_GROUP];
    const struct evidence *after[MAX_GROUP];
    size_t before_count;
    size_t after_count;
};

static bool same_socket(const struct evidence *a, const struct evidence *b)
{
    return evidence_has(a, KEY_INODE) &&
           evidence_number(a, KEY_INODE, 0) == evidence_number(b, KEY_INODE, 0);
}

static const struct evidence *find_same(const struct evidence *const *items,
                                        size_t count,
                                        const struct evidence *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (same_socket(items[i], wanted))
            return items[i];
    return NULL;
}

static const struct evidence *first_full(const struct evidence *const *items,
                                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (evidence_number(items[i], KEY_QUEUE, 0) >
            evidence_number(items[i], KEY_QUEUE_LIMIT, INT64_MAX))
            return items[i];
    return NULL;
}

/* Of a group one full member is enough: the source's port decides which of them
 * an attempt comes to. */
static void derive_full(struct known *known, const struct group *group)
{
    const struct evidence *full =
        first_full(group->before, group->before_count);

    if (full == NULL)
        full = first_full(group->after, group->after_count);
    if (full != NULL)
        facts_say(known, F(DESTINATION, QUEUE_FULL), true, full);
    else if (group->before_count > 0 && group->after_count > 0)
        facts_say(known, F(DESTINATION, QUEUE_FULL), false, group->before[0]);
}

static void derive_change(struct known *known, const struct view *view,
                          const struct group *group)
{
    if (view->destination.listeners[0] == NULL ||
        view->destination.listeners[1] == NULL ||
        led_port(view) != view->subject->port)
        return; /* another port's listeners are listed only afterwards */
    for (size_t i = 0; i < group->after_count; i++)
        if (find_same(group->before, group->before_count, group->after[i]) ==
            NULL) {
            facts_say(known, F(DESTINATION, LISTENER_CHANGED), true,
                      group->after[i]);
            return;
        }
    for (size_t i = 0; i < group->before_count; i++)
        if (find_same(group->after, group->after_count, group->before[i]) ==
            NULL) {
            facts_say(known, F(DESTINATION, LISTENER_CHANGED), true,
                      group->before[i]);
            return;
        }
    facts_say(known, F(DESTINATION, LISTENER_CHANGED), false,
              group->after_count > 0 ? group->after[0] : NULL);
}

/* The attempt's own socket on the destination. */
static const struct evidence *find_connection(const struct view *view,
                                              unsigned n, enum phase phase)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < view->count; i++) {
        const struct evidence *item = view->items[i];

        if (item->kind == EVIDENCE_CONNECTION &&
            item->role == ROLE_DESTINATION &&
            evidence_word(item, KEY_PHASE) == (int)phase &&
            evidence_number(item, KEY_ATTEMPT, 0) == (int64_t)n &&
            view_is_earlier(item, found))
            found = item;
    }
    return found;
}

/* The last that a destination tells: all else that it saw is there. */
static bool is_collected(const struct view *view)
{
    return view_first(view, ROLE_DESTINATION, EVIDENCE_COUNTERS) != NULL;
}

static bool is_state(const struct evidence *connection, const char *state)
{
    return connection != NULL &&
           strcmp(evidence_text(connection, KEY_STATE, ""), state) == 0;
}

/* Of an overflow of our own there is an event, if somebody watched, and every
 * one is counted.  A socket that got beyond SYN_RECV met none. */
static void derive_ack(struct known *known, const struct view *view,
                       const struct attempt_view *attempt,
                       const struct evidence *connection)
{
    const struct evidence *event = attempt->destination.drop_event[PACKET_ACK];
    bool half_open = is_state(connection, "SYN_RECV");

    if (event != NULL && strcmp(evidence_text(event, KEY_REASON, ""),
                                "TCP_LISTEN_OVERFLOW") == 0)
        facts_say(known, F(DESTINATION, ACK_OVERFLOWED), true, event);
    else if (connection != NULL && !half_open &&
             (!is_state(connection, "CLOSED") ||
              fact_is(known, F(DESTINATION, QUEUE_OVERFLOWED), NO) ||
              (is_collected(view) &&
               fact_is(known, F(DESTINATION, KERNEL_WATCHED), YES))))
        facts_say(known, F(DESTINATION, ACK_OVERFLOWED), false, connection);
    if (connection != NULL)
        facts_say(known, F(DESTINATION, HALF_OPEN), half_open, connection);
}

/* The member in whose queue the connection lies: the one that grew; of several,
 * none in particular. */
static const struct evidence *find_holding(const struct group *group)
{
    const struct evidence *found = NULL;

    for (size_t i = 0; i < group->after_count; i++) {
        const struct evidence *member = group->after[i];
        const struct evidence *before =
            find_same(group->before, group->before_count, member);
        int64_t queue = evidence_number(member, KEY_QUEUE, 0);

        if (queue == 0 || (group->after_count > 1 && before != NULL &&
                           queue <= evidence_number(before, KEY_QUEUE, 0)))
            continue;
        if (found != NULL)
            return NULL;
        found = member;
    }
    return found;
}

static bool is_stopped(const struct evidence *listener)
{
    int64_t holders = evidence_number(listener, KEY_HOLDERS, 0);

    return holders > 0 && evidence_number(listener, KEY_STOPPED, 0) == holders;
}

static bool was_stopped(const struct evidence *listener)
{
    const char *state = evidence_text(listener, KEY_PROCESS_STATE, "");

    return state[0] == 'T' || state[0] == 't' || state[0] == 'F';
}

/* What nobody accepted lies there, also when its peer has gone. */
static bool are_empty(const struct group *group)
{
    for (size_t i = 0; i < group->after_count; i++)
        if (evidence_number(group->after[i], KEY_QUEUE, 1) != 0)
            return false;
    return group->after_count > 0;
}

/* Nobody told of the connection itself (its agent fell silent in the middle of
 * it): but all who might take it are stopped, and were before it. */
static bool can_take_none(const struct group *group,
                          const struct evidence *holding,
                          const struct evidence *before)
{
    return group->after_count == 1 && holding != NULL && before != NULL &&
           is_stopped(holding) && was_stopped(before) &&
           evidence_number(holding, KEY_PID, -1) ==
               evidence_number(before, KEY_PID, -2);
}

/* The handshake is the kernel's alone: it completes whoever sleeps.  Whether
 * the process took the connection shows only afterwards. */
static void derive_acceptance(struct known *known, const struct view *view,
                              const struct group *group,
                              const struct evidence *connection)
{
    const struct evidence *holding = find_holding(group);
    const struct evidence *before =
        holding == NULL
            ? NULL
            : find_same(group->before, group->before_count, holding);
    bool waits =
        connection != NULL && evidence_number(connection, KEY_ACCEPTED, 1) == 0;

    if (connection == NULL && can_take_none(group, holding, before)) {
        facts_say(known, F(DESTINATION, PROCESS_STOPPED), true, holding);
        facts_say(known, F(DESTINATION, WAS_STOPPED), true, before);
    }
    if (connection == NULL && !are_empty(group))
        return;
    if (!waits) {
        const struct evidence *why =
            connection != NULL ? connection : group->after[0];

        facts_say(known, F(DESTINATION, PROCESS_STOPPED), false, why);
        facts_say(known, F(DESTINATION, QUEUE_STANDS), false, why);
        return;
    }
    if (holding != NULL)
        facts_say(known, F(DESTINATION, PROCESS_STOPPED), is_stopped(holding),
                  holding);
    else if (view->destination.listeners[1] != NULL)
        facts_say(known, F(DESTINATION, PROCESS_STOPPED), false, connection);
    if (before != NULL)
        facts_say(known, F(DESTINATION, WAS_STOPPED), was_stopped(before),
                  before);
    facts_say(known, F(DESTINATION, QUEUE_STANDS),
              evidence_number(connection, KEY_MOVED, 0) == 0 &&
                  evidence_number(connection, KEY_WAITED_MS, 0) >=
                      UNACCEPTED_MS,
              holding != NULL ? holding : connection);
}

/* No connection came so far as to lie there: but each listener's process was
 * stopped before, and all who might take one are afterwards. */
static void derive_stopped(struct known *known, const struct group *group)
{
    if (!fact_is(known, F(DESTINATION, WAS_STOPPED), NOT_OBSERVED) ||
        group->before_count == 0 || group->before_count != group->after_count)
        return;
    for (size_t i = 0; i < group->before_count; i++)
        if (!was_stopped(group->before[i]) || !is_stopped(group->after[i]))
            return;
    facts_say(known, F(DESTINATION, WAS_STOPPED), true, group->before[0]);
}

/* The kernel keeps a quarter of net.ipv4.tcp_max_syn_backlog for peers that it
 * knows, and counts each listener's half-open connections against its own
 * limit (tcp_conn_request()). */
static void derive_half_open(struct known *known, const struct view *view,
                             const struct group *group)
{
    int64_t room = view_sysctl(view, ROLE_DESTINATION,
                               "net.ipv4.tcp_max_syn_backlog", INT64_MAX / 4);
    int64_t cookies =
        view_sysctl(view, ROLE_DESTINATION, "net.ipv4.tcp_syncookies", -1);
    const struct evidence *found = NULL;
    int64_t limit = room * 3 / 4;
    bool is_long;

    if (group->after_count > 0) {
        int64_t own =
            evidence_number(group->after[0], KEY_QUEUE_LIMIT, INT64_MAX);

        limit = own < limit ? own : limit;
    }
    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_HALF_OPEN &&
            view->items[i]->role == ROLE_DESTINATION)
            found = view->items[i];
    is_long = found != NULL && evidence_number(found, KEY_COUNT, 0) >= limit;
    if (cookies > 0 || (!is_long && (found != NULL || is_collected(view))))
        facts_say(known, F(DESTINATION, SYN_QUEUE_LONG), false, found);
    else if (is_long && cookies == 0)
        facts_say(known, F(DESTINATION, SYN_QUEUE_LONG), true, found);
}

static void derive_old(struct known *known, const struct view *view, unsigned n)
{
    const struct evidence *old = find_connection(view, n, PHASE_BEFORE);

    if (old != NULL)
        facts_say(known, F(DESTINATION, STALE_SOCKET), true, old);
    else if (is_collected(view))
        facts_say(known, F(DESTINATION, STALE_SOCKET), false, NULL);
}

static void derive_counters(struct known *known, const struct view *view,
                            const struct attempt_view *attempt)
{
    static const struct
    {
        const char *name;
        fact_ref fact;
    } counters[] = {
        {"TcpExt.ListenOverflows", F(DESTINATION, QUEUE_OVERFLOWED)},
        {"TcpExt.TCPReqQFullDrop", F(DESTINATION, SYN_QUEUE_DROPPED)},
        {"TcpExt.TCPDeferAcceptDrop", F(DESTINATION, ACK_DEFERRED)},
        {"TcpExt.TCPSYNChallenge", F(DESTINATION, OLD_SOCKET_TOOK)},
        {"TcpExt.PAWSTimewait", F(DESTINATION, OLD_SOCKET_TOOK)},
    };

    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        facts_derive_counter(known, view, attempt, ROLE_DESTINATION,
                             counters[i].name, counters[i].fact);
    /* The host's own limit is not counted apart. */
    if (!fact_is(known, F(DESTINATION, SYN_QUEUE_DROPPED), YES) &&
        fact_is(known, F(DESTINATION, QUEUE_OVERFLOWED), NO))
        facts_derive_counter(known, view, attempt, ROLE_DESTINATION,
                             "TcpExt.ListenDrops",
                             F(DESTINATION, SYN_QUEUE_DROPPED));
}

/* The kernel says so of this very SYN; where another copy of it was answered,
 * of a copy. */
static void derive_no_socket(struct known *known,
                             const struct attempt_view *attempt)
{
    const struct evidence *event = attempt->destination.drop_event[PACKET_SYN];
    const fact_ref watched = F(DESTINATION, KERNEL_WATCHED);
    const fact_ref fact = F(DESTINATION, NO_SOCKET);

    if (event == NULL && fact_is(known, watched, YES))
        facts_say(known, fact, false, known->because[watched]);
    if (event != NULL && !evidence_has(event, KEY_NAMESPACE) &&
        !view_went_on(attempt, ROLE_DESTINATION, PACKET_SYN))
        facts_say(known, fact,
                  strcmp(evidence_text(event, KEY_REASON, ""), "NO_SOCKET") ==
                      0,
                  event);
}

void facts_derive_queues(struct known *known, const struct view *view,
                         const struct attempt_view *attempt, unsigned n)
{
    const struct evidence *connection = find_connection(view, n, PHASE_AFTER);
    int64_t aborts = view_sysctl(view, ROLE_DESTINATION,
                                 "net.ipv4.tcp_abort_on_overflow", -1);
    struct group group;

    group.before_count =
        facts_takers(view, PHASE_BEFORE, group.before, MAX_GROUP);
    group.after_count = facts_takers(view, PHASE_AFTER, group.after, MAX_GROUP);
    derive_counters(known, view, attempt);
    derive_full(known, &group);
    derive_change(known, view, &group);
    derive_ack(known, view, attempt, connection);
    derive_acceptance(known, view, &group, connection);
    derive_stopped(known, &group);
    derive_half_open(known, view, &group);
    derive_old(known, view, n);
    if (aborts >= 0)
        facts_say(known, F(DESTINATION, ABORTS_ON_OVERFLOW), aborts > 0, NULL);
    derive_no_socket(known, attempt);
}
