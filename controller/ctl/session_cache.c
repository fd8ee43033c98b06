#include "controller/ctl/session_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "common/base/clean.h"
#include "common/base/fs.h"
#include "common/net/tls.h"
#include "common/pki/pki.h"
#include "controller/ctl/profile.h"

#define HEX_SIZE (2 * PKI_HASH_SIZE + 1)

/* A folder of ours that nobody else can write to. */
static bool is_safe_dir(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == geteuid() && (info.st_mode & 022) == 0;
}

static bool find_dir(char dir[static SESSION_CACHE_PATH_SIZE])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *home = getenv("HOME");
    size_t size = SESSION_CACHE_PATH_SIZE;

    if (runtime != NULL && runtime[0] == '/' && is_safe_dir(runtime))
        return fs_join(dir, size, runtime, "probectl", NULL) == 0;
    if (home == NULL || home[0] != '/' ||
        fs_join(dir, size, home, ".cache", NULL) < 0)
        return false;
    (void)fs_make_dir(dir, 0700, NULL); /* the next one fails as well */
    return is_safe_dir(dir) &&
           (size_t)snprintf(dir, size, "%s/.cache/probectl", home) < size;
}

/* Everything that decides who meets whom. */
static int hash_profile(const struct profile *profile, char hex[HEX_SIZE])
{
    uint8_t hash[PKI_HASH_SIZE];
    CLEAN_FREE char *text = NULL;

    if (asprintf(&text, "%s\n%u\n%s\n%s", profile->controller.host,
                 profile->controller.port, profile->authority,
                 profile->certificate) < 0)
        return -ENOMEM;
    if (pki_hash(text, strlen(text), hash, NULL) < 0)
        return -EIO;
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return 0;
}

static bool find_path(struct session_cache *cache,
                      const struct profile *profile)
{
    char dir[SESSION_CACHE_PATH_SIZE], hex[HEX_SIZE];

    if (!find_dir(dir) || fs_make_dir(dir, 0700, NULL) < 0 ||
        !is_safe_dir(dir) || hash_profile(profile, hex) < 0)
        return false;
    return (size_t)snprintf(cache->path, sizeof(cache->path), "%s/tls-%.32s",
                            dir, hex) < sizeof(cache->path);
}

static void read_file(struct session_cache *cache)
{
    CLEAN_FD int fd =
        open(cache->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    CLEAN_FREE uint8_t *octets = NULL;
    struct stat info;

    if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) ||
        info.st_uid != geteuid() || (info.st_mode & 077) != 0 ||
        info.st_size <= 0 || info.st_size > TLS_EXPORT_MAX)
        return;
    octets = malloc((size_t)info.st_size);
    if (octets == NULL ||
        read(fd, octets, (size_t)info.st_size) != info.st_size)
        return;
    cache->size = (size_t)info.st_size;
    cache->octets = TAKE_PTR(octets);
}

void session_cache_load(struct session_cache *cache,
                        const struct profile *profile)
{
    *cache = (struct session_cache){0};
    if (find_path(cache, profile))
        read_file(cache);
    else
        cache->path[0] = '\0';
}

bool session_cache_drop_refused(struct session_cache *cache,
                                struct tls_context *tls)
{
    uint8_t *octets;
    size_t size;

    if (cache->octets == NULL)
        return false;
    if (tls_context_export_session(tls, &octets, &size) == 0) {
        free(octets); /* it is still good: something else failed */
        return false;
    }
    free(TAKE_PTR(cache->octets));
    unlink(cache->path);
    return true;
}

void session_cache_store(const struct session_cache *cache,
                         struct tls_context *tls)
{
    CLEAN_FREE uint8_t *octets = NULL;
    size_t size;

    if (cache->path[0] == '\0' ||
        tls_context_export_session(tls, &octets, &size) < 0)
        return;
    if (cache->octets == NULL || size != cache->size ||
        memcmp(octets, cache->octets, size) != 0)
        (void)fs_write(cache->path, octets, size, 0600, NULL);
    explicit_bzero(octets, size);
}

void session_cache_fini(struct session_cache *cache)
{
    if (cache->octets != NULL)
        explicit_bzero(cache->octets, cache->size);
    free(TAKE_PTR(cache->octets));
}
