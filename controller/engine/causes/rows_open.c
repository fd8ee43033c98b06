/* Rows of the source's socket: the name, the address and the port that it sends
 * from, and who may connect at all. */
#include "controller/engine/causes/row_groups.h"

static const struct row rows[] = {
    {.cause = CAUSE_NAME_NOT_RESOLVED,
     AT(UNRESOLVED, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, NAME_UNRESOLVED)},
     .proof = {F(SOURCE, NAME_UNRESOLVED)},
     .decider = F(SOURCE, NAME_UNRESOLVED)},
    {.cause = CAUSE_SOURCE_ADDRESS_UNAVAILABLE,
     AT(NOT_SENT, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, ADDRESS_TAKEN), F(SOURCE, FROM_MISSING)},
     .proof = {F(SOURCE, ADDRESS_TAKEN)},
     .decider = F(SOURCE, ADDRESS_TAKEN)},
    {.cause = CAUSE_SOURCE_PORTS_EXHAUSTED,
     AT(NOT_SENT, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, ADDRESS_TAKEN)},
     .needs_no = {F(SOURCE, FROM_MISSING)},
     .proof = {F(SOURCE, ADDRESS_TAKEN)},
     .doubts = {F(SOURCE, PORTS_FREE)},
     .decider = F(SOURCE, ADDRESS_TAKEN)},
    {.cause = CAUSE_SOURCE_PORTS_EXHAUSTED, /* the only one that may be used */
     AT(NOT_SENT, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, FROM_PORT_TAKEN)},
     .proof = {F(SOURCE, FROM_PORT_TAKEN)},
     .decider = F(SOURCE, FROM_PORT_TAKEN)},
    {.cause = CAUSE_NAME_RESOLVES_ELSEWHERE, /* its host's own would leave */
     AT(NOT_SENT, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, NAME_ELSEWHERE), F(SOURCE, STOPPED_BY_ADDRESS)},
     .decider = F(SOURCE, NAME_ELSEWHERE)},
    {.cause = CAUSE_IPSEC_POLICY_DROP,
     AT(NOT_SENT, SOURCE, OUTPUT, SYN),
     .needs = {F(SOURCE, CONNECT_DENIED), F(SOURCE, IPSEC_STOPS)},
     .proof = {F(SOURCE, CONNECT_DENIED), F(SOURCE, IPSEC_COUNTED)},
     .doubts = {F(SOURCE, GROUP_WATCHES)},
     .decider = F(SOURCE, IPSEC_STOPS)},
    {.cause = CAUSE_DENIED_BY_POLICY,
     AT(NOT_SENT, SOURCE, SOCKET, SYN),
     .needs = {F(SOURCE, CONNECT_DENIED)},
     .needs_no = {F(SOURCE, IPSEC_STOPS), F(SOURCE, ROUTE_REJECTS)},
     .proof = {F(SOURCE, CONNECT_DENIED)},
     .doubts = {F(SOURCE, ROUTE_REJECTS)}, /* EACCES may be the routing's */
     .decider = F(SOURCE, CONNECT_DENIED)},
    {.cause = CAUSE_REDIRECTED_AT_SOURCE,
     AT(NOT_SENT, SOURCE, OUTPUT, SYN),
     .needs = {F(SOURCE, REDIRECTED)},
     .needs_no = {F(SOURCE, CONNECTED)},
     .proof = {F(SOURCE, REDIRECTED)},
     .decider = F(SOURCE, TRANSLATING_RULE)},
    {.cause = CAUSE_DESTINATION_ADDRESS_ON_SOURCE,
     AT(NOT_SENT, SOURCE, OUTPUT, SYN),
     .needs = {F(SOURCE, HOLDS_PEER)},
     .proof = {F(SOURCE, HOLDS_PEER), F(SOURCE, SYN_ON_LOOPBACK)},
     .decider = F(SOURCE, HOLDS_PEER)},
};

const struct row_group rows_open = {rows, ARRAY_SIZE(rows)};
