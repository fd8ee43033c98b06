/* Who may become an agent: join tokens and the certificates given for them. */
#ifndef CONTROLLER_ENROL_H
#define CONTROLLER_ENROL_H

#include <stdint.h>

#include "common/pki/pki.h"
#include "proto/message.h"

struct err;
struct store;

#define ENROL_AGENT_DAYS   90
#define ENROL_MAX_TTL_S    (366u * 24 * 3600)
#define ENROL_MAX_USES     100000u
#define ENROL_REMEMBERED_S (30 * 24 * 3600) /* an expired token's refusal */

/* What signs; both borrowed. */
struct enrol
{
    struct store *store;
    const char *authority_pem;
    const char *authority_key_pem;
};

/* Makes a token; the store keeps its hash only.  -EINVAL when the request is
 * out of bounds. */
int enrol_create_token(const struct enrol *enrol,
                       const struct message_token_request *request,
                       int64_t now_s, char out[static PKI_TOKEN_SIZE],
                       struct err *err);

/* Spends the token and signs.  All or nothing: when this fails the token has
 * as many uses left as before.  The sentence in err is fit for the peer. */
int enrol_join(const struct enrol *enrol,
               const struct message_join_request *request, int64_t now_s,
               struct message_join_reply *out, struct err *err);

/* May whoever holds this key connect as the agent of this name?  Only the key
 * last enrolled under it may, so that a new join locks a stolen one out.
 * -ENOENT: there is no such agent, -EKEYREVOKED: another key was enrolled. */
int enrol_check_key(const struct enrol *enrol, const char *name,
                    const uint8_t fingerprint[TLS_FINGERPRINT_SIZE],
                    struct err *err);

#endif
