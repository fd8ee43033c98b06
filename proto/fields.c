#include "proto/fields.h"

#include "common/base/array.h"

#define AT(member) \
    offsetof(struct message, member), sizeof(((struct message *)NULL)->member)
#define ANY32 0, UINT32_MAX

/* clang-format off */
const struct field fields[] = {
    {MESSAGE_HELLO, 1, FIELD_UINT, AT(hello.version_min), 1, UINT32_MAX},
    {MESSAGE_HELLO, 2, FIELD_UINT, AT(hello.version_max), 1, UINT32_MAX},
    {MESSAGE_HELLO, 3, FIELD_LABEL, AT(hello.software), ANY32},

    {MESSAGE_PING, 1, FIELD_INT, AT(ping.t1), ANY32},
    {MESSAGE_PONG, 1, FIELD_INT, AT(pong.t1), ANY32},
    {MESSAGE_PONG, 2, FIELD_INT, AT(pong.t2), ANY32},
    {MESSAGE_PONG, 3, FIELD_INT, AT(pong.t3), ANY32},

    {MESSAGE_ERROR, 1, FIELD_UINT, AT(error.status), 0, 255},
    {MESSAGE_ERROR, 2, FIELD_LINES, AT(error.text), ANY32},

    {MESSAGE_INVENTORY, 1, FIELD_ADDRESSES, AT(inventory.addresses), ANY32},
    {MESSAGE_INVENTORY, 2, FIELD_ADDRESS, AT(inventory.primary4), 0, 4},
    {MESSAGE_INVENTORY, 3, FIELD_ADDRESS, AT(inventory.primary6), 0, 6},
    {MESSAGE_INVENTORY, 4, FIELD_LABEL, AT(inventory.kernel), ANY32},
    {MESSAGE_INVENTORY, 5, FIELD_LABEL, AT(inventory.software), ANY32},
    {MESSAGE_INVENTORY, 6, FIELD_UINT, AT(inventory.lacks), ANY32},
    {MESSAGE_INVENTORY, 7, FIELD_LABEL, AT(inventory.links), ANY32},

    {MESSAGE_ORDER, 1, FIELD_TRACE_ID, AT(order.trace_id), ANY32},
    {MESSAGE_ORDER, 2, FIELD_HOST, AT(order.peer), ANY32},
    {MESSAGE_ORDER, 3, FIELD_LABEL, AT(order.name), ANY32},
    {MESSAGE_ORDER, 4, FIELD_UINT, AT(order.role), 0, ROLE_COUNT - 1},
    {MESSAGE_ORDER, 5, FIELD_FAMILY, AT(order.family), ANY32},
    {MESSAGE_ORDER, 6, FIELD_BOOL, AT(order.exact_count), ANY32},
    {MESSAGE_ORDER, 7, FIELD_UINT, AT(order.attempts), 1, ORDER_MAX_ATTEMPTS},
    {MESSAGE_ORDER, 8, FIELD_UINT, AT(order.port), 1, UINT16_MAX},
    {MESSAGE_ORDER, 9, FIELD_UINT, AT(order.from_port), 0, UINT16_MAX},
    {MESSAGE_ORDER, 10, FIELD_ADDRESS, AT(order.source), 0, 0},
    {MESSAGE_ORDER, 11, FIELD_ADDRESS, AT(order.destination), 0, 0},
    {MESSAGE_ORDER, 12, FIELD_UINT, AT(order.isn_base), ANY32},
    {MESSAGE_ORDER, 13, FIELD_UINT, AT(order.spacing_ms), 0,
     ORDER_MAX_DEADLINE_MS},
    {MESSAGE_ORDER, 14, FIELD_UINT, AT(order.deadline_ms), 1,
     ORDER_MAX_DEADLINE_MS},
    {MESSAGE_ORDER, 15, FIELD_LABEL, AT(order.as_user), ANY32},
    {MESSAGE_ORDER, 16, FIELD_LABEL, AT(order.inside), ANY32},
    {MESSAGE_ORDER, 17, FIELD_LABEL, AT(order.device), ANY32},
    {MESSAGE_ORDER, 20, FIELD_LABEL, AT(order.service), ANY32},
    {MESSAGE_ORDER, 21, FIELD_BOOL, AT(order.vantage), ANY32},
    {MESSAGE_ORDER, 22, FIELD_UINT, AT(order.payload), 0, PAYLOAD_COUNT - 1},
    {MESSAGE_ORDER, 23, FIELD_ADDRESS, AT(order.told), 0, 0},

    {MESSAGE_COMMAND, 1, FIELD_TRACE_ID, AT(command.trace_id), ANY32},
    {MESSAGE_COMMAND, 2, FIELD_UINT, AT(command.command.kind), 0,
     COMMAND_COUNT - 1},
    {MESSAGE_COMMAND, 3, FIELD_BOOL, AT(command.command.self_test), ANY32},
    {MESSAGE_COMMAND, 11, FIELD_BOOL, AT(command.command.self_test_briefly),
     ANY32},
    {MESSAGE_COMMAND, 4, FIELD_UINT, AT(command.command.attempt), 0,
     ORDER_MAX_ATTEMPTS},
    {MESSAGE_COMMAND, 5, FIELD_UINT, AT(command.command.max_ttl), 0, 64},
    {MESSAGE_COMMAND, 6, FIELD_UINT, AT(command.command.own_port), 0,
     UINT16_MAX},
    {MESSAGE_COMMAND, 7, FIELD_UINT, AT(command.command.peer_port), 0,
     UINT16_MAX},
    {MESSAGE_COMMAND, 8, FIELD_ADDRESS, AT(command.command.own_address), 0, 0},
    {MESSAGE_COMMAND, 9, FIELD_ADDRESS, AT(command.command.peer_address), 0,
     0},
    {MESSAGE_COMMAND, 10, FIELD_UINT, AT(command.command.acknowledge), ANY32},

    {MESSAGE_EVIDENCE, 1, FIELD_TRACE_ID, AT(evidence.trace_id), ANY32},
    {MESSAGE_EVIDENCE, 2, FIELD_EVIDENCE, AT(evidence.items), ANY32},

    {MESSAGE_TRACE_ENDED, 1, FIELD_TRACE_ID, AT(trace_ended.trace_id), ANY32},
    {MESSAGE_TRACE_ENDED, 2, FIELD_INT, AT(trace_ended.status), ANY32},
    {MESSAGE_TRACE_ENDED, 3, FIELD_LINES, AT(trace_ended.text), ANY32},

    {MESSAGE_JOIN_REQUEST, 1, FIELD_LABEL, AT(join_request.token), ANY32},
    {MESSAGE_JOIN_REQUEST, 2, FIELD_HOST, AT(join_request.name), ANY32},
    {MESSAGE_JOIN_REQUEST, 3, FIELD_LINES, AT(join_request.request), ANY32},
    {MESSAGE_JOIN_REPLY, 1, FIELD_LINES, AT(join_reply.certificate), ANY32},
    {MESSAGE_JOIN_REPLY, 2, FIELD_LINES, AT(join_reply.authority), ANY32},

    {MESSAGE_TRACE_REQUEST, 1, FIELD_HOST, AT(trace_request.source), ANY32},
    {MESSAGE_TRACE_REQUEST, 2, FIELD_LABEL, AT(trace_request.destination),
     ANY32},
    {MESSAGE_TRACE_REQUEST, 3, FIELD_UINT, AT(trace_request.port), 1,
     UINT16_MAX},
    {MESSAGE_TRACE_REQUEST, 4, FIELD_UINT, AT(trace_request.protocol), 0, 255},
    {MESSAGE_TRACE_REQUEST, 5, FIELD_FAMILY, AT(trace_request.family), ANY32},
    {MESSAGE_TRACE_REQUEST, 6, FIELD_UINT, AT(trace_request.count), 0,
     ORDER_MAX_ATTEMPTS},
    /* a text on the wire, as the operator typed it */
    {MESSAGE_TRACE_REQUEST, 7, FIELD_ADDRESS, AT(trace_request.from), 0, 0},
    {MESSAGE_TRACE_REQUEST, 8, FIELD_HOST, AT(trace_request.to), ANY32},
    {MESSAGE_TRACE_REQUEST, 9, FIELD_HOST, AT(trace_request.vantage), ANY32},
    {MESSAGE_TRACE_REQUEST, 10, FIELD_BOOL, AT(trace_request.payload), ANY32},
    {MESSAGE_TRACE_REQUEST, 11, FIELD_UINT, AT(trace_request.timeout_ms),
     ANY32},
    {MESSAGE_TRACE_REQUEST, 12, FIELD_BOOL, AT(trace_request.no_self_test),
     ANY32},
    {MESSAGE_TRACE_REQUEST, 13, FIELD_BOOL, AT(trace_request.bundle), ANY32},
    {MESSAGE_TRACE_REQUEST, 14, FIELD_UINT, AT(trace_request.from_port), 0,
     UINT16_MAX},
    {MESSAGE_TRACE_REQUEST, 15, FIELD_LABEL, AT(trace_request.as_user), ANY32},
    {MESSAGE_TRACE_REQUEST, 16, FIELD_LABEL, AT(trace_request.inside), ANY32},
    {MESSAGE_TRACE_REQUEST, 17, FIELD_LABEL, AT(trace_request.device), ANY32},
    {MESSAGE_TRACE_REQUEST, 20, FIELD_LABEL, AT(trace_request.service), ANY32},

    {MESSAGE_PROGRESS, 1, FIELD_LINES, AT(progress), ANY32},
    {MESSAGE_DOCUMENT, 1, FIELD_PIECE, AT(document.piece), ANY32},
    {MESSAGE_DOCUMENT, 2, FIELD_BOOL, AT(document.last), ANY32},
    {MESSAGE_DOCUMENT, 3, FIELD_UINT, AT(document.status), 0, 255},
    {MESSAGE_TOKEN_REQUEST, 1, FIELD_UINT, AT(token_request.ttl_s), ANY32},
    {MESSAGE_TOKEN_REQUEST, 2, FIELD_UINT, AT(token_request.uses), ANY32},
    {MESSAGE_TOKEN_REQUEST, 3, FIELD_HOST, AT(token_request.agent), ANY32},
    {MESSAGE_TOKEN_REPLY, 1, FIELD_LABEL, AT(token_reply), ANY32},
    {MESSAGE_GO_AWAY, 1, FIELD_UINT, AT(go_away_ms), ANY32},
};
/* clang-format on */

const size_t fields_count = ARRAY_SIZE(fields);
