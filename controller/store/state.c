#include "controller/store/state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/base/log.h"
#include "common/pki/pki.h"
#include "controller/store/store.h"

#define WARN_DAYS 30

static int read_pem(const char *dir, const char *name, char **out,
                    struct err *err)
{
    char path[PATH_MAX];
    size_t size;
    int status = fs_join(path, sizeof(path), dir, name, err);

    if (status == 0)
        status = fs_read(path, PKI_PEM_MAX, out, &size, err);
    if (status == 0 && strlen(*out) != size)
        return err_set(err, -EBADMSG, "%s is not a PEM text", path);
    return status;
}

static int read_ticket_key(const char *dir, uint8_t *out, struct err *err)
{
    char path[PATH_MAX];
    CLEAN_FREE char *data = NULL;
    size_t size = 0;
    int status = fs_join(path, sizeof(path), dir, STATE_TICKET_KEY, err);

    if (status == 0)
        status = fs_read(path, TLS_TICKET_KEY_SIZE, &data, &size, err);
    if (status < 0)
        return status;
    if (size != TLS_TICKET_KEY_SIZE)
        return err_set(err, -EBADMSG,
                       "%s has %zu octets instead of %d: replace it with as "
                       "many random ones",
                       path, size, TLS_TICKET_KEY_SIZE);
    memcpy(out, data, TLS_TICKET_KEY_SIZE);
    explicit_bzero(data, size);
    return 0;
}

/* A certificate that has run out would only fail at every peer, one by one. */
static int check_certificate(const struct state *state, int64_t now_s,
                             struct err *err)
{
    char name[CONN_NAME_SIZE];
    enum peer_role role;
    int64_t not_after_s;
    int status =
        pki_describe(state->certificate, &role, name, &not_after_s, err);

    if (status < 0) {
        err_prefix(err, "%s", STATE_CERTIFICATE);
        return status;
    }
    if (role != PEER_CONTROLLER)
        return err_set(err, -EINVAL, "%s is not a controller's certificate",
                       STATE_CERTIFICATE);
    if (now_s >= not_after_s)
        return err_set(err, -EINVAL,
                       "%s expired %lld days ago (or this host's clock is "
                       "wrong)",
                       STATE_CERTIFICATE,
                       (long long)((now_s - not_after_s) / (24 * 3600)));
    if (not_after_s - now_s < WARN_DAYS * 24 * 3600)
        log_warning("%s expires in %lld days", STATE_CERTIFICATE,
                    (long long)((not_after_s - now_s) / (24 * 3600)));
    return 0;
}

/* What to do about a file that is not there, or is another user's. */
static int advise(const char *dir, int status, struct err *err)
{
    char text[sizeof(err->text)];

    if (err == NULL || (status != -ENOENT && status != -EACCES))
        return status;
    snprintf(text, sizeof(text), "%s", err->text);
    if (status == -ENOENT)
        return err_set(err, status,
                       "%s; 'probe-controller init --san NAME' makes a state "
                       "folder with all that it needs",
                       text);
    return err_set(err, status,
                   "%s; 'chown -R probe-controller: %s' gives the folder to "
                   "the user that runs the controller",
                   text, dir);
}

static int load_files(const char *dir, struct state *state, struct err *err)
{
    int status = read_pem(dir, STATE_AUTHORITY, &state->authority, err);

    if (status == 0)
        status = read_pem(dir, STATE_AUTHORITY_KEY, &state->authority_key, err);
    if (status == 0)
        status = read_pem(dir, STATE_CERTIFICATE, &state->certificate, err);
    if (status == 0)
        status = read_pem(dir, STATE_KEY, &state->key, err);
    if (status == 0)
        status = read_ticket_key(dir, state->ticket_key, err);
    return status;
}

static int check_dir(const char *dir, struct err *err)
{
    struct stat info;

    if (stat(dir, &info) < 0 && errno == ENOENT)
        return err_set(err, -ENOENT,
                       "there is no state folder %s: make it with "
                       "'probe-controller init --state-dir %s --san NAME'",
                       dir, dir);
    if (access(dir, R_OK | X_OK) < 0)
        return err_set(err, -errno,
                       "cannot use the state folder %s: %s; run as its owner",
                       dir, strerror(errno));
    return 0;
}

int state_load(const char *dir, int64_t now_s, struct state *out,
               struct err *err)
{
    struct state state = {0};
    char path[PATH_MAX];
    int status = check_dir(dir, err);

    if (status == 0)
        status = advise(dir, load_files(dir, &state, err), err);
    if (status == 0)
        status = check_certificate(&state, now_s, err);
    if (status == 0)
        status = fs_join(path, sizeof(path), dir, STATE_DATABASE, err);
    if (status == 0)
        status = store_open(&state.store, path, false, err);
    if (status == 0)
        status = store_open(&state.archive, path, false, err);
    if (status < 0) {
        state_fini(&state);
        return status;
    }
    *out = state;
    return 0;
}

void state_fini(struct state *state)
{
    free(state->authority);
    free_secret(state->authority_key);
    free(state->certificate);
    free_secret(state->key);
    store_free(state->store);
    store_free(state->archive);
    explicit_bzero(state, sizeof(*state));
}
