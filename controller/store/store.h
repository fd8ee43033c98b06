/* What outlives a restart: tokens, enrolled agents, finished traces.
 *
 * store.c is the only file that knows SQL.  Times are seconds since the epoch
 * unless a name says otherwise.  Every call is one transaction of its own
 * except between store_begin() and store_commit() or store_rollback().  A store
 * is used by one thread at a time; several may be open on one database. */
#ifndef CONTROLLER_STORE_H
#define CONTROLLER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/pki/pki.h"
#include "common/trace/order.h"

struct err;
struct store;

#define STORE_ADDRESSES_SIZE   2048  /* comma-separated */
#define STORE_KEEP_TRACES      10000 /* unless store_set_retention() says so */
#define STORE_KEEP_DAYS        90
#define STORE_FINGERPRINT_SIZE (2 * TLS_FINGERPRINT_SIZE + 1)

struct store_token
{
    char hash[PKI_TOKEN_HASH_SIZE]; /* never the token itself */
    char agent[HOST_NAME_SIZE];     /* empty: for any name */
    int64_t created_s;
    int64_t expires_s;
    uint32_t uses_left;
};

struct store_agent
{
    char name[HOST_NAME_SIZE];
    char fingerprint[STORE_FINGERPRINT_SIZE]; /* of its public key, hex */
    int64_t enrolled_s;
    int64_t not_after_s; /* end of its certificate */
    int64_t last_seen_s; /* 0: never */
    char version[64], kernel[64];
    char control_address[ADDRESS_TEXT_SIZE];
    char addresses[STORE_ADDRESSES_SIZE];
    char primary4[ADDRESS_TEXT_SIZE], primary6[ADDRESS_TEXT_SIZE];
};

/* Texts are borrowed for the call.  report and bundle may be NULL. */
struct store_trace
{
    const char *id;
    int64_t started_ms, finished_ms; /* since the epoch */
    const char *source, *destination, *operator_name;
    const char *cause, *outcome, *confidence;
    const char *report, *bundle; /* JSON */
};

/* Opens the database, bringing its schema up to date; makes a new one only if
 * create is set.  -EINVAL when a later version of the program made it. */
int store_open(struct store **out, const char *path, bool create,
               struct err *err);
void store_free(struct store *store);

/* A write transaction, so that a token cannot be spent twice.  What it commits
 * is on the disk even if the power fails; single calls may be lost then. */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);

int store_add_token(struct store *store, const struct store_token *token,
                    struct err *err);
/* -ENOENT when there is none (err untouched). */
int store_find_token(struct store *store, const char *hash,
                     struct store_token *out, struct err *err);
/* One use less.  -ENOENT when none is left. */
int store_spend_token(struct store *store, const char *hash, struct err *err);
/* Forgets tokens that expired before this time. */
int store_prune_tokens(struct store *store, int64_t before_s, struct err *err);

/* Enrols, or enrols again: the name keeps what was last seen of it. */
int store_put_agent(struct store *store, const struct store_agent *agent,
                    struct err *err);
/* What an enrolled agent looked like when it was last connected. */
int store_touch_agent(struct store *store, const struct store_agent *agent,
                      struct err *err);
/* -ENOENT when there is none (err untouched). */
int store_find_agent(struct store *store, const char *name,
                     struct store_agent *out, struct err *err);
/* Calls visit for each, in the order of names. */
int store_each_agent(struct store *store,
                     void (*visit)(void *owner,
                                   const struct store_agent *agent),
                     void *owner, struct err *err);

/* How many traces are kept, the newest, and for how many days. */
struct store_retention
{
    uint32_t count, days;
};
void store_set_retention(struct store *store,
                         const struct store_retention *retention);

/* Adds one, and forgets what is beyond the retention, or does neither. */
int store_add_trace(struct store *store, const struct store_trace *trace,
                    struct err *err);
/* The report of a trace, the caller's to free.  -ENOENT when there is none. */
int store_read_report(struct store *store, const char *id, char **report,
                      struct err *err);

/* Lets the database grow to this many pages of 4 KiB and no further, as a full
 * disk would. */
void store_limit_pages(struct store *store, unsigned pages);

#endif
