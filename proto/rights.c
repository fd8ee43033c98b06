#include <stdint.h>

#include "common/base/array.h"
#include "common/net/conn.h"
#include "proto/message.h"

#define MAY(kind) (UINT32_C(1) << (kind))

_Static_assert(MESSAGE_KIND_COUNT <= 32, "a kind is a bit of 32");

/* Who may send what: [not greeted yet, greeted]. */
static const uint32_t rights[][2] = {
    [PEER_JOINING] = {MAY(MESSAGE_JOIN_REQUEST), MAY(MESSAGE_JOIN_REQUEST)},
    [PEER_CONTROLLER] = {MAY(MESSAGE_HELLO) | MAY(MESSAGE_JOIN_REPLY) |
                             MAY(MESSAGE_ERROR),
                         MAY(MESSAGE_HELLO) | MAY(MESSAGE_PING) |
                             MAY(MESSAGE_PONG) | MAY(MESSAGE_ERROR) |
                             MAY(MESSAGE_INVENTORY_REQUEST) |
                             MAY(MESSAGE_ORDER) | MAY(MESSAGE_COMMAND) |
                             MAY(MESSAGE_PROGRESS) | MAY(MESSAGE_DOCUMENT) |
                             MAY(MESSAGE_TOKEN_REPLY) |
                             MAY(MESSAGE_JOIN_REPLY) | MAY(MESSAGE_GO_AWAY)},
    [PEER_AGENT] = {MAY(MESSAGE_HELLO),
                    MAY(MESSAGE_HELLO) | MAY(MESSAGE_PING) | MAY(MESSAGE_PONG) |
                        MAY(MESSAGE_ERROR) | MAY(MESSAGE_INVENTORY) |
                        MAY(MESSAGE_EVIDENCE) | MAY(MESSAGE_TRACE_ENDED)},
    [PEER_OPERATOR] = {MAY(MESSAGE_HELLO),
                       MAY(MESSAGE_HELLO) | MAY(MESSAGE_PING) |
                           MAY(MESSAGE_PONG) | MAY(MESSAGE_TRACE_REQUEST) |
                           MAY(MESSAGE_AGENTS_REQUEST) |
                           MAY(MESSAGE_TOKEN_REQUEST)},
};

bool message_is_allowed(int peer_role, bool greeted, enum message_kind kind)
{
    if (peer_role < 0 || (size_t)peer_role >= ARRAY_SIZE(rights) ||
        kind >= MESSAGE_KIND_COUNT)
        return false;
    return (rights[peer_role][greeted] & MAY(kind)) != 0;
}
