/* The messages as plain structs: what the rest of the program speaks.  Only
 * codec.c knows the generated names. */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/trace/evidence.h"
#include "common/trace/order.h"

struct err;

#define PROTO_VERSION_MIN 1
#define PROTO_VERSION_MAX 1

#define MESSAGE_TEXT_SIZE     512
#define MESSAGE_MAX_ADDRESSES 64
#define MESSAGE_LINKS_SIZE    288                 /* 16 of them */
#define MESSAGE_MAX_EVIDENCE  32                  /* in one batch */
#define MESSAGE_MAX_PIECE     (48u * 1024)        /* of a document */
#define MESSAGE_MAX_DOCUMENT  (16u * 1024 * 1024) /* all its pieces */
#define MESSAGE_PEM_SIZE      2048

/* name, text; in the order of the envelope's fields.  Such a list has no form to
 * which clang-format comes to rest. */
/* clang-format off */
#define MESSAGE_KINDS(X)                              \
    X(MESSAGE_HELLO, "hello")                         \
    X(MESSAGE_PING, "ping")                           \
    X(MESSAGE_PONG, "pong")                           \
    X(MESSAGE_ERROR, "error")                         \
    X(MESSAGE_INVENTORY, "inventory")                 \
    X(MESSAGE_INVENTORY_REQUEST, "inventory-request") \
    X(MESSAGE_ORDER, "order")                         \
    X(MESSAGE_COMMAND, "command")                     \
    X(MESSAGE_EVIDENCE, "evidence")                   \
    X(MESSAGE_TRACE_ENDED, "trace-ended")             \
    X(MESSAGE_JOIN_REQUEST, "join-request")           \
    X(MESSAGE_JOIN_REPLY, "join-reply")               \
    X(MESSAGE_TRACE_REQUEST, "trace-request")         \
    X(MESSAGE_PROGRESS, "progress")                   \
    X(MESSAGE_DOCUMENT, "document")                   \
    X(MESSAGE_AGENTS_REQUEST, "agents-request")       \
    X(MESSAGE_TOKEN_REQUEST, "token-request")         \
    X(MESSAGE_TOKEN_REPLY, "token-reply")             \
    X(MESSAGE_GO_AWAY, "go-away")

/* clang-format on */

#define MESSAGE_ENUM_KIND(name, text) name,
enum message_kind
{
    MESSAGE_KINDS(MESSAGE_ENUM_KIND) MESSAGE_KIND_COUNT,
    MESSAGE_UNKNOWN = MESSAGE_KIND_COUNT, /* well-formed, of a later version */
};
#undef MESSAGE_ENUM_KIND

extern const struct word_list message_words;

struct message_hello
{
    uint32_t version_min, version_max;
    char software[64];
};
struct message_ping
{
    int64_t t1;
};
struct message_pong
{
    int64_t t1, t2, t3;
};
struct message_error
{
    uint32_t status;
    char text[MESSAGE_TEXT_SIZE];
};

/* What an agent's own host does not let it do: LACK_name, word, and what is then
 * not known.  Bits that a later agent may set are passed over. */
#define AGENT_LACKS(X)                                                     \
    X(CAPTURE, "capture",                                                  \
      "may not capture packets (CAP_NET_RAW): no trace can tell what "     \
      "becomes of them there")                                             \
    X(TRACE_RULES, "trace-rules",                                          \
      "may not trace rules (CAP_NET_ADMIN): no trace can tell which rule " \
      "stops a packet there")

enum agent_lack
{
#define LACK(name, word, text) LACK_##name,
    AGENT_LACKS(LACK)
#undef LACK
        LACK_COUNT
};

struct message_inventory
{
    struct address addresses[MESSAGE_MAX_ADDRESSES];
    size_t count;
    struct address primary4, primary6; /* unset: none */
    char kernel[64], software[64];
    uint32_t lacks; /* 1 << enum agent_lack, of what is not allowed */
    char links[MESSAGE_LINKS_SIZE]; /* link addresses, parted by commas */
};

struct message_command
{
    char trace_id[TRACE_ID_SIZE];
    struct command command;
};

struct message_evidence
{
    char trace_id[TRACE_ID_SIZE];
    size_t count;
    struct evidence *items; /* decoded: owned by the message; to encode: ours */
    size_t incomplete; /* decoded: left out, for they lacked a required key */
};

struct message_trace_ended
{
    char trace_id[TRACE_ID_SIZE];
    int32_t status;
    char text[MESSAGE_TEXT_SIZE];
};

struct message_join_request
{
    char token[128];
    char name[HOST_NAME_SIZE];
    char request[MESSAGE_PEM_SIZE];
};

struct message_join_reply
{
    char certificate[MESSAGE_PEM_SIZE];
    char authority[MESSAGE_PEM_SIZE];
};

struct message_trace_request
{
    char source[HOST_NAME_SIZE];
    char destination[DNS_NAME_SIZE];
    uint16_t port;
    uint8_t protocol; /* 6 */
    uint8_t family;   /* 0, 4, 6 */
    uint32_t count;   /* 0: up to three */
    struct address from;
    char to[HOST_NAME_SIZE];         /* empty: none */
    char vantage[HOST_NAME_SIZE];    /* empty: auto */
    char service[SERVICE_NAME_SIZE]; /* empty: none expected */
    bool payload, no_self_test, bundle;
    uint32_t timeout_ms;           /* 0: the default */
    uint16_t from_port;            /* 0: any */
    char as_user[USER_NAME_SIZE];  /* empty: root */
    char inside[INSIDE_NAME_SIZE]; /* empty: the host's own namespace */
    char device[DEVICE_NAME_SIZE]; /* empty: any */
};

struct message_document
{
    const uint8_t *piece; /* decoded: owned by the message; to encode: ours */
    size_t size;
    bool last;
    uint32_t status;
};

struct message_token_request
{
    uint32_t ttl_s, uses;
    char agent[HOST_NAME_SIZE]; /* empty: any name */
};

struct message
{
    enum message_kind kind;
    union
    {
        struct message_hello hello;
        struct message_ping ping;
        struct message_pong pong;
        struct message_error error;
        struct message_inventory inventory;
        struct order order;
        struct message_command command;
        struct message_evidence evidence;
        struct message_trace_ended trace_ended;
        struct message_join_request join_request;
        struct message_join_reply join_reply;
        struct message_trace_request trace_request;
        char progress[MESSAGE_TEXT_SIZE];
        struct message_document document;
        struct message_token_request token_request;
        char token_reply[128];
        uint32_t go_away_ms;
    };
    void *storage; /* of a decoded message: freed by message_fini() */
};

/* Encodes into a new buffer, the caller's to free.  -EMSGSIZE when it would
 * not fit a frame; -EINVAL when the message breaks a limit. */
int message_encode(const struct message *message, uint8_t **bytes,
                   size_t *size);

/* Decodes one frame, within a budget of memory.  -EBADMSG and a sentence when
 * it is malformed or breaks a limit; a kind that we do not know succeeds as
 * MESSAGE_UNKNOWN.  On success message_fini() releases it. */
int message_decode(const uint8_t *bytes, size_t size, struct message *out,
                   struct err *err);

void message_fini(struct message *message);

/* May a peer of this role (enum peer_role) send this kind?  greeted: its hello
 * was received.  The one table of rights; everything else is refused. */
bool message_is_allowed(int peer_role, bool greeted, enum message_kind kind);

#endif
