#include "controller/store/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/address.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/pki/pki.h"
#include "controller/store/state.h"
#include "controller/store/store.h"

#define AUTHORITY_DAYS (10u * 365)
#define LEAF_DAYS      365u
#define BACKDATED_S    (5 * 60) /* hosts' clocks may lag behind ours */

#define TEMPORARY ".init.tmp"

/* What fill() makes; the folder is complete once the last is in place. */
static const char *const placed[] = {
    STATE_AUTHORITY_KEY, STATE_KEY,       STATE_TICKET_KEY, STATE_DATABASE,
    STATE_OPERATORS,     STATE_AUTHORITY, STATE_CERTIFICATE};

static int remove_entry(const char *path, const struct stat *info, int kind,
                        struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Keys are the folder owner's alone; certificates are no secret. */
static int write_file(const char *dir, const char *name, const void *data,
                      size_t size, mode_t mode, struct err *err)
{
    char path[PATH_MAX];
    int status = fs_join(path, sizeof(path), dir, name, err);

    return status < 0 ? status : fs_write(path, data, size, mode, err);
}

static int write_text(const char *dir, const char *name, const char *text,
                      mode_t mode, struct err *err)
{
    return write_file(dir, name, text, strlen(text), mode, err);
}

/* A key and a certificate over it, written as KEY and CERTIFICATE into dir. */
static int issue(const char *dir, const char *const files[2],
                 const char *authority, const char *authority_key,
                 enum peer_role role, const char *name,
                 const struct init_options *options, struct err *err)
{
    bool is_controller = role == PEER_CONTROLLER;
    CLEAN_SECRET char *key = NULL;
    CLEAN_FREE char *request = NULL;
    CLEAN_FREE char *certificate = NULL;
    int status = pki_make_key(&key, err);

    if (status == 0)
        status = pki_make_request(key, name, &request, err);
    if (status == 0)
        status = pki_sign_request(authority, authority_key, request, role, name,
                                  is_controller ? options->sans : NULL,
                                  options->now_s - BACKDATED_S, LEAF_DAYS,
                                  &certificate, err);
    if (status == 0)
        status = write_text(dir, files[0], key, 0600, err);
    if (status == 0)
        status = write_text(dir, files[1], certificate, 0644, err);
    return status;
}

static int make_profile(const char *dir, const char *authority,
                        const char *authority_key,
                        const struct init_options *options, struct err *err)
{
    static const char *const files[2] = {STATE_OPERATOR_KEY,
                                         STATE_OPERATOR_CERT};
    char folder[PATH_MAX], admin[PATH_MAX], endpoint[320];
    struct address parsed;
    bool is_v6 =
        address_parse(options->sans[0], &parsed) == 0 && parsed.family == 6;
    int status = fs_join(folder, sizeof(folder), dir, STATE_OPERATORS, err);

    if (status == 0)
        status = fs_make_dir(folder, 0700, err);
    if (status == 0)
        status = fs_join(admin, sizeof(admin), dir, STATE_ADMIN, err);
    if (status == 0)
        status = fs_make_dir(admin, 0700, err);
    if (status == 0)
        status = issue(admin, files, authority, authority_key, PEER_OPERATOR,
                       "admin", options, err);
    if (status == 0)
        status = write_text(admin, STATE_AUTHORITY, authority, 0644, err);
    if (status < 0)
        return status;
    snprintf(endpoint, sizeof(endpoint), is_v6 ? "[%s]:%u\n" : "%s:%u\n",
             options->sans[0], options->listen_port);
    return write_text(admin, STATE_CONTROLLER_FILE, endpoint, 0644, err);
}

static int make_store(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    struct store *store = NULL;
    int status = fs_join(path, sizeof(path), dir, STATE_DATABASE, err);

    if (status == 0)
        status = store_open(&store, path, true, err);
    store_free(store);
    if (status == 0 && chmod(path, 0600) < 0)
        return err_set(err, -errno, "cannot protect %s: %s", path,
                       strerror(errno));
    return status;
}

static int fill(const char *dir, const struct init_options *options,
                struct err *err)
{
    static const char *const files[2] = {STATE_KEY, STATE_CERTIFICATE};
    uint8_t ticket_key[TLS_TICKET_KEY_SIZE];
    CLEAN_SECRET char *authority_key = NULL;
    CLEAN_FREE char *authority = NULL;
    int status = pki_make_key(&authority_key, err);

    if (status == 0)
        status = pki_make_authority(authority_key, options->now_s - BACKDATED_S,
                                    AUTHORITY_DAYS, &authority, err);
    if (status == 0)
        status = write_text(dir, STATE_AUTHORITY_KEY, authority_key, 0600, err);
    if (status == 0)
        status = write_text(dir, STATE_AUTHORITY, authority, 0644, err);
    if (status == 0)
        status = issue(dir, files, authority, authority_key, PEER_CONTROLLER,
                       "controller", options, err);
    if (status == 0)
        status = pki_random(ticket_key, sizeof(ticket_key), err);
    if (status == 0)
        status = write_file(dir, STATE_TICKET_KEY, ticket_key,
                            sizeof(ticket_key), 0600, err);
    explicit_bzero(ticket_key, sizeof(ticket_key));
    if (status == 0)
        status = make_store(dir, err);
    if (status == 0)
        status = make_profile(dir, authority, authority_key, options, err);
    return status;
}

/* How many entries, besides "." and ".." and the one named except. */
static int count_entries(const char *dir, const char *except)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    int count = 0;

    if (stream == NULL)
        return -errno;
    while ((entry = readdir(stream)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, except) != 0)
            count++;
    closedir(stream);
    return count;
}

/* Takes away what an unfinished init has moved into place. */
static void remove_placed(const char *dir)
{
    char path[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(placed); i++)
        if (fs_join(path, sizeof(path), dir, placed[i], NULL) == 0)
            remove_tree(path);
}

/* Only an empty folder will do, or one that an init left unfinished: there the
 * temporary folder still holds something. */
static int check_free(const char *dir, const char *temporary, struct err *err)
{
    int count = count_entries(dir, TEMPORARY);

    if (count < 0 && count != -ENOENT)
        return err_set(err, count, "cannot use %s: %s", dir, strerror(-count));
    if (count <= 0)
        return 0;
    if (count_entries(temporary, "") > 0) {
        remove_placed(dir);
        if (count_entries(dir, TEMPORARY) == 0)
            return 0;
    }
    return err_set(err, -EEXIST,
                   "%s holds something already, and init overwrites nothing: "
                   "start it with 'probe-controller run --state-dir %s', or "
                   "name another folder",
                   dir, dir);
}

static int place(const char *temporary, const char *dir, struct err *err)
{
    CLEAN_FD int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char from[PATH_MAX], to[PATH_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(placed); i++) {
        int status = fs_join(from, sizeof(from), temporary, placed[i], err);

        if (status == 0)
            status = fs_join(to, sizeof(to), dir, placed[i], err);
        if (status == 0 && rename(from, to) < 0)
            status =
                err_set(err, -errno, "cannot make %s: %s", to, strerror(errno));
        if (status < 0)
            return status;
    }
    if (fd < 0 || rmdir(temporary) < 0 || fsync(fd) < 0)
        return err_set(err, -errno, "cannot finish %s: %s", dir,
                       strerror(errno));
    return 0;
}

static int make_dirs(const char *dir, const char *temporary, bool *is_new,
                     struct err *err)
{
    *is_new = mkdir(dir, 0700) == 0;
    if (!*is_new && errno != EEXIST)
        return err_set(err, -errno,
                       "cannot make the folder %s: %s; make its parent, or run "
                       "as a user who may write there",
                       dir, strerror(errno));
    remove_tree(temporary); /* left by a crash */
    if (mkdir(temporary, 0700) < 0)
        return err_set(err, -errno,
                       "cannot write into %s: %s; run as its owner", dir,
                       strerror(errno));
    return 0;
}

static int check_options(const struct init_options *options, struct err *err)
{
    if (options->san_count == 0)
        return err_set(err, -EINVAL,
                       "give at least one --san: a name or address under which "
                       "agents and operators reach this controller");
    for (size_t i = 0; i < options->san_count; i++)
        if (options->sans[i][0] == '\0' || strlen(options->sans[i]) > 253 ||
            strpbrk(options->sans[i], " \t\r\n/[]") != NULL)
            return err_set(err, -EINVAL,
                           "--san '%s' is neither a host name nor an address",
                           options->sans[i]);
    return 0;
}

int init_run(const struct init_options *options, struct err *err)
{
    char temporary[PATH_MAX];
    const char *dir = options->state_dir;
    bool is_new = false;
    int status = check_options(options, err);

    if (status == 0)
        status = fs_join(temporary, sizeof(temporary), dir, TEMPORARY, err);
    if (status == 0)
        status = check_free(dir, temporary, err);
    if (status < 0)
        return status;
    status = make_dirs(dir, temporary, &is_new, err);
    if (status == 0)
        status = fill(temporary, options, err);
    if (status == 0)
        status = place(temporary, dir, err);
    if (status == 0)
        return 0;
    remove_placed(dir);
    remove_tree(temporary);
    if (is_new)
        rmdir(dir);
    return status;
}
