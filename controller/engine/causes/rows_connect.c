/* Rows of what follows the handshake: open at the source, and not at the
 * destination, or left alone there; and of what connects. */
#include "controller/engine/causes/row_groups.h"

static const struct row rows[] = {
    /* --- open at the source, not at the destination --- */
    {.cause = CAUSE_SEQUENCE_REWRITTEN,
     AT(ACK_LOST, PATH, PATH, ACK),
     .needs = {F(SOURCE, CONNECTED), F(DESTINATION, SEQUENCE_CHANGED)},
     .proof = {F(DESTINATION, SEQUENCE_CHANGED)},
     .decider = F(DESTINATION, SEQUENCE_CHANGED)},
    {.cause = CAUSE_FIREWALL_DROP,
     AT(ACK_LOST, DESTINATION, INPUT,
        ACK), /* or the source: the rule's own host */
     .needs = {F(ATTEMPT, RULE_DROPS_ACK)},
     .proof = {F(ATTEMPT, RULE_DROPS_ACK)},
     .doubts = {F(DESTINATION, SEQUENCE_CHANGED)},
     .decider = F(ATTEMPT, RULE_DROPS_ACK)},
    {.cause = CAUSE_RESET_INJECTED, /* in the ACK's place, or because of it */
     AT(ACK_LOST, PATH, PATH, ACK),
     .needs = {F(SOURCE, RST)},
     .needs_no = {F(DESTINATION, RST), F(DESTINATION, ACK_ARRIVED)},
     .doubts = {F(DESTINATION, SEQUENCE_CHANGED)},
     .decider = F(SOURCE, RST)},
    {.cause = CAUSE_LOST_ON_PATH,
     AT(ACK_LOST, PATH, PATH, ACK),
     .needs = {F(SOURCE, CONNECTED), F(SOURCE, ACK_LEFT)},
     .needs_no = {F(DESTINATION, ACK_ARRIVED)},
     .doubts = {F(DESTINATION, DEVICE_SUSPECT)},
     .decider = F(SOURCE, CONNECTED),
     .silent = true},

    /* --- it is open, and what is sent comes to another program --- */
    {.cause = CAUSE_WRONG_LISTENER,
     AT(WRONG_HOLDER, DESTINATION, SOCKET, DATA),
     .needs = {F(SOURCE, CONNECTED), F(DESTINATION, SERVICE_MISSED)},
     .proof = {F(DESTINATION, ACK_ARRIVED), F(DESTINATION, SENT),
               F(DESTINATION, SERVICE_MISSED)},
     .doubts = {F(DESTINATION, RULES_UNSEEN), /* one may redirect */
                F(DESTINATION, PROCESS_STOPPED), F(DESTINATION, QUEUE_STANDS)},
     .decider = F(DESTINATION, SERVICE_MISSED)},
    {.cause = CAUSE_WRONG_LISTENER, /* by a rule that publishes its port */
     AT(WRONG_HOLDER, DESTINATION, PREROUTING, DATA),
     .needs = {F(SOURCE, CONNECTED), F(DESTINATION, SERVICE_DIVERTED)},
     .proof = {F(DESTINATION, ACK_ARRIVED), F(DESTINATION, SENT),
               F(DESTINATION, SERVICE_DIVERTED)},
     .doubts = {F(DESTINATION, PROCESS_STOPPED), F(DESTINATION, QUEUE_STANDS)},
     .decider = F(DESTINATION, SERVICE_DIVERTED)},

    /* --- open at the source, left alone by the listener --- */
    {.cause = CAUSE_ACCEPT_QUEUE_FULL,
     AT(NOT_TAKEN, DESTINATION, SOCKET, ACK),
     .needs = {F(DESTINATION, ACK_OVERFLOWED)},
     .proof = {F(DESTINATION, ACK_OVERFLOWED)},
     .decider = F(DESTINATION, ACK_OVERFLOWED),
     .by_itself = true},
    {.cause = CAUSE_ACCEPT_QUEUE_FULL,
     AT(NOT_TAKEN, DESTINATION, SOCKET, ACK),
     .needs = {F(DESTINATION, HALF_OPEN), F(DESTINATION, QUEUE_OVERFLOWED),
               F(DESTINATION, QUEUE_FULL)},
     .decider = F(DESTINATION, QUEUE_FULL),
     .by_itself = true},
    {.cause = CAUSE_ACCEPT_QUEUE_FULL,
     AT(NOT_TAKEN, DESTINATION, SOCKET, ACK),
     .needs = {F(DESTINATION, RST), F(DESTINATION, QUEUE_OVERFLOWED),
               F(DESTINATION, ABORTS_ON_OVERFLOW), F(DESTINATION, QUEUE_FULL)},
     .decider = F(DESTINATION, QUEUE_FULL),
     .by_itself = true},
    {.cause = CAUSE_LISTENER_STOPPED,
     AT(NOT_TAKEN, DESTINATION, SOCKET, DATA),
     .needs = {F(DESTINATION, PROCESS_STOPPED)},
     .proof = {F(DESTINATION, PROCESS_STOPPED), F(DESTINATION, WAS_STOPPED)},
     .decider = F(DESTINATION, PROCESS_STOPPED),
     .by_itself = true},
    {.cause = CAUSE_LISTENER_STOPPED, /* it runs, and accepts nothing */
     AT(NOT_TAKEN, DESTINATION, SOCKET, DATA),
     .needs = {F(DESTINATION, QUEUE_STANDS)},
     .needs_no = {F(DESTINATION, PROCESS_STOPPED)},
     .decider = F(DESTINATION, QUEUE_STANDS),
     .by_itself = true},

    /* --- open at both ends, and closed from the other side at once --- */
    {.cause = CAUSE_CLOSED_BY_APPLICATION,
     AT(CLOSED, DESTINATION, SOCKET, DATA),
     .needs = {F(SOURCE, CLOSED_EARLY), F(DESTINATION, CLOSED_ITSELF)},
     .proof = {F(SOURCE, CLOSED_EARLY), F(DESTINATION, CLOSED_ITSELF),
               F(DESTINATION, ACK_ARRIVED), F(DESTINATION, SENT)},
     /* A reset may be the kernel's: for want of room in the queue. */
     .doubts = {F(DESTINATION, ACK_OVERFLOWED),
                F(DESTINATION, QUEUE_OVERFLOWED),
                F(DESTINATION, PROCESS_STOPPED), F(DESTINATION, QUEUE_STANDS),
                F(DESTINATION, SERVICE_MISSED),
                F(DESTINATION, SERVICE_DIVERTED)},
     .decider = F(SOURCE, CLOSED_EARLY),
     .by_itself = true},
    {.cause = CAUSE_RESET_INJECTED,
     AT(CLOSED, PATH, PATH, DATA),
     .needs = {F(SOURCE, RESET_OPEN)},
     .needs_no = {F(DESTINATION, CLOSED_ITSELF)},
     .decider = F(SOURCE, RESET_OPEN)},
    {.cause = CAUSE_CLOSED_BY_APPLICATION, /* a proxy on the way */
     AT(CLOSED, PATH, PATH, DATA),
     .needs = {F(SOURCE, CLOSED_EARLY)},
     .needs_no = {F(DESTINATION, CLOSED_ITSELF), F(SOURCE, RESET_OPEN)},
     .decider = F(SOURCE, CLOSED_EARLY),
     .by_itself = true},
    {.cause = CAUSE_CLOSED_BY_APPLICATION, /* as far as one end can tell */
     AT(CLOSED, DESTINATION, SOCKET, DATA),
     .needs = {F(SOURCE, CLOSED_EARLY)},
     .needs_no = {F(DESTINATION, AGENT)},
     .decider = F(SOURCE, CLOSED_EARLY),
     .by_itself = true},
    {.cause = CAUSE_CONNECTED,
     AT(CONNECTED, DESTINATION, SOCKET, ACK),
     .needs = {F(SOURCE, CONNECTED)},
     .proof = {F(DESTINATION, ACK_ARRIVED), F(DESTINATION, SENT)},
     /* Further evidence may show that the listener did not take it. */
     .doubts = {F(DESTINATION, ACK_OVERFLOWED), F(DESTINATION, PROCESS_STOPPED),
                F(DESTINATION, QUEUE_STANDS), F(DESTINATION, SERVICE_MISSED),
                F(DESTINATION, SERVICE_DIVERTED)},
     .decider = F(SOURCE, CONNECTED)},
};

const struct row_group rows_connect = {rows, ARRAY_SIZE(rows)};
