/* One question to the controller: connect, greet, ask, take the answer. */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/message.h"

struct err;
struct profile;

#define ASK_CONNECT_MS 5000 /* until an address of the controller answers */

struct answer
{
    char *document; /* NUL-terminated, NULL if none came */
    size_t size;
    bool has_status;
    int status; /* exit status that came with the document */
    char token[sizeof(((struct message *)0)->token_reply)];
};

/* Asks and waits until the answer is whole, or for timeout_ms at most, all
 * included.  A trace request goes out with what is left of that time.  On
 * success answer_fini() releases *out.  Fails with a sentence:
 * -ETIMEDOUT, -ECONNREFUSED and the like when the controller is out of reach,
 * -EINVAL or -EREMOTEIO when it says no (its exit status 2 or 3), -EBADMSG when
 * it does not speak our protocol. */
int ask_controller(const struct profile *profile, const struct message *request,
                   unsigned timeout_ms, struct answer *out, struct err *err);

/* True after a question that timed out while a resolver's thread was at work:
 * leave by _exit(), since the ordinary end of a program waits for threads. */
bool ask_is_stuck(void);

void answer_fini(struct answer *answer);

/* The exit status for what ask_controller() returned. */
int ask_status(int status);

#endif
