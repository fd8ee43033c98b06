/* The TLS session of the last command, kept in a file so that the next command
 * needs no full handshake, which takes longer than the question itself.
 *
 * Whoever can read the file is the operator for up to an hour: it is made for
 * its owner alone, in $XDG_RUNTIME_DIR or ~/.cache/probectl, and one that others
 * could have written is not used.  Its name is a hash of the controller, the
 * authority and the certificate, so that another certificate never meets an old session.
 * What goes wrong here is not told: the handshake is a full one then. */
#ifndef CTL_SESSION_CACHE_H
#define CTL_SESSION_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;
struct tls_context;

#define SESSION_CACHE_PATH_SIZE 1024

struct session_cache
{
    char path[SESSION_CACHE_PATH_SIZE]; /* empty: there is no place for it */
    uint8_t *octets;                    /* as read; NULL: none */
    size_t size;
};

/* Reads the file of this profile, if there is one. */
void session_cache_load(struct session_cache *cache,
                        const struct profile *profile);

/* True if the session that was read did not survive the handshake: the file is
 * gone now, and without it the connection may be tried again. */
bool session_cache_drop_refused(struct session_cache *cache,
                                struct tls_context *tls);

/* Writes the context's session if it is another than the one read. */
void session_cache_store(const struct session_cache *cache,
                         struct tls_context *tls);

void session_cache_fini(struct session_cache *cache);

#endif
