#include "controller/ctl/profile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/pki/pki.h"
#include "controller/ctl/parse.h"

#define PEM_MAX        (64u * 1024)
#define CONTROLLER_MAX 1024u

static int copy_path(char dir[static PROFILE_PATH_SIZE], const char *path,
                     struct err *err)
{
    if (strlen(path) >= PROFILE_PATH_SIZE)
        return err_set(err, -ENAMETOOLONG, "profile '%.60s...' is too long",
                       path);
    strcpy(dir, path);
    return 0;
}

/* A folder that we may not enter exists: the reading says why it fails. */
static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno == EACCES;
}

int profile_find(const char *option, char dir[static PROFILE_PATH_SIZE],
                 struct err *err)
{
    const char *variable = getenv("PROBECTL_PROFILE");
    const char *home = getenv("HOME");

    if (option != NULL)
        return copy_path(dir, option, err);
    if (variable != NULL && *variable != '\0')
        return copy_path(dir, variable, err);
    if (home != NULL && *home != '\0' &&
        snprintf(dir, PROFILE_PATH_SIZE, "%s/.config/probectl", home) <
            PROFILE_PATH_SIZE &&
        is_there(dir))
        return 0;
    if (is_there(PROFILE_DEFAULT))
        return copy_path(dir, PROFILE_DEFAULT, err);
    return err_set(err, -ENOENT,
                   "no operator's profile in PROBECTL_PROFILE, "
                   "~/.config/probectl or " PROFILE_DEFAULT
                   "; copy operators/admin from the controller's state folder "
                   "to ~/.config/probectl, or name a folder with --profile");
}

/* Reads DIR/NAME. */
static int read_part(const char *dir, const char *name, size_t max, char **out,
                     struct err *err)
{
    char path[PROFILE_PATH_SIZE + 32];
    size_t size;
    int status = fs_join(path, sizeof(path), dir, name, err);

    if (status == 0)
        status = fs_read(path, max, out, &size, err);
    if (status == -EACCES)
        return err_set(err, status,
                       "profile %s: %s may not be read by this user; run as "
                       "its owner, or name another profile with --profile",
                       dir, name);
    if (status < 0)
        err_prefix(err, "profile %s", dir);
    return status;
}

static int load_controller(struct profile *profile, const char *dir,
                           const char *controller, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    int status;

    if (controller != NULL) {
        status = parse_endpoint(controller, &profile->controller, err);
        if (status < 0)
            err_prefix(err, "--controller");
        return status;
    }
    status = read_part(dir, "controller", CONTROLLER_MAX, &text, err);
    if (status < 0)
        return status;
    text[strcspn(text, " \t\r\n")] = '\0';
    status = parse_endpoint(text, &profile->controller, err);
    if (status < 0)
        err_prefix(err, "profile %s: controller", dir);
    return status;
}

/* Said here, since the controller takes an agent's certificate for an agent
 * and asks it for what agents do. */
static int check_certificate(const struct profile *profile, const char *dir,
                             struct err *err)
{
    enum peer_role role;
    char name[CONN_NAME_SIZE];
    int64_t not_after_s;
    int status =
        pki_describe(profile->certificate, &role, name, &not_after_s, err);

    if (status < 0) {
        err_prefix(err, "profile %s: operator.crt", dir);
        return status;
    }
    if (role != PEER_OPERATOR)
        return err_set(err, -EACCES,
                       "profile %s: operator.crt is the certificate of the %s "
                       "'%s', not of an operator; copy operators/admin from "
                       "the controller's state folder",
                       dir, role == PEER_AGENT ? "agent" : "controller", name);
    if (not_after_s < clock_real_ns() / NS_PER_S)
        return err_set(err, -EKEYEXPIRED,
                       "profile %s: the operator's certificate of '%s' has "
                       "expired, or this host's clock is wrong",
                       dir, name);
    return 0;
}

int profile_load(struct profile *out, const char *option,
                 const char *controller, struct err *err)
{
    CLEAN(profile_fini) struct profile profile = {0};
    char *dir = profile.dir;
    int status = profile_find(option, dir, err);

    if (status == 0)
        status = load_controller(&profile, dir, controller, err);
    if (status == 0)
        status =
            read_part(dir, "authority.crt", PEM_MAX, &profile.authority, err);
    if (status == 0)
        status =
            read_part(dir, "operator.crt", PEM_MAX, &profile.certificate, err);
    if (status == 0)
        status = check_certificate(&profile, dir, err);
    if (status == 0)
        status = read_part(dir, "operator.key", PEM_MAX, &profile.key, err);
    if (status < 0)
        return status;
    *out = profile;
    profile = (struct profile){0};
    return 0;
}

void profile_fini(struct profile *profile)
{
    free(profile->authority);
    free(profile->certificate);
    free_secret(profile->key);
    *profile = (struct profile){0};
}
