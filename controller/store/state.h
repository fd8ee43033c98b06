/* The state folder's names, and what `run` loads from it. */
#ifndef CONTROLLER_STATE_H
#define CONTROLLER_STATE_H

#include <stdint.h>

#include "common/net/tls.h"

struct err;
struct store;

#define STATE_DEFAULT_DIR     "/var/lib/probe-controller"
#define STATE_AUTHORITY       "authority.crt"
#define STATE_AUTHORITY_KEY   "authority.key"
#define STATE_CERTIFICATE     "controller.crt"
#define STATE_KEY             "controller.key"
#define STATE_TICKET_KEY      "ticket.key"
#define STATE_DATABASE        "controller.db"
#define STATE_OPERATORS       "operators"
#define STATE_ADMIN           "operators/admin"
#define STATE_OPERATOR_KEY    "operator.key"
#define STATE_OPERATOR_CERT   "operator.crt"
#define STATE_CONTROLLER_FILE "controller" /* ADDRESS:PORT */
#define STATE_DEFAULT_PORT    7443

struct state
{
    char *authority, *authority_key, *certificate, *key; /* PEM */
    uint8_t ticket_key[TLS_TICKET_KEY_SIZE];
    struct store *store;   /* for the loop */
    struct store *archive; /* the same database, for the jobs' thread */
};

/* Reads and checks everything.  On failure nothing is held. */
int state_load(const char *dir, int64_t now_s, struct state *out,
               struct err *err);
void state_fini(struct state *state);

#endif
