/* Stands in for libFuzzer: feeds every file of the given folders to the target,
 * and every prefix of it, each in memory of exactly its size. */
#include <dirent.h>
#include <stdint.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"

#define REPLAY_MAX_INPUT    (1024u * 1024)
#define REPLAY_MAX_PREFIXES 2048u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const char *data, size_t size)
{
    CLEAN_FREE uint8_t *copy = malloc(size);

    if (copy == NULL && size > 0)
        return;
    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

static int replay_file(const char *path)
{
    CLEAN_FREE char *data = NULL;
    struct err err = {0};
    size_t size, step;

    if (fs_read(path, REPLAY_MAX_INPUT, &data, &size, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    step = size / REPLAY_MAX_PREFIXES + 1;
    for (size_t prefix = 0; prefix < size; prefix += step)
        feed(data, prefix);
    feed(data, size);
    return 0;
}

static int replay_folder(const char *folder, unsigned *count)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int status = 0;

    if (dir == NULL) {
        fprintf(stderr, "cannot read the folder %s\n", folder);
        return -1;
    }
    while (status == 0 && (entry = readdir(dir)) != NULL) {
        char path[1024];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        status = replay_file(path);
        ++*count;
    }
    closedir(dir);
    return status;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++)
        if (replay_folder(argv[i], &count) < 0)
            return 1;
    printf("%u inputs\n", count);
    return count > 0 ? 0 : 1; /* an empty corpus proves nothing */
}
