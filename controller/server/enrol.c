#include "controller/server/enrol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "controller/store/store.h"

int enrol_create_token(const struct enrol *enrol,
                       const struct message_token_request *request,
                       int64_t now_s, char out[static PKI_TOKEN_SIZE],
                       struct err *err)
{
    struct pki_token token;
    struct store_token stored = {
        .created_s = now_s,
        .expires_s = now_s + request->ttl_s,
        .uses_left = request->uses,
    };
    int status;

    if (request->ttl_s < 1 || request->ttl_s > ENROL_MAX_TTL_S)
        return err_set(err, -EINVAL,
                       "a token cannot live %u seconds: allowed are 1 to %u",
                       request->ttl_s, ENROL_MAX_TTL_S);
    if (request->uses < 1 || request->uses > ENROL_MAX_USES)
        return err_set(err, -EINVAL,
                       "a token cannot have %u uses: allowed are 1 to %u",
                       request->uses, ENROL_MAX_USES);
    if (request->agent[0] != '\0' && !host_name_is_valid(request->agent))
        return err_set(err, -EINVAL,
                       "'%s' cannot be an agent's name: use letters, digits, "
                       "'-', '.' and '_', at most %d",
                       request->agent, HOST_NAME_SIZE - 1);
    status = pki_fingerprint(enrol->authority_pem, token.fingerprint, err);
    if (status == 0)
        status = pki_random(token.secret, sizeof(token.secret), err);
    if (status < 0)
        return status;
    pki_token_hash(&token, stored.hash);
    snprintf(stored.agent, sizeof(stored.agent), "%s", request->agent);
    status = store_prune_tokens(enrol->store, now_s - ENROL_REMEMBERED_S, err);
    if (status == 0)
        status = store_add_token(enrol->store, &stored, err);
    if (status == 0)
        pki_token_print(&token, out);
    return status;
}

static void print_time(int64_t time_s, char *out, size_t size)
{
    time_t value = (time_t)time_s;
    struct tm utc;

    if (gmtime_r(&value, &utc) == NULL ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        snprintf(out, size, "%lld", (long long)time_s);
}

#define NEW_TOKEN_HINT "make a new one with 'probectl token create'"

static int check_token(const struct enrol *enrol, const char *hash,
                       const char *name, int64_t now_s,
                       struct store_token *found, struct err *err)
{
    char when[64];
    int status = store_find_token(enrol->store, hash, found, err);

    if (status == -ENOENT)
        return err_set(err, -EACCES,
                       "the token is unknown here; " NEW_TOKEN_HINT);
    if (status < 0)
        return status;
    if (now_s >= found->expires_s) {
        print_time(found->expires_s, when, sizeof(when));
        return err_set(err, -EACCES, "the token expired at %s; " NEW_TOKEN_HINT,
                       when);
    }
    if (found->uses_left == 0)
        return err_set(
            err, -EACCES,
            "the token is spent: it has no uses left; " NEW_TOKEN_HINT);
    if (found->agent[0] != '\0' && strcasecmp(found->agent, name) != 0)
        return err_set(
            err, -EACCES,
            "the token was made for the agent '%s', not for '%s'; make a new one "
            "with 'probectl token create --agent %s'",
            found->agent, name, name);
    return 0;
}

struct twin
{
    const char *name;
    char found[HOST_NAME_SIZE];
};

static void look_for_twin(void *owner, const struct store_agent *agent)
{
    struct twin *twin = owner;

    if (strcasecmp(agent->name, twin->name) == 0 &&
        strcmp(agent->name, twin->name) != 0)
        snprintf(twin->found, sizeof(twin->found), "%s", agent->name);
}

/* Operators write names in whatever case, so two may not differ by it alone. */
static int check_case(const struct enrol *enrol, const char *name,
                      struct err *err)
{
    struct twin twin = {.name = name};
    int status = store_each_agent(enrol->store, look_for_twin, &twin, err);

    if (status < 0 || twin.found[0] == '\0')
        return status;
    return err_set(err, -EEXIST,
                   "an agent named '%s' is enrolled already, and capitals make "
                   "no other name of it: choose another with --name",
                   twin.found);
}

/* A name belongs to whoever took it first: only a token that names it lets
 * another key have it. */
static int check_name(const struct enrol *enrol, const char *name,
                      const struct store_token *token, struct err *err)
{
    struct store_agent agent;
    int status;

    if (token->agent[0] != '\0')
        return 0;
    status = store_find_agent(enrol->store, name, &agent, err);
    if (status == -ENOENT)
        return 0;
    if (status < 0)
        return status;
    return err_set(err, -EEXIST,
                   "an agent named '%s' is enrolled already: choose another "
                   "name with --name, or, if this host takes its place, join "
                   "with a token made by 'probectl token create --agent %s'",
                   name, name);
}

static void print_fingerprint(const uint8_t print[TLS_FINGERPRINT_SIZE],
                              char out[static STORE_FINGERPRINT_SIZE])
{
    for (size_t i = 0; i < TLS_FINGERPRINT_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", print[i]);
}

static int sign(const struct enrol *enrol,
                const struct message_join_request *request, int64_t now_s,
                struct store_agent *agent, struct message_join_reply *out,
                struct err *err)
{
    uint8_t print[TLS_FINGERPRINT_SIZE];
    CLEAN_FREE char *certificate = NULL;
    char name[CONN_NAME_SIZE];
    enum peer_role role;
    int status =
        pki_sign_request(enrol->authority_pem, enrol->authority_key_pem,
                         request->request, PEER_AGENT, request->name, NULL,
                         now_s, ENROL_AGENT_DAYS, &certificate, err);

    if (status == 0)
        status = pki_fingerprint(certificate, print, err);
    if (status == 0)
        status =
            pki_describe(certificate, &role, name, &agent->not_after_s, err);
    if (status < 0)
        return status;
    if (strlen(certificate) >= sizeof(out->certificate) ||
        strlen(enrol->authority_pem) >= sizeof(out->authority))
        return err_set(err, -EMSGSIZE, "the certificate is too long to send");
    snprintf(out->certificate, sizeof(out->certificate), "%s", certificate);
    snprintf(out->authority, sizeof(out->authority), "%s",
             enrol->authority_pem);
    snprintf(agent->name, sizeof(agent->name), "%s", request->name);
    agent->enrolled_s = now_s;
    print_fingerprint(print, agent->fingerprint);
    return 0;
}

static int join_in_transaction(const struct enrol *enrol, const char *hash,
                               const struct message_join_request *request,
                               int64_t now_s, struct message_join_reply *out,
                               struct err *err)
{
    struct store_token token;
    struct store_agent agent = {0};
    int status = check_token(enrol, hash, request->name, now_s, &token, err);

    if (status == 0)
        status = check_case(enrol, request->name, err);
    if (status == 0)
        status = check_name(enrol, request->name, &token, err);
    if (status == 0)
        status = sign(enrol, request, now_s, &agent, out, err);
    if (status == 0)
        status = store_spend_token(enrol->store, hash, err);
    if (status == 0)
        status = store_put_agent(enrol->store, &agent, err);
    return status;
}

int enrol_join(const struct enrol *enrol,
               const struct message_join_request *request, int64_t now_s,
               struct message_join_reply *out, struct err *err)
{
    char hash[PKI_TOKEN_HASH_SIZE];
    struct pki_token token;
    int status;

    if (!host_name_is_valid(request->name))
        return err_set(err, -EINVAL,
                       "'%s' cannot be an agent's name: use letters, digits, "
                       "'-', '.' and '_', at most %d; give one with --name",
                       request->name, HOST_NAME_SIZE - 1);
    status = pki_token_parse(request->token, &token, err);
    if (status < 0)
        return status;
    pki_token_hash(&token, hash);
    status = store_begin(enrol->store, err);
    if (status < 0)
        return status;
    status = join_in_transaction(enrol, hash, request, now_s, out, err);
    if (status == 0)
        return store_commit(enrol->store, err);
    store_rollback(enrol->store);
    return status;
}

int enrol_check_key(const struct enrol *enrol, const char *name,
                    const uint8_t fingerprint[TLS_FINGERPRINT_SIZE],
                    struct err *err)
{
    char print[STORE_FINGERPRINT_SIZE], when[64];
    struct store_agent agent;
    int status = store_find_agent(enrol->store, name, &agent, err);

    if (status == -ENOENT)
        return err_set(err, status, "no agent named '%s' is enrolled here",
                       name);
    if (status < 0)
        return status;
    print_fingerprint(fingerprint, print);
    if (strcmp(print, agent.fingerprint) == 0)
        return 0;
    print_time(agent.enrolled_s, when, sizeof(when));
    return err_set(err, -EKEYREVOKED,
                   "another key was enrolled as the agent '%s' at %s, which "
                   "locks this one out: start the agent anew if this host has "
                   "joined since, or let it join with a token made by "
                   "'probectl token create --agent %s'",
                   name, when, name);
}
